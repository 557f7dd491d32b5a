//! The Authentication-Results field (RFC 8601 section 2.2), read totally. It says what a field claims; whether
//! the field may be believed is decided in `mail::evidence`.

/// More results than any server writes; what comes behind makes the field unusable, never more convincing.
const RESULTS_MAX: usize = 100;
const PROPERTIES_MAX: usize = 100;

/// What one Authentication-Results field claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationResults {
    /// Who says so, in lower case; empty when not even that could be read.
    pub authserv_id: String,
    /// Empty after `none`, and when any part of the field broke the grammar: half a field proves nothing.
    pub results: Vec<MethodResult>,
}

/// One `method=result`, with what was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodResult {
    /// In lower case, without its version.
    pub method: String,
    /// RFC 8601 section 2.2: an absent version is 1.
    pub version: String,
    /// In lower case.
    pub result: String,
    pub reason: Option<String>,
    pub properties: Vec<Property>,
}

/// `header.from=example.org`: type and name in lower case, the value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    pub ptype: String,
    pub name: String,
    pub value: String,
}

impl MethodResult {
    /// The value of a property that stands there exactly once.
    pub fn only(&self, ptype: &str, name: &str) -> Option<&str> {
        let mut found = self.properties.iter().filter(|property| property.ptype == ptype && property.name == name);
        found.next().filter(|_| found.next().is_none()).map(|property| property.value.as_str())
    }
}

/// Reads the unfolded value of one field. Total: what cannot be read gives an empty list of results.
pub fn parse(value: &str) -> AuthenticationResults {
    let mut cursor = Cursor { rest: value };
    let Some(authserv_id) = cursor.value() else {
        return AuthenticationResults { authserv_id: String::new(), results: Vec::new() };
    };
    let results = results(&mut cursor).unwrap_or_default();
    AuthenticationResults { authserv_id: authserv_id.to_lowercase(), results }
}

/// `[ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS]`; `None` when the grammar is broken.
fn results(cursor: &mut Cursor<'_>) -> Option<Vec<MethodResult>> {
    cursor.skip_blanks()?;
    if !cursor.rest.starts_with(';') && cursor.token()? != "1" {
        return None; // A version that does not exist yet may mean anything by what follows.
    }
    let mut results = Vec::new();
    loop {
        cursor.skip_blanks()?;
        if cursor.rest.is_empty() {
            return Some(results);
        }
        cursor.eat(';')?;
        cursor.skip_blanks()?;
        if cursor.rest.is_empty() {
            return Some(results); // A trailing semicolon, as Exchange Online and some milters write it.
        }
        if results.len() >= RESULTS_MAX {
            return None;
        }
        let method = cursor.token()?.to_lowercase();
        cursor.skip_blanks()?;
        if method == "none" && (cursor.rest.is_empty() || cursor.rest.starts_with(';')) {
            return cursor.rest.is_empty().then_some(results).filter(Vec::is_empty);
        }
        results.push(resinfo(cursor, method)?);
    }
}

/// What follows the method's name: `[ "/" version ] "=" result [ reasonspec ] [ 1*propspec ]`.
fn resinfo(cursor: &mut Cursor<'_>, method: String) -> Option<MethodResult> {
    let mut version = "1".to_owned();
    if cursor.eat('/').is_some() {
        cursor.skip_blanks()?;
        version = cursor.token()?.to_owned();
        cursor.skip_blanks()?;
    }
    cursor.eat('=')?;
    cursor.skip_blanks()?;
    let result = cursor.token()?.to_lowercase();
    let mut method = MethodResult { method, version, result, reason: None, properties: Vec::new() };
    loop {
        let blank = cursor.skip_blanks()?;
        if cursor.rest.is_empty() || cursor.rest.starts_with(';') {
            return Some(method);
        }
        if !blank || method.properties.len() >= PROPERTIES_MAX {
            return None;
        }
        let ptype = cursor.token()?.to_lowercase();
        cursor.skip_blanks()?;
        if ptype == "reason" && cursor.eat('=').is_some() {
            method.reason = Some(cursor.value()?).filter(|_| method.reason.is_none() && method.properties.is_empty());
            method.reason.as_ref()?;
            continue;
        }
        cursor.eat('.')?;
        cursor.skip_blanks()?;
        let name = cursor.token()?.to_lowercase();
        cursor.skip_blanks()?;
        cursor.eat('=')?;
        let value = cursor.pvalue()?;
        method.properties.push(Property { ptype, name, value });
    }
}

/// A place in the value; every step either moves forward or says no.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn eat(&mut self, wanted: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(wanted)?;
        Some(())
    }

    /// Blanks and comments; whether there were any. `None` for a comment that never ends.
    fn skip_blanks(&mut self) -> Option<bool> {
        let before = self.rest.len();
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('(') {
                return Some(self.rest.len() < before);
            }
            self.comment()?;
        }
    }

    fn comment(&mut self) -> Option<()> {
        let mut depth = 0usize;
        let mut escaped = false;
        for (position, character) in self.rest.char_indices() {
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && !escaped {
                self.rest = self.rest.get(position + character.len_utf8()..)?;
                return Some(());
            }
        }
        None
    }

    /// A Keyword (RFC 5321 section 4.1.2), or a number: letters, digits, hyphens, and the underscore some write.
    fn token(&mut self) -> Option<&'a str> {
        self.take(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    }

    /// `value` of RFC 2045 section 5.1: a token or a quoted string.
    fn value(&mut self) -> Option<String> {
        self.skip_blanks()?;
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        self.take(|c| c > ' ' && c != '\u{7f}' && !"()<>,;\\\"[]?=".contains(c)).map(str::to_owned)
    }

    /// A value, or an address (`smtp.mailfrom="odd local part"@example.org`). Wider than RFC 8601: real servers
    /// write `<`, `[`, `=` and `/` here unquoted (seen with `header.b`, `smtp.remote-ip`). It ends at a blank, a
    /// semicolon or a comment, so that nothing in it can pass for the next result.
    fn pvalue(&mut self) -> Option<String> {
        self.skip_blanks()?;
        let word = |c: char| c > ' ' && c != '\u{7f}' && !"();\"\\".contains(c);
        if self.rest.starts_with('"') {
            let mut value = self.quoted()?;
            if self.rest.starts_with('@') {
                value.push_str(self.take(word)?);
            }
            return Some(value);
        }
        // `header.b=` with nothing behind it is written too; an empty value equals nothing we ask for.
        Some(self.take(word).unwrap_or_default().to_owned())
    }

    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.strip_prefix('"')?.char_indices();
        while let Some((position, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = self.rest.get(position + 2..)?; // the two quotes are one byte each
                    return Some(text);
                }
                '\\' => text.push(characters.next()?.1),
                other => text.push(other),
            }
        }
        None
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!taken.is_empty()).then_some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `method/version=result(reason)[type.name=value …]`, joined by `; `: one line a person can check.
    fn shown(value: &str) -> String {
        let parsed = parse(value);
        let results: Vec<String> = parsed
            .results
            .iter()
            .map(|r| {
                let properties: Vec<_> =
                    r.properties.iter().map(|p| format!("{}.{}={}", p.ptype, p.name, p.value)).collect();
                let reason = r.reason.as_ref().map(|reason| format!("({reason})")).unwrap_or_default();
                format!("{}/{}={}{reason}[{}]", r.method, r.version, r.result, properties.join(" "))
            })
            .collect();
        format!("{} {}", parsed.authserv_id, results.join("; "))
    }

    #[test]
    fn the_shapes_of_rfc_8601_and_of_real_servers() {
        for (value, expected) in [
            // RFC 8601 appendix B, in our own words.
            ("example.org 1; none", "example.org "),
            ("example.org; none", "example.org "),
            (
                "MX.example.org; spf=pass smtp.mailfrom=example.net",
                "mx.example.org spf/1=pass[smtp.mailfrom=example.net]",
            ),
            (
                "mx.example.org; dkim=pass reason=\"good signature\" header.i=@mail.example.net; dmarc=PASS (p=none dis=none) header.From=example.net",
                "mx.example.org dkim/1=pass(good signature)[header.i=@mail.example.net]; dmarc/1=pass[header.from=example.net]",
            ),
            (
                "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
                "foo.example.net dkim/1=fail[policy.expired=1362471462]",
            ),
            ("mx.example.org;", "mx.example.org "),
            ("mx.example.org; spf=none;", "mx.example.org spf/1=none[]"),
            (
                "\"mx.example.org\"; auth=pass smtp.auth=alice smtp.mailfrom=alice@example.org",
                "mx.example.org auth/1=pass[smtp.auth=alice smtp.mailfrom=alice@example.org]",
            ),
            (
                "mx.example.org; dkim=pass header.d=example.net header.b=aB/cd+e=; iprev=pass policy.iprev=2001:db8::1 (mail.example.net)",
                "mx.example.org dkim/1=pass[header.d=example.net header.b=aB/cd+e=]; iprev/1=pass[policy.iprev=2001:db8::1]",
            ),
            (
                "mx.example.org; dmarc=pass (comment; dmarc=fail) header.from=a.example",
                "mx.example.org dmarc/1=pass[header.from=a.example]",
            ),
            ("mx.example.org; spf=fail (says \\) dmarc=pass) smtp.helo=x", "mx.example.org spf/1=fail[smtp.helo=x]"),
            (
                "mx.example.org; spf=pass smtp.mailfrom=\"a; dmarc=pass header.from=v.example\"@evil.example",
                "mx.example.org spf/1=pass[smtp.mailfrom=a; dmarc=pass header.from=v.example@evil.example]",
            ),
            (
                "mx.example.org; dmarc/2=pass header.from=a.example",
                "mx.example.org dmarc/2=pass[header.from=a.example]",
            ),
        ] {
            assert_eq!(shown(value), expected, "{value}");
        }
    }

    #[test]
    fn half_a_field_claims_nothing() {
        for (value, authserv_id) in [
            ("", ""),
            (";", ""),
            ("(only a comment", ""),
            ("mx.example.org", "mx.example.org"),
            ("mx.example.org 2; dmarc=pass header.from=a.example", "mx.example.org"),
            ("mx.example.org; dmarc=pass header.from=a.example; (never closed", "mx.example.org"),
            ("mx.example.org; dmarc=pass header.from=\"a.example", "mx.example.org"),
            ("mx.example.org dmarc=pass", "mx.example.org"),
            ("mx.example.org; dmarc", "mx.example.org"),
            ("mx.example.org; dmarc=", "mx.example.org"),
            ("mx.example.org; dmarc=pass header=a.example", "mx.example.org"),
            ("mx.example.org; none; dmarc=pass header.from=a.example", "mx.example.org"),
            ("mx.example.org; dmarc=pass reason=one reason=two", "mx.example.org"),
            ("mx.example.org; ; dmarc=pass header.from=a.example", "mx.example.org"),
        ] {
            let parsed = parse(value);
            assert_eq!((parsed.authserv_id.as_str(), parsed.results.len()), (authserv_id, 0), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,300}", tail in "[ ;=.\"\\\\()a-z/]{0,80}") {
            parse(&text);
            parse(&format!("mx.example.org{tail}"));
        }
    }
}
