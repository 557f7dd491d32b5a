//! What moderators are shown beside a post to -discuss: all reasons to look twice, and what it looks like, with the words
//! that made us think so. It decides nothing: a person does.

use std::collections::BTreeSet;
use std::fmt;

use crate::mail::headers::one_line;
use crate::rules::label::CaseId;

/// Of each kind so many words are shown.
const WORDS_MAX: usize = 8;
const ATTACHMENTS_MAX: usize = 20;
/// Of what it names.
const NAMES_MAX: usize = 20;
/// No number of a case, an advisory or a vulnerability is longer.
const DIGITS_MAX: usize = 12;
const NAME_CHARACTERS_MAX: usize = 60;
/// What is longer is looked through no further.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// What the author of a post is proven to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// An active member's role address, or its certificate.
    Member,
    /// Of the security team.
    Team,
    /// Anybody else, or nobody knows who.
    Other,
}

impl Standing {
    pub const ALL: [Standing; 3] = [Standing::Member, Standing::Team, Standing::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Member => "member",
            Standing::Team => "team",
            Standing::Other => "other",
        }
    }
}

/// A post, as far as it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Submitted<'a> {
    pub standing: Standing,
    /// Our mail server vouches for its author, or their signature does.
    pub proven: bool,
    /// The member at whose domain an author is who is not proven to be a member.
    pub near: Option<&'a str>,
    pub subject: &'a str,
    pub text: &'a str,
    /// Type and name of what is attached.
    pub attachments: &'a [(String, String)],
    /// Public lists that it went to as well, or came by.
    pub public_lists: &'a [String],
    /// There is no plain text.
    pub html_only: bool,
    /// Only its beginning is here.
    pub cut: bool,
    /// Some of it came encrypted and could not be opened.
    pub closed: bool,
    /// It shows somebody's own reply address of ours.
    pub reply_address: bool,
}

/// A case that is not public, by what names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secret {
    pub case: Option<CaseId>,
    /// Numbers that stand for it: `XSA-123`, `CVE-2026-1234`.
    pub numbers: Vec<String>,
    /// They came encrypted: no letter repeats them.
    pub sealed: bool,
}

/// What a post names, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub cases: BTreeSet<i64>,
    pub numbers: BTreeSet<String>,
}

impl Named {
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.numbers.is_empty()
    }
}

/// Words of the profile.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    pub policy_matters: &'a [String],
    pub announcement: &'a [String],
    pub technical: &'a [String],
    pub policy: &'a [String],
    pub long_characters: usize,
}

/// A reason to look twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    NotMember,
    /// It is from an address at this member's domain.
    NearMember(String),
    Unproven,
    /// It is public already.
    OnPublicList(String),
    PolicyWords(Vec<String>),
    NamesCase(CaseId),
    /// This number stands for a case under embargo.
    NamesNumber(String, Option<CaseId>),
    /// The same, of a case whose title came encrypted.
    NamesSealed,
    /// So many more names.
    NamesMore(usize),
    ReplyAddress,
    Attachments(Vec<String>),
    Long(usize),
    HtmlOnly,
    Cut,
    Closed,
}

impl Reason {
    /// Without words of the post: for one that came encrypted.
    pub fn brief(&self) -> String {
        match self {
            Reason::PolicyWords(_) => "It has words that posts about policy have.".to_owned(),
            Reason::NamesCase(_) | Reason::NamesNumber(..) => "It names something that is not public.".to_owned(),
            Reason::Attachments(names) => format!("Files are attached: {}.", names.len()),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotMember => f.write_str(
                "It is not proven to be from a member: neither from a role address on the list nor signed with a member's \
                 certificate. It cannot be distributed.",
            ),
            Reason::NearMember(name) => write!(
                f,
                "Its author has an address at the domain of a member, {name}, but it is not that member's role address. They \
                 can post from that one."
            ),
            Reason::Unproven => f.write_str("Nothing proves who sent it: anybody may have."),
            Reason::OnPublicList(list) => write!(f, "It went to a public list, too: {list}."),
            Reason::PolicyWords(words) => write!(f, "It has words that posts about policy have: {}.", quoted(words)),
            Reason::NamesCase(case) => write!(f, "It names case {case}, which is not public."),
            Reason::NamesNumber(number, Some(case)) => {
                write!(f, "It names {number}, which stands for case {case}; that is not public.")
            }
            Reason::NamesNumber(number, None) => write!(f, "It names {number}, which is not public."),
            Reason::NamesSealed => f.write_str("It names a number that stands for a case which is not public."),
            Reason::NamesMore(count) => write!(f, "It names {count} more that are not public."),
            Reason::ReplyAddress => f.write_str(
                "It shows a reply address of ours that is somebody's own, and so it cannot be distributed: ask its author to \
                 send it again without that.",
            ),
            Reason::Attachments(names) => write!(f, "Files are attached: {}.", names.join("; ")),
            Reason::Long(characters) => write!(f, "It is long: {characters} characters."),
            Reason::HtmlOnly => f.write_str("It is HTML only, without plain text."),
            Reason::Cut => {
                f.write_str("It is too large: only its beginning is here, and so it cannot be distributed.")
            }
            Reason::Closed => {
                f.write_str("It is encrypted, and we cannot open all of it; so it cannot be distributed.")
            }
        }
    }
}

/// What a post looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Like an announcement that a fixed version is available.
    Announcement,
    Technical,
    Policy,
}

impl Looks {
    pub fn as_str(self) -> &'static str {
        match self {
            Looks::Announcement => "announcement of availability",
            Looks::Technical => "technical",
            Looks::Policy => "policy",
        }
    }
}

/// All reasons to look twice, in the order in which they matter.
pub fn reasons(post: &Submitted<'_>, secrets: &[Secret], words: &Words<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if post.standing == Standing::Other {
        reasons.push(Reason::NotMember);
        reasons.extend(post.near.map(|name| Reason::NearMember(name.to_owned())));
    }
    if !post.proven {
        reasons.push(Reason::Unproven);
    }
    reasons.extend(post.public_lists.iter().map(|list| Reason::OnPublicList(list.clone())));
    if post.reply_address {
        reasons.push(Reason::ReplyAddress);
    }
    let said = Said::of(post);
    reasons.extend(naming(&said.named(), secrets));
    let of_policy = said.found(words.policy_matters);
    if !of_policy.is_empty() {
        reasons.push(Reason::PolicyWords(of_policy));
    }
    if !post.attachments.is_empty() {
        reasons.push(Reason::Attachments(attached(post.attachments)));
    }
    let characters = post.text.chars().count();
    if characters > words.long_characters {
        reasons.push(Reason::Long(characters));
    }
    let odd = [(post.html_only, Reason::HtmlOnly), (post.cut, Reason::Cut), (post.closed, Reason::Closed)];
    reasons.extend(odd.into_iter().filter(|(is, _)| *is).map(|(_, reason)| reason));
    reasons
}

/// What a post names by number, to be looked up.
pub fn named(post: &Submitted<'_>) -> Named {
    Said::of(post).named()
}

fn naming(named: &Named, secrets: &[Secret]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for secret in secrets {
        reasons.extend(secret.case.filter(|case| named.cases.contains(&case.0)).map(Reason::NamesCase));
        let numbers = secret.numbers.iter().filter(|number| named.numbers.contains(*number));
        reasons.extend(numbers.map(|number| match secret.sealed {
            true => Reason::NamesSealed,
            false => Reason::NamesNumber(number.clone(), secret.case),
        }));
    }
    let more = reasons.len().saturating_sub(NAMES_MAX);
    reasons.truncate(NAMES_MAX);
    reasons.extend((more > 0).then_some(Reason::NamesMore(more)));
    reasons
}

/// What it looks like, and the words that made us think so; `None`: like nothing in particular. Of two that fit as well, the
/// one is named that asks for more care.
pub fn looks_like(post: &Submitted<'_>, words: &Words<'_>) -> Option<(Looks, Vec<String>)> {
    let said = Said::of(post);
    let found = [
        (Looks::Policy, said.found(words.policy)),
        (Looks::Technical, said.found(words.technical)),
        (Looks::Announcement, said.found(words.announcement)),
    ];
    let most = found.iter().map(|(_, words)| words.len()).max().filter(|most| *most > 0)?;
    found.into_iter().find(|(_, words)| words.len() == most)
}

/// Numbers of advisories and vulnerabilities in a text.
pub fn numbers_in(text: &str) -> Vec<String> {
    Said(plain(text)).named().numbers.into_iter().collect()
}

fn attached(attachments: &[(String, String)]) -> Vec<String> {
    let mut shown: Vec<String> = attachments
        .iter()
        .take(ATTACHMENTS_MAX)
        .map(|(kind, name)| match name.as_str() {
            "" => one_line(kind, NAME_CHARACTERS_MAX),
            name => format!("“{}” ({})", one_line(name, NAME_CHARACTERS_MAX), one_line(kind, NAME_CHARACTERS_MAX)),
        })
        .collect();
    if attachments.len() > ATTACHMENTS_MAX {
        shown.push(format!("and {} more", attachments.len() - ATTACHMENTS_MAX));
    }
    shown
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ")
}

/// The words of a post, in lower case, each between single blanks: what is looked for is looked for as whole words.
struct Said(String);

impl Said {
    fn of(post: &Submitted<'_>) -> Self {
        let text = post.text.get(..post.text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
        Self(format!("{} . {}", plain(post.subject), plain(text)))
    }

    /// `words` are as `plain` gives them.
    fn has(&self, words: &str) -> bool {
        !words.trim().is_empty() && self.0.contains(words)
    }

    fn found(&self, phrases: &[String]) -> Vec<String> {
        phrases.iter().filter(|phrase| self.has(&plain(phrase))).take(WORDS_MAX).cloned().collect()
    }

    /// “case 12”, “XSA-7”, “CVE-2026-1234”, whatever stands between their parts.
    fn named(&self) -> Named {
        let mut named = Named::default();
        let mut words = self.0.split_whitespace().peekable();
        let is_number = |word: &str| word.len() <= DIGITS_MAX && word.bytes().all(|byte| byte.is_ascii_digit());
        while let Some(word) = words.next() {
            if !matches!(word, "case" | "xsa" | "cve") {
                continue;
            }
            let Some(number) = words.next_if(|next| is_number(next)) else { continue };
            match word {
                "case" => named.cases.extend(number.parse::<i64>()),
                "xsa" => drop(named.numbers.insert(format!("XSA-{number}"))),
                _ => {
                    let serial = words.next_if(|next| is_number(next));
                    named.numbers.extend(serial.map(|serial| format!("CVE-{number}-{serial}")));
                }
            }
        }
        named
    }
}

/// The words of a text, in lower case, with a blank around each.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> Submitted<'static> {
        Submitted {
            standing: Standing::Member,
            proven: true,
            near: None,
            subject: "Fixed packages",
            text: "Our fixed packages are available to all of our customers.",
            attachments: &[],
            public_lists: &[],
            html_only: false,
            cut: false,
            closed: false,
            reply_address: false,
        }
    }

    fn with<T>(look: impl FnOnce(&Words<'_>) -> T) -> T {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (policy_matters, announcement) = (texts(&["list members", "embargo date"]), texts(&["fixed packages"]));
        let (technical, policy) = (texts(&["patch", "backport"]), texts(&["embargo date", "policy"]));
        look(&Words {
            policy_matters: &policy_matters,
            announcement: &announcement,
            technical: &technical,
            policy: &policy,
            long_characters: 100,
        })
    }

    fn of(post: &Submitted<'_>, secrets: &[Secret]) -> Vec<Reason> {
        with(|words| reasons(post, secrets, words))
    }

    #[test]
    fn a_plain_post_of_a_member_gives_no_reason() {
        assert_eq!(of(&post(), &[]), []);
    }

    #[test]
    fn every_reason_is_named_not_only_the_first() {
        let long =
            format!("Case 12, xsa-7 and CVE-2026-0001: may list members say the embargo-date? {}", "x ".repeat(60));
        let lists = ["xen-devel@lists.example.org".to_owned()];
        let attachments = [("application/zip".to_owned(), "fix.zip".to_owned())];
        let post = Submitted {
            standing: Standing::Other,
            proven: false,
            near: Some("VM Example Ltd"),
            text: &long,
            attachments: &attachments,
            public_lists: &lists,
            html_only: true,
            cut: true,
            closed: true,
            reply_address: true,
            ..post()
        };
        let secrets = [
            Secret {
                case: Some(CaseId(12)),
                numbers: vec!["CVE-2026-0001".to_owned(), "CVE-2026-9999".to_owned()],
                sealed: false,
            },
            Secret { case: Some(CaseId(1)), numbers: vec!["XSA-7".to_owned()], sealed: false },
        ];
        let characters = long.chars().count();
        assert_eq!(
            of(&post, &secrets),
            [
                Reason::NotMember,
                Reason::NearMember("VM Example Ltd".to_owned()),
                Reason::Unproven,
                Reason::OnPublicList("xen-devel@lists.example.org".to_owned()),
                Reason::ReplyAddress,
                Reason::NamesCase(CaseId(12)),
                Reason::NamesNumber("CVE-2026-0001".to_owned(), Some(CaseId(12))),
                Reason::NamesNumber("XSA-7".to_owned(), Some(CaseId(1))),
                Reason::PolicyWords(vec!["list members".to_owned(), "embargo date".to_owned()]),
                Reason::Attachments(vec!["“fix.zip” (application/zip)".to_owned()]),
                Reason::Long(characters),
                Reason::HtmlOnly,
                Reason::Cut,
                Reason::Closed,
            ]
        );
    }

    #[test]
    fn numbers_count_only_whole() {
        let secret = [Secret {
            case: Some(CaseId(1)),
            numbers: vec!["XSA-7".to_owned(), "CVE-2026-12".to_owned()],
            sealed: false,
        }];
        for (text, count) in [
            ("XSA-77 and case 12", 0),
            ("CVE-2026-123", 0),
            ("see XSA-7.", 1),
            ("(case 1)", 1),
            ("case #1, xsa-7/cve-2026-12", 3),
            ("[Xen case 1] Re: x", 1),
        ] {
            assert_eq!(of(&Submitted { text, ..post() }, &secret).len(), count, "{text}");
        }
    }

    #[test]
    fn what_it_looks_like_comes_with_the_words_that_say_so() {
        let of = |text| with(|words| looks_like(&Submitted { text, subject: "", ..post() }, words));
        assert_eq!(of("Our fixed packages are out."), Some((Looks::Announcement, vec!["fixed packages".to_owned()])));
        let technical = vec!["patch".to_owned(), "backport".to_owned()];
        assert_eq!(of("The patch needs a backport; fixed packages."), Some((Looks::Technical, technical)));
        assert_eq!(of("This patch: our policy?").unwrap().0, Looks::Policy, "the one that asks for more care");
        assert_eq!(of("Dispatch it."), None);
    }

    #[test]
    fn numbers_are_found_wherever_they_stand() {
        assert_eq!(
            numbers_in("XSA-12: x86 (cve-2026-1234, CVE-2026-12-) XSA- XSA-1a CVE-2026 xsa-12"),
            ["CVE-2026-12", "CVE-2026-1234", "XSA-12"]
        );
    }

    #[test]
    fn what_is_named_a_thousand_times_is_shown_a_few_times_and_nothing_of_what_came_encrypted() {
        let text: String = (0..1_000).map(|number| format!("XSA-{number}, ")).collect();
        let secret = |sealed| Secret { case: None, numbers: (0..1_000).map(|n| format!("XSA-{n}")).collect(), sealed };
        let reasons = of(&Submitted { text: &text, ..post() }, &[secret(false)]);
        let named = reasons.iter().filter(|reason| matches!(reason, Reason::NamesNumber(..))).count();
        assert!(named == NAMES_MAX && reasons.contains(&Reason::NamesMore(980)), "{reasons:?}");
        let reasons = of(&Submitted { text: "XSA-12", ..post() }, &[secret(true)]);
        assert_eq!(reasons, [Reason::NamesSealed]);
        assert!(!reasons[0].to_string().contains("12"));
    }

    #[test]
    fn what_came_encrypted_is_not_repeated() {
        for reason in [
            Reason::PolicyWords(vec!["secret".to_owned()]),
            Reason::NamesNumber("secret".to_owned(), None),
            Reason::Attachments(vec!["secret".to_owned()]),
        ] {
            assert!(reason.to_string().contains("secret") && !reason.brief().contains("secret"), "{reason}");
        }
    }
}
