//! Whether a program sent a message, and what may follow from it: RFC 3834 section 2 first, then what real mail
//! programs do. It must not drop a person's report: in doubt a mail is `Automatic`: relayed, only not answered.

use serde::{Deserialize, Serialize};

use crate::mail::fields::{self, Typed};
use crate::mail::headers::{Headers, one_line, without_comments};
use crate::mail::secret::{Purpose, Secret};
use crate::mail::thread::MessageId;

mod words;
use words::*;

/// The header by which we know our own mail. Its value is keyed and bound to the Message-ID, so that a stranger
/// cannot make us take a report for our own mail.
pub const LOOP_HEADER: &str = "X-Embargod-Loop";

/// How much of a body is looked at for the sentences of mail servers; they come first.
const BODY_BYTES_MAX: usize = 16 << 10;
/// A reason is one header, shown to people.
const REASON_CHARACTERS_MAX: usize = 80;

/// A mail that no person sent to us by hand. The text is the header that gave it away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "reason")]
pub enum Machine {
    /// Our own letter, come back.
    OwnMail,
    /// A copy that our -discuss list made of somebody's post, come back.
    OwnCopy,
    /// A delivery report (RFC 3464), or what a mail server writes instead.
    Bounce,
    /// A complaint or aggregate report (RFC 5965, RFC 7489 section 7.2, RFC 8460).
    FeedbackReport,
    /// An answer no person wrote: vacation, out of office, read receipt (RFC 8098), challenge.
    AutoReply(String),
    /// Sent by a program, may be about something: trackers, CERTs, scanners.
    Automatic(String),
    /// A person's or a program's mail, by way of a mailing list.
    ListCopy(String),
}

impl Machine {
    /// Kept, without effect, never answered. The others open or join a case and are relayed, but never answered.
    pub fn is_silent(&self) -> bool {
        match self {
            Machine::OwnMail | Machine::OwnCopy | Machine::Bounce | Machine::FeedbackReport | Machine::AutoReply(_) => {
                true
            }
            Machine::Automatic(_) | Machine::ListCopy(_) => false,
        }
    }

    pub fn as_str(&self) -> &'static str {
        match self {
            Machine::OwnMail => "own-mail",
            Machine::OwnCopy => "own-copy",
            Machine::Bounce => "bounce",
            Machine::FeedbackReport => "feedback-report",
            Machine::AutoReply(_) => "auto-reply",
            Machine::Automatic(_) => "automatic",
            Machine::ListCopy(_) => "list-copy",
        }
    }

    /// The header or shape that gave it away.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Machine::AutoReply(reason) | Machine::Automatic(reason) | Machine::ListCopy(reason) => Some(reason),
            Machine::OwnMail | Machine::OwnCopy | Machine::Bounce | Machine::FeedbackReport => None,
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.reason().unwrap_or(self.as_str()))
    }
}

/// The value of our loop header in the letter with this Message-ID.
pub fn loop_mark(secret: &Secret, message_id: &MessageId) -> String {
    secret.derive(Purpose::LoopMark, message_id.as_str(), 0)
}

/// The same in a copy of somebody's post, whose Message-ID is theirs: whoever chooses that must not learn the mark of a
/// letter of ours.
pub fn copy_mark(secret: &Secret, message_id: &MessageId) -> String {
    secret.derive(Purpose::LoopMark, message_id.as_str(), 1)
}

/// What kind of machine mail this is; `None` means a person may have written it.
pub fn machine(headers: &Headers<'_>, message_id: Option<&MessageId>, secret: &Secret) -> Option<Machine> {
    if let Some(id) = message_id {
        let bears = |mark: String| headers.all(LOOP_HEADER).any(|field| field.value() == mark);
        if bears(loop_mark(secret, id)) {
            return Some(Machine::OwnMail);
        }
        if bears(copy_mark(secret, id)) {
            return Some(Machine::OwnCopy);
        }
    }
    let signs = Signs::of(headers);
    if signs.is_feedback_report() {
        return Some(Machine::FeedbackReport);
    }
    if signs.is_bounce() {
        return Some(Machine::Bounce);
    }
    None.or_else(|| signs.auto_reply().map(Machine::AutoReply))
        .or_else(|| signs.auto_submitted().map(Machine::Automatic))
        .or_else(|| signs.list_copy().map(Machine::ListCopy))
        .or_else(|| signs.automatic().map(Machine::Automatic))
}

/// What the header says about how the mail was made, read once.
struct Signs<'h, 'a> {
    headers: &'h Headers<'a>,
    content: Typed,
    /// In lower case, decoded, on one line.
    subject: String,
    /// The local part of the From address in lower case; empty for `<>`.
    sender: String,
    null_return_path: bool,
    precedence: String,
    /// The keyword of Auto-Submitted (RFC 3834 section 5), in lower case; empty when the field is missing.
    auto_submitted: String,
}

impl<'h, 'a> Signs<'h, 'a> {
    fn of(headers: &'h Headers<'a>) -> Self {
        let word = |name: &str| {
            let value = headers.value(name).unwrap_or_default();
            let plain = without_comments(&value).trim().to_lowercase();
            plain.split([';', ' ', '\t']).next().unwrap_or("").to_owned()
        };
        let from = headers.first("From").map(fields::entries).unwrap_or_default();
        let sender = from.first().and_then(|entry| entry.address.clone()).unwrap_or_default().to_lowercase();
        let return_path = headers.value("Return-Path").map(|path| path.to_lowercase());
        Signs {
            headers,
            content: Typed::of(headers, "Content-Type"),
            subject: one_line(&headers.first("Subject").map(fields::text).unwrap_or_default(), 300).to_lowercase(),
            sender: sender.split(['@', '\\']).next().unwrap_or("").trim_matches('"').to_owned(),
            // RFC 5321 section 4.5.5. Some final hops write the daemon's own name instead of the null path.
            null_return_path: return_path.is_some_and(|path| path == "<>" || path.contains("mailer-daemon")),
            precedence: word("Precedence"),
            auto_submitted: word("Auto-Submitted"),
        }
    }

    fn report_type(&self) -> &str {
        self.content.parameter("report-type").unwrap_or("")
    }

    fn is_feedback_report(&self) -> bool {
        let report = self.report_type();
        // RFC 7489 section 7.2.1.1 fixes this subject for aggregate reports, which are no multipart/report.
        let aggregate = self.subject.starts_with("report domain:") && self.subject.contains("submitter:");
        report.eq_ignore_ascii_case("feedback-report") || report.eq_ignore_ascii_case("tlsrpt") || aggregate
    }

    fn is_bounce(&self) -> bool {
        // Some gateways re-wrap a report as multipart/mixed and keep the parameter.
        if self.report_type().eq_ignore_ascii_case("delivery-status")
            || matches!(self.content.kind.as_str(), "message/delivery-status" | "message/global-delivery-status")
            || self.headers.has("X-Failed-Recipients") // Exim
            || self.sender.is_empty() && self.headers.has("From") && self.null_author()
            || DAEMONS.iter().any(|daemon| self.sender.starts_with(daemon))
        {
            return true;
        }
        let (by_subject, by_body) = (self.has_bounce_subject(), self.has_bounce_body());
        match (self.null_return_path, CARETAKERS.contains(&self.sender.as_str())) {
            // A reply by a program also has the null path (RFC 3834 section 3.3): it is asked for below.
            (true, true) => by_subject || by_body && self.auto_submitted != "auto-replied" && !self.is_away(),
            // A web form may have a null path, and a postmaster is also a person: one sign is not enough to be silent.
            (true, false) | (false, true) => by_subject && by_body,
            (false, false) => false,
        }
    }

    /// `From: Mail Delivery System <>`: seen from gateways, never from people.
    fn null_author(&self) -> bool {
        self.headers.value("From").is_some_and(|from| from.contains("<>"))
    }

    fn has_bounce_subject(&self) -> bool {
        let tagged = self.subject.strip_prefix('[').and_then(|rest| rest.split_once("] "));
        let subject = tagged.map_or(self.subject.as_str(), |(_, rest)| rest);
        BOUNCE_SUBJECTS.iter().any(|start| subject.starts_with(start))
    }

    fn has_bounce_body(&self) -> bool {
        let body = self.headers.body.get(..BODY_BYTES_MAX).unwrap_or(self.headers.body);
        let body = String::from_utf8_lossy(body).to_lowercase();
        BOUNCE_SENTENCES.iter().any(|sentence| body.contains(sentence))
    }

    /// The subject of an absence note. It counts only beside a header only programs write.
    fn is_away(&self) -> bool {
        let by_program = self.null_return_path
            || !matches!(self.auto_submitted.as_str(), "" | "no")
            || matches!(self.precedence.as_str(), "bulk" | "junk")
            || ["X-Auto-Response-Suppress", "X-Autogenerated", "X-MS-Exchange-Generated-Message-Source"]
                .iter()
                .any(|name| self.headers.has(name));
        by_program && AWAY_SUBJECTS.iter().any(|start| self.subject.starts_with(start))
    }

    fn auto_reply(&self) -> Option<String> {
        if self.report_type().eq_ignore_ascii_case("disposition-notification") {
            return Some("report-type: disposition-notification".to_owned());
        }
        if self.auto_submitted == "auto-replied" {
            return self.reason("Auto-Submitted");
        }
        if matches!(self.precedence.as_str(), "auto_reply" | "auto-reply" | "autoreply") {
            return self.reason("Precedence");
        }
        let says_yes = |name: &&&str| {
            let value = self.headers.value(name).map(|value| value.to_lowercase());
            value.is_some_and(|value| !matches!(value.as_str(), "" | "no" | "false" | "none"))
        };
        if let Some(name) = AUTO_REPLY_HEADERS.iter().find(says_yes) {
            return self.reason(name);
        }
        let holds = |name: &str, words: &[&str]| {
            let value = self.headers.value(name).unwrap_or_default().to_lowercase();
            words.iter().any(|word| value.contains(word)).then(|| self.reason(name)).flatten()
        };
        holds("X-Mailer", &["vacation", "autorespond", "auto-respond", "autoreply", "auto-reply"])
            .or_else(|| holds("User-Agent", &["vacation", "autorespond", "autoreply"]))
            .or_else(|| holds("X-Autogenerated", &["reply", "oof", "vacation"]))
            .or_else(|| holds("X-Autogenerate", &["reply"]))
            .or_else(|| {
                // qmail-autoresponder
                let stamped = self.headers.all("Delivered-To").any(|f| f.value().eq_ignore_ascii_case("autoresponder"));
                stamped.then(|| "Delivered-To: Autoresponder".to_owned())
            })
            // Exchange sends its absence notes as auto-generated.
            .or_else(|| self.is_away().then(|| self.reason("Subject")).flatten())
    }

    /// RFC 3834 section 5: any keyword other than `no`, known or not.
    fn auto_submitted(&self) -> Option<String> {
        let says = self.headers.has("Auto-Submitted") && self.auto_submitted != "no";
        says.then(|| self.reason("Auto-Submitted")).flatten()
    }

    fn list_copy(&self) -> Option<String> {
        let list = matches!(self.precedence.as_str(), "list" | "bulk").then_some("Precedence");
        LIST_HEADERS.iter().copied().find(|name| self.headers.has(name)).or(list).and_then(|name| self.reason(name))
    }

    fn automatic(&self) -> Option<String> {
        let tracker = self.headers.iter().find(|field| {
            TRACKER_HEADERS
                .iter()
                .any(|start| field.name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)))
        });
        if let Some(field) = tracker {
            return self.reason(field.name);
        }
        // MS-OXCMAIL section 2.2.3.2.14: whoever writes this asks for no automatic answer.
        let suppress = self.headers.value("X-Auto-Response-Suppress").unwrap_or_default().to_lowercase();
        if suppress.split([',', ' ']).any(|word| matches!(word, "all" | "autoreply")) {
            return self.reason("X-Auto-Response-Suppress");
        }
        if self.headers.has("List-Unsubscribe") {
            return self.reason("List-Unsubscribe");
        }
        if self.precedence == "junk" {
            return self.reason("Precedence");
        }
        if self.null_return_path {
            return Some("Return-Path: <>".to_owned());
        }
        let nobody: String = self.sender.chars().filter(|c| c.is_alphanumeric()).collect();
        if ["noreply", "donotreply", "dontreply", "nepasrepondre"].iter().any(|name| nobody.starts_with(name)) {
            return self.reason("From");
        }
        // Old gateways bounce under a person-like name with no header that says so. Silence would cost a report
        // that merely quotes a bounce; an answer might start a loop. So it is passed on and not answered.
        let remark = BOUNCE_REMARKS.iter().any(|remark| self.subject.contains(remark));
        let (by_subject, by_body) = (self.has_bounce_subject() || remark, self.has_bounce_body());
        let reads_so = by_subject && (by_body || CARETAKERS.contains(&self.sender.as_str()));
        reads_so.then(|| "reads like a bounce".to_owned())
    }

    fn reason(&self, name: &str) -> Option<String> {
        let value = self.headers.value(name)?;
        Some(one_line(&format!("{name}: {value}"), REASON_CHARACTERS_MAX))
    }
}

#[cfg(test)]
mod tests;
