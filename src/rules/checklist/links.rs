//! Links, addresses and domain names as they stand in a text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// No page of anybody is longer.
const LINK_BYTES_MAX: usize = 1_000;

static LINK: LazyLock<Regex> = LazyLock::new(|| fixed(r#"(?i)\bhttps?://[^\s<>"|]+"#));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?i)[\pL\pN.!#$%&*+/=?^_`{}~-]+@[\pL\pN](?:[\pL\pN-]*[\pL\pN])?(?:\.[\pL\pN](?:[\pL\pN-]*[\pL\pN])?)+")
});
static DOMAIN: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"(?i)(?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+(?:xn--[a-z0-9-]+|\pL{2,})"));
/// What is written so that robots do not read it.
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?i)\s*[\[(<{]\s*(at|dot)\s*[\])>}]\s*"));

/// Files end so, not domains.
const FILE_ENDS: &[&str] =
    &["txt", "html", "htm", "php", "pdf", "js", "asc", "iso", "xen", "asp", "aspx", "jsp", "xml", "md"];

fn fixed(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed")
}

/// A link: where it stands, its target without what punctuation belongs to the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub at: Range<usize>,
    pub target: String,
    /// In lower case.
    pub host: String,
    /// From the first `/` of the path on, in lower case.
    pub path: String,
    /// A name and password stand in it.
    pub guarded: bool,
}

pub fn links(text: &str) -> Vec<Link> {
    LINK.find_iter(text).filter_map(|found| link(text, found.range())).collect()
}

fn link(text: &str, at: Range<usize>) -> Option<Link> {
    let mut target = text.get(at.clone())?;
    loop {
        let shorter = target.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '"', '`']);
        // A bracket closes what stands before the link, unless one opens in it.
        let shorter = match shorter.chars().next_back() {
            Some(close @ (')' | ']' | '}')) => {
                let open = match close {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if shorter.contains(open) { shorter } else { shorter.get(..shorter.len() - 1)? }
            }
            _ => shorter,
        };
        if shorter == target {
            break;
        }
        target = shorter;
    }
    let target = target.get(..target.floor_char_boundary(LINK_BYTES_MAX))?;
    let rest = target.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let path = rest.get(authority.len()..)?.to_lowercase();
    let (guard, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = host.split(':').next()?.trim_end_matches('.').to_lowercase();
    if !is_host(&host) {
        return None;
    }
    let at = at.start..at.start + target.len();
    Some(Link { at, target: target.to_owned(), host, path, guarded: !guard.is_empty() })
}

/// Whether it is the name of a host in the world, not a number or a machine of somebody's network.
fn is_host(host: &str) -> bool {
    DOMAIN.find(host).is_some_and(|found| found.as_str().len() == host.len())
}

/// An address and where it stands.
pub fn addresses(text: &str) -> Vec<(Range<usize>, String)> {
    let taken: Vec<Range<usize>> = links(text).into_iter().map(|link| link.at).collect();
    let outside = |at: &Range<usize>| !taken.iter().any(|link| link.start < at.end && at.start < link.end);
    let plain = ADDRESS
        .find_iter(text)
        .map(|found| (found.range(), found.as_str().trim_start_matches(['.', '/', '*', '_']).to_owned()));
    let found: Vec<(Range<usize>, String)> = plain.filter(|(at, _)| outside(at)).collect();
    if !found.is_empty() || !HIDDEN.is_match(text) {
        return found;
    }
    // “xen at acme dot example” in brackets.
    let shown = HIDDEN.replace_all(text, |found: &regex::Captures<'_>| {
        let word = found.get(1).map_or("", |word| word.as_str());
        if word.eq_ignore_ascii_case("at") { "@" } else { "." }
    });
    let at = HIDDEN.find(text).map_or(0, |found| found.start());
    ADDRESS.find_iter(&shown).map(|found| (at..at, found.as_str().to_owned())).collect()
}

/// Domain names that stand by themselves, not in an address or a link.
pub fn domains(text: &str) -> Vec<(Range<usize>, String)> {
    let masked = without(text, true);
    let name = |found: regex::Match<'_>| {
        let domain = found.as_str().to_lowercase();
        let end = domain.rsplit('.').next().unwrap_or_default();
        let real = !FILE_ENDS.contains(&end) && domain.split('.').any(|label| label.len() > 2) && domain.len() > 4;
        // “done.Then” is the end of a sentence.
        let slip = found
            .as_str()
            .rsplit('.')
            .next()
            .is_some_and(|end| end.starts_with(char::is_uppercase) && end.chars().any(char::is_lowercase));
        (real && !slip).then(|| (found.range(), domain.trim_start_matches("www.").to_owned()))
    };
    DOMAIN.find_iter(&masked).filter_map(name).collect()
}

/// The text with blanks where links, addresses and domains stand: their words tell nothing.
pub fn masked(text: &str) -> String {
    let text = without(text, true);
    let mut masked = text.clone();
    for found in DOMAIN.find_iter(&text) {
        blank(&mut masked, found.range());
    }
    masked
}

/// Where the first link, address or domain stands.
pub fn marks(text: &str, masked: &str) -> Option<usize> {
    text.bytes().zip(masked.bytes()).position(|(before, after)| before != after)
}

fn without(text: &str, addresses: bool) -> String {
    let mut masked = text.to_owned();
    for found in LINK.find_iter(text) {
        blank(&mut masked, found.range());
    }
    if addresses {
        for found in ADDRESS.find_iter(text) {
            blank(&mut masked, found.range());
        }
    }
    masked
}

fn blank(text: &mut String, at: Range<usize>) {
    let length = at.len();
    if text.is_char_boundary(at.start) && text.is_char_boundary(at.end) {
        text.replace_range(at, &" ".repeat(length));
    }
}

/// What somebody registered: `acme.example` of `www.acme.example`, `acme.co.uk` of `www.acme.co.uk`.
pub fn registered(host: &str) -> &str {
    let labels: Vec<&str> = host.split('.').collect();
    let second = labels.iter().rev().nth(1).copied().unwrap_or_default();
    let of_country = labels.last().is_some_and(|last| last.len() == 2);
    let generic = ["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"].contains(&second);
    let kept = if of_country && generic { 3 } else { 2 };
    let length: usize = labels.iter().rev().take(kept).map(|label| label.len() + 1).sum();
    host.get(host.len().saturating_sub(length.saturating_sub(1))..).unwrap_or(host)
}

/// Whether a host is a domain or stands below it.
pub fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_end_where_their_sentence_goes_on() {
        for (text, expected) in [
            ("see https://acme.example/x.", "https://acme.example/x"),
            ("(https://acme.example/x)", "https://acme.example/x"),
            ("<https://acme.example/x_(y)>", "https://acme.example/x_(y)"),
            ("https://acme.example/a,b; then", "https://acme.example/a,b"),
            ("HTTP://ACME.example", "HTTP://ACME.example"),
            ("ftp://acme.example http://10.0.0.1/ https://localhost/", ""),
        ] {
            let found: Vec<String> = links(text).into_iter().map(|link| link.target).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
        let [link] = links("https://u:p@Acme.example:8443/Blog/").try_into().unwrap();
        assert_eq!((link.host.as_str(), link.path.as_str(), link.guarded), ("acme.example", "/blog/", true));
    }

    #[test]
    fn domains_and_addresses_are_told_apart() {
        let text = "acme.example, www.acme.org; x@acme.net https://acme.com/a.b file.txt e.g. 4.19 done.Then";
        let names: Vec<String> = domains(text).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["acme.example", "acme.org"]);
        let names: Vec<String> = addresses(text).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["x@acme.net"]);
        assert_eq!(addresses("xen [at] acme [dot] example")[0].1, "xen@acme.example");
        assert_eq!(
            (registered("a.b.acme.example"), registered("www.acme.co.uk"), registered("x")),
            ("acme.example", "acme.co.uk", "x")
        );
        assert!(is_within("a.acme.example", "acme.example") && !is_within("xacme.example", "acme.example"));
    }
}
