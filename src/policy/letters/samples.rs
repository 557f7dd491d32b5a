//! Sample values for every letter, in all its variants: what `check` renders at start, and the list of what each
//! letter may use. Invented people only.

use minijinja::Value;

use crate::mail::letter::slot;
use crate::policy::letters::{
    Due, LetterName, Shown, Values, answered, application, carried_out, dates, due, item, leaves, offer, open_case,
    passed, people, sealed, seen_list, standing, texts, unread, waiting,
};

/// What one value can be.
#[derive(Clone, Copy)]
enum Sample {
    Given(&'static str),
    /// A text that may be empty.
    OrEmpty(&'static str),
    OneOf(&'static [&'static str]),
    Number(i64),
    YesOrNo,
    /// A reply address, filled in later.
    Slot(&'static str),
    Texts(&'static [&'static str]),
    Lists,
    /// Certificates that a mail brings.
    Offers,
    /// Commands that were carried out.
    CarriedOut,
    /// Mails of a case so far.
    Passed,
    /// People for whom letters wait.
    Readers,
    /// Items of an application.
    Items,
    /// Those of them that are open.
    Wanted,
    /// What is due in a case.
    Dues,
    /// Cases in the weekly list.
    OpenCases,
}

use Sample::{
    CarriedOut, Dues, Given, Items, Lists, Number, Offers, OneOf, OpenCases, OrEmpty, Passed, Readers, Slot, Texts,
    Wanted, YesOrNo,
};

const CVE: &str = "CVE-2026-12345";
const CASE: (&str, Sample) = ("case", Number(12));
/// The case that a mail came from.
const FROM: (&str, Sample) = ("from", Number(9));
const RECEIVED: (&str, Sample) = ("received", Given("Mon 2026-11-23 09:12 UTC"));
const SECURITY: (&str, Sample) = ("security", Given("security@example.org"));
const NAME: (&str, Sample) = ("name", OrEmpty("Dana Doe"));
const PREDISCLOSURE: (&str, Sample) = ("predisclosure", Given("Mon 2026-11-30 12:00 UTC"));
const RELEASE: (&str, Sample) = ("release", Given("Mon 2026-12-14 12:00 UTC"));
const FINGERPRINT: (&str, Sample) = ("fingerprint", Given("0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567"));
const WHAT: (&str, Sample) = ("what", Given("an answer from the team to the discoverer"));
const DELIVERY: (&str, Sample) = ("delivery", Number(57));
const OPERATOR: (&str, Sample) = ("operator", OrEmpty("ops@example.org"));
const KEY: (&str, Sample) = ("key", Given("0123456789ABCDEF0123456789ABCDEF01234567"));
const DAYS: (&str, Sample) = ("days", Number(14));
const EXPIRES: (&str, Sample) = ("expires", OrEmpty("Mon 2026-12-07 00:00 UTC"));
const OVER: (&str, Sample) = ("reason", OrEmpty("it expired on 2026-11-23"));
const LARGER_THAN: (&str, Sample) = ("larger_than", OrEmpty("25 MiB"));
const REQUIRED: (&str, Sample) = ("required", YesOrNo);
const UNREAD: (&str, Sample) = ("unread", OneOf(&[unread::NOTHING, unread::ALL, unread::PART]));
const RECIPIENT: (&str, Sample) = ("recipient", Given("dana@example.net"));
const CANDIDATE: (&str, Sample) = ("name", Given("Vera Vendor"));
const THEIR_ADDRESS: (&str, Sample) = ("address", Given("vera@vendor.example.net"));
const UNTIL: (&str, Sample) = ("until", Given("Mon 2026-12-21 09:12 UTC"));
const OFFERED: (&str, Sample) = ("offered", OrEmpty("0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567"));
const OFFERED_KEY: (&str, Sample) = ("key", OrEmpty("0123456789ABCDEF0123456789ABCDEF01234567"));
const FORMER: (&str, Sample) = ("former", OrEmpty("89AB CDEF 0123 4567 89AB CDEF 0123 4567 89AB CDEF"));
const HOW: (&str, Sample) = ("how", OneOf(&["signed", "two-members", "operator", "team", "moved"]));
const PARTICIPANTS: Sample = Texts(&["Carol Coordinator", "erin@example.com"]);
const PERSON: (&str, Sample) = ("person", Given("Carol Coordinator"));
const ADDRESS: (&str, Sample) = ("address", Given("carol@example.com"));
const ROLE: (&str, Sample) = ("role", OneOf(&["coordinator", "authority for CVE numbers", "release manager"]));
const APPLIED: (&str, Sample) = ("subject", OrEmpty("Application of Example Hosting"));
const APPLICATION: (&str, Sample) = ("application", Number(7));
const CALLED: (&str, Sample) = ("called", Given("Example Hosting Ltd"));
const LIST: (&str, Sample) = ("list", Given("predisclosure-applications@lists.example.org"));
const POST: (&str, Sample) = ("post", Number(12));
const POST_KIND: (&str, Sample) = ("kind", OneOf(&["post", "report"]));
const ADVISORY: (&str, Sample) = ("advisory", Given("XSA-480"));
const MEMBERS_MAY: (&str, Sample) = (
    "members",
    OrEmpty(
        "The members have version 1 and may publish on Mon 2026-12-14 12:00 UTC; the discoverer expects that hour, too. \
         “!embargo DATE WHY” tells the discoverer; the members hear of it only by a new version, which you have to approve \
         before that.",
    ),
);
const EVERYBODY: (&str, Sample) = ("everybody", Given("the public lists and all members"));
const OUTLET: (&str, Sample) = (
    "outlet",
    Texts(&[
        "to the public lists: xen-announce@lists.example.org and xen-devel@lists.example.org",
        "to the 70 members of the predisclosure list, a copy each",
    ]),
);
const DISCUSS: (&str, Sample) = ("list", Given("xen-security-issues-discuss@lists.example.org"));
const POSTED: (&str, Sample) = ("subject", OrEmpty("Fixed packages are available"));
const OVER_LIMIT: &str = "20 were written to this address within a day, which is the limit.";
const ORGANISATION: (&str, Sample) = ("name", Given("VM Example Ltd"));
const ALIAS: (&str, Sample) = ("address", Given("security@vm.example.net"));
const NEW_ALIAS: (&str, Sample) = ("new", Given("cert@vm.example.net"));
const ENTRY: &str = "v3.24 Nov 21st 2026: Added VM Example Ltd";
const QUESTION: (&str, Sample) = ("question", Number(4));
const MEMBER: (&str, Sample) = ("member", Given("VM Example Ltd"));
const MEMBERS_LIST: (&str, Sample) = ("list", Given("xen-security-issues@lists.example.org"));
/// Each beside each of three others.
const READER: (&str, Sample) = (
    "reader",
    OneOf(&[
        "team",
        "team",
        "team",
        "discoverer",
        "discoverer",
        "discoverer",
        "participant",
        "participant",
        "participant",
    ]),
);
const DIGEST: (&str, Sample) = ("digest", Given("0123456789abcdef 0123456789abcdef 0123456789abcdef 0123456789abcdef"));
const BY: (&str, Sample) = ("by", Given("Alice Example"));
const SAID: Sample = Texts(&["Item “alias” is found, in these words of theirs: “security@vm.example.net”."]);
const ITEM_LINES: Sample = Texts(&["hosting-rates: a link to your public rates", "alias: the single e-mail alias"]);
/// What most answers lack that do not go out.
pub const NOT_VOUCHED: &str =
    "our mail server could not confirm that it came from the address in its From line (DMARC).";

fn table(name: LetterName) -> &'static [(&'static str, Sample)] {
    match name {
        LetterName::Acknowledgement => &[
            CASE,
            NAME,
            SECURITY,
            PREDISCLOSURE,
            RELEASE,
            ("dates", OneOf(&[dates::PROPOSED, dates::AGREED, dates::OVER, dates::PUBLIC])),
            ("public", YesOrNo),
            ("encrypted", YesOrNo),
            ("certified", YesOrNo),
            ("brought_by", OrEmpty("Alice Example")),
            FINGERPRINT,
            LARGER_THAN,
            UNREAD,
        ],
        LetterName::Added => &[CASE, NAME, LARGER_THAN, UNREAD],
        LetterName::Received => &[SECURITY, PREDISCLOSURE, RELEASE, FINGERPRINT, LARGER_THAN, UNREAD],
        LetterName::Relay => &[
            CASE,
            ("is_new", YesOrNo),
            ("author", Given("Dana Doe")),
            ("author_address", OrEmpty("dana@example.net")),
            ("again", OrEmpty("by another way")),
            ("standing", OneOf(&[standing::DISCOVERER, standing::TEAM, standing::STRANGER, standing::OURS])),
            ("proven", YesOrNo),
            ("signed", YesOrNo),
            ("sealed", OneOf(&[sealed::NOT, sealed::CAME, sealed::REPEATS, sealed::WARNED])),
            UNREAD,
            SECURITY,
            FINGERPRINT,
            ("subject", OrEmpty("Guest can crash the host")),
            ("machine", OrEmpty("Precedence: bulk")),
            ("acknowledged", YesOrNo),
            ("answer_waits", YesOrNo),
            ("answered_at", OrEmpty("Mon 2026-11-23 11:00 UTC")),
            ("unanswered", OrEmpty("20 were written to this address within a day, which is the limit.")),
            ("stopped", OrEmpty(NOT_VOUCHED)),
            ("by_team", YesOrNo),
            ("to_reporter", YesOrNo),
            ("waits_for", OrEmpty("dana@example.net")),
            ("gone_to", OrEmpty("erin@example.com")),
            ("reporter", OrEmpty("dana@example.net")),
            ("unwritten", OrEmpty("dana@example.net")),
            ("reporter_copied", YesOrNo),
            ("both", Slot("both")),
            ("team_only", Slot("team")),
            ("participants", PARTICIPANTS),
            ("to_participants", PARTICIPANTS),
            PREDISCLOSURE,
            RELEASE,
            ("public", Lists),
            ("flags", Texts(&["It says that the problem is already known to others."])),
            ("offered", Offers),
            ("notes", Texts(&["One part of the mail could not be decoded.", "The Date header lies in the future."])),
            ("orders", Texts(&["Done: “!owner bob”. Bob Example takes care of the case now."])),
            (
                "dates",
                Texts(&["“We will publish on 2026-12-10.” They insist on Thu 2026-12-10, which is before our date."]),
            ),
        ],
        LetterName::AnswerToReporter => &[
            CASE,
            ("writer", Given("Alice Example")),
            ("text", Given("Thank you.\n\nWe can reproduce it.\n")),
            ("sealed", YesOrNo),
        ],
        LetterName::Sent => &[
            CASE,
            ("reporters", Texts(&["dana@example.net"])),
            ("waits_for", OrEmpty("dana@example.net")),
            ("members", Number(2)),
            ("participants", PARTICIPANTS),
            ("attachments", Texts(&["grant-table.patch", "trace.txt"])),
            ("text", OrEmpty("Thank you.\n\nWe can reproduce it.\n")),
        ],
        LetterName::NotSentToReporter => &[
            CASE,
            SECURITY,
            ("reason", Given(NOT_VOUCHED)),
            ("remedy", Given("send it again through the mail server of your own address.")),
            ("suspicious", YesOrNo),
            ("others", OrEmpty("95")),
            ("last", YesOrNo),
            OPERATOR,
        ],
        LetterName::NoReporter => &[CASE],
        LetterName::QuotedInClear => &[("case", OrEmpty("12")), SECURITY, FINGERPRINT],
        LetterName::Done => &[
            CASE,
            ("done", CarriedOut),
            (
                "proof",
                OneOf(&["your signature", "your reply address, and our mail server's word that you wrote it (DMARC)"]),
            ),
        ],
        LetterName::Misread => &[
            CASE,
            ("line", OrEmpty("!titel Overflow in grant_map")),
            ("problem", Given("“!titel” is no command; did you mean “!title”?")),
            ("expected", Given("- !title TEXT\n  Gives the case another title.")),
        ],
        LetterName::NotDone => &[
            CASE,
            ("line", Given("!owner Carol")),
            ("reason", Given("nobody in the team is called “Carol”.")),
            ("listed", Texts(&["line 12: The section “IMPACT” is missing."])),
            ("remedy", Given("write the name as letters show it, or the address.")),
        ],
        LetterName::CommandRefused => &[
            CASE,
            ("line", Given("!title Overflow in grant_map")),
            SECURITY,
            ("reason", Given("it is not signed with a registered certificate of the team.")),
            ("remedy", Given("sign it with the certificate that is registered for you.")),
            ("suspicious", YesOrNo),
            ("others", OrEmpty("95")),
            ("last", YesOrNo),
            OPERATOR,
        ],
        LetterName::AdvisoryForMembers => &[
            ADVISORY,
            ("version", Number(1)),
            ("heading", Given("Xen Security Advisory 480 v1 (CVE-2026-12345) - stale mapping of a grant")),
            ("until", Given("Mon 2026-12-14 12:00 UTC")),
            ("files", Number(2)),
            ("follows", YesOrNo),
            ("unpatched", YesOrNo),
            ("deployment", OrEmpty("DEPLOYMENT DURING EMBARGO")),
            SECURITY,
        ],
        LetterName::AdvisoryReleased => &[
            CASE,
            ("reader", OneOf(&["discoverer", "participant"])),
            NAME,
            ADVISORY,
            ("version", Number(2)),
            ("further", YesOrNo),
            ("lists", Texts(&["xen-announce@lists.example.org", "xen-devel@lists.example.org"])),
            SECURITY,
        ],
        LetterName::AdvisoryLeft => &[
            CASE,
            ADVISORY,
            ("version", Number(2)),
            ("at", Given("Mon 2026-12-14 13:02 UTC")),
            ("late", OrEmpty("Mon 2026-12-14 12:00 UTC")),
            OUTLET,
        ],
        LetterName::AdvisoryAlarm => &[
            CASE,
            RELEASE,
            ("before", OrEmpty("a day")),
            ("again", OneOf(&["hourly", "daily", "never"])),
            ("partly", YesOrNo),
            (
                "missing",
                Texts(&[
                    "XSA-480, version 1, waits for approval: nobody approved it yet.",
                    "Alice Example has held it since Mon 2026-12-07 09:00 UTC. Ask them; then “!unhold”, signed.",
                ]),
            ),
            MEMBERS_MAY,
            ("operator", YesOrNo),
            ("publication", OrEmpty("publish")),
            SECURITY,
        ],
        LetterName::AdvisoryProgress => &[
            CASE,
            ADVISORY,
            ("version", Number(1)),
            ("since", Given("Mon 2026-11-30 12:00 UTC")),
            ("until", Given("Mon 2026-12-14 12:00 UTC")),
            ("total", Number(70)),
            ("accepted", Number(67)),
            ("waiting", Texts(&["Pony Hosting: 451 4.7.1 greylisted, come back later"])),
            ("uncertified", Texts(&["Dino Systems"])),
            ("undelivered", Texts(&["VM Example Ltd: 550 5.1.1 no such user"])),
        ],
        LetterName::AdvisoryHeld => &[
            CASE,
            ("held", YesOrNo),
            ("clock", YesOrNo),
            BY,
            ("reason", OrEmpty("The patch for 4.19 breaks migration.")),
            ("withheld", YesOrNo),
            ("lines", Texts(&["XSA-480, version 2, to the public lists and all members, on Mon 2026-12-14 12:00 UTC"])),
            MEMBERS_MAY,
        ],
        LetterName::AdvisoryForNewMember => &[
            CASE,
            ("waits", OneOf(&["", "held", "void"])),
            ("had", YesOrNo),
            MEMBER,
            ALIAS,
            ("since", Given("Mon 2026-12-07 09:00 UTC")),
            ADVISORY,
            ("until", Given("Mon 2026-12-14 12:00 UTC")),
        ],
        LetterName::AdvisoryUnseen => &[
            CASE,
            ADVISORY,
            ("version", Number(2)),
            ("at", Given("Mon 2026-12-14 12:00 UTC")),
            ("names", Given("xen-announce@lists.example.org")),
            ("taken", YesOrNo),
            ("untaken", YesOrNo),
            ("lists", Texts(&["xen-announce@lists.example.org: its mail server took it on Mon 2026-12-14 12:00 UTC"])),
        ],
        LetterName::AdvisoryWithoutNumber => {
            &[CASE, ADVISORY, ("at", Given("Mon 2026-12-14 12:00 UTC")), ("number", OrEmpty("480"))]
        }
        LetterName::Export => &[
            CASE,
            ("file", Given("case-12.mbox")),
            ("mails", Number(14)),
            ("sealed", Number(2)),
            ("at", Given("Mon 2026-11-23 09:12 UTC")),
        ],
        LetterName::Refiled => &[
            CASE,
            FROM,
            ("by", Given("Alice Example")),
            ("split", YesOrNo),
            ("told", YesOrNo),
            ("sealed", YesOrNo),
            ("subject", OrEmpty("Another one in the scheduler")),
            ("author", Given("Dana Doe")),
            ("author_address", OrEmpty("dana@example.net")),
            ("proven", YesOrNo),
            RECEIVED,
            PREDISCLOSURE,
            RELEASE,
            ("reporter", OrEmpty("dana@example.net")),
            ("reporter_copied", YesOrNo),
            SECURITY,
            FINGERPRINT,
            ("both", Slot("both")),
            ("team_only", Slot("team")),
        ],
        LetterName::OwnCase => &[CASE, FROM, NAME, RECEIVED, PREDISCLOSURE, RELEASE, SECURITY],
        LetterName::AdvisoryDraft => &[
            CASE,
            ("called", Given("XSA-480")),
            ("version", Given("1")),
            ("public_version", Given("2")),
            ("leaves", OneOf(&leaves::ALL)),
            PREDISCLOSURE,
            RELEASE,
            ("kept", OrEmpty("the case is held, until “!unhold hold”")),
            EVERYBODY,
            ("again", OrEmpty("01234567")),
            ("anew", OrEmpty("The CVE numbers changed, and the desk filled that in.")),
            ("voided", OrEmpty("Bob Example")),
            ("replaced", OrEmpty("The draft of Mon 2026-12-07 09:00 UTC, with the digest a9c0f00d…, is void.")),
            (
                "standing",
                OrEmpty(
                    "Version 1 as it was approved on Mon 2026-12-07 09:00 UTC (digest a9c0f00d…) still leaves, on Mon \
                     2026-12-14 12:00 UTC, unless the new one is approved before. If it must not, say “!hold WHY” now.",
                ),
            ),
            ("members_until", OrEmpty("Thu 2026-12-10 12:00 UTC")),
            ("errors", Texts(&["line 12: The section “IMPACT” is missing."])),
            ("warnings", Texts(&["line 30: The line has more than 72 characters.", "There is no CVE number yet."])),
            ("changes", Texts(&["CVE numbers now: CVE-2026-12345; before: none."])),
            ("different", OrEmpty("- A guest can read memory.\n+ A guest can read and write memory.")),
            ("approvals", Number(2)),
            ("author", OrEmpty("Alice Example, who wrote it, is")),
            ("nobody", YesOrNo),
            ("approvers", OrEmpty("Bob Example")),
            ("counted", Number(1)),
            DIGEST,
            ("short_digest", Given("0123456789abcdef")),
            ("manifest", Given("advisory: XSA-480\nversion: 1\npublic version: 2\nembargo: 2026-12-15T12:00:00Z")),
            ("members_text", OrEmpty("            Xen Security Advisory XSA-480\n\napprove what follows")),
            ("public_text", Given("            Xen Security Advisory XSA-480\n              version 2")),
        ],
        LetterName::AdvisoryApproved => &[
            CASE,
            ("called", Given("XSA-480")),
            ("version", Given("1")),
            ("public_version", Given("2")),
            ("by", Given("Alice Example and Bob Example")),
            ("leaves", OneOf(&leaves::ALL)),
            PREDISCLOSURE,
            RELEASE,
            ("kept", OrEmpty("the case is held, until “!unhold hold”")),
            EVERYBODY,
            DIGEST,
        ],
        LetterName::EmbargoChanged => &[
            CASE,
            READER,
            NAME,
            (
                "what",
                OneOf(&[
                    "agreed",
                    "changed",
                    "restarted",
                    "agreed",
                    "changed",
                    "restarted",
                    "agreed",
                    "changed",
                    "restarted",
                ]),
            ),
            BY,
            ("predisclosure", OrEmpty("Mon 2026-11-30 12:00 UTC")),
            ("predisclosure_from", OrEmpty("Tue 2026-12-01 12:00 UTC")),
            RELEASE,
            ("release_from", Given("Tue 2026-12-15 12:00 UTC")),
            ("at_once", YesOrNo),
            ("reason", OrEmpty("Two distributors cannot build over Christmas.")),
            ("withheld", YesOrNo),
            (
                "warnings",
                Texts(&["Sat 2026-12-12 is no working day: it is a Saturday.", "The discoverer insists on it."]),
            ),
            ("members", YesOrNo),
            SECURITY,
        ],
        LetterName::EmbargoEnded => &[
            CASE,
            ("publication", OrEmpty("publish")),
            READER,
            NAME,
            (
                "what",
                OneOf(&[
                    "public",
                    "exploited",
                    "public",
                    "public",
                    "exploited",
                    "public",
                    "public",
                    "exploited",
                    "public",
                ]),
            ),
            BY,
            ("reason", OrEmpty("https://lists.example.net/2026/11/msg7.html")),
            ("withheld", YesOrNo),
            (
                "outlet",
                Texts(&[
                    "in public, to xen-announce@lists.example.org",
                    "to the predisclosure list, which has 12 members",
                ]),
            ),
            ("members", YesOrNo),
            ("numbered", YesOrNo),
            ("links", Texts(&["https://lists.example.net/2026/11/msg7.html"])),
            ("further", YesOrNo),
            ("known", YesOrNo),
            SECURITY,
        ],
        LetterName::EmbargoQuestion => &[
            ("name", OrEmpty("Carol Coordinator")),
            ADDRESS,
            ("asker", OrEmpty("Alice Example")),
            ("again", YesOrNo),
            FINGERPRINT,
        ],
        LetterName::AnswerNotCounted => &[
            ("name", OrEmpty("Carol Coordinator")),
            ADDRESS,
            ("reason", Given(NOT_VOUCHED)),
            ("other_address", YesOrNo),
            SECURITY,
        ],
        LetterName::Declined | LetterName::NotNeeded => &[("name", OrEmpty("Carol Coordinator")), SECURITY],
        LetterName::EmbargoAnswer => &[
            CASE,
            PERSON,
            ADDRESS,
            ROLE,
            (
                "answer",
                OneOf(&[
                    answered::AGREED,
                    answered::DECLINED,
                    answered::UNCLEAR,
                    answered::UNCLEAR_TO_THE_END,
                    answered::UNPROVEN,
                    answered::BY_MACHINE,
                ]),
            ),
            ("mails", Number(3)),
            ("sealed", Number(1)),
            ("waits", YesOrNo),
            ("more", Number(0)),
            ("attached", YesOrNo),
            ("offered", Offers),
            OPERATOR,
        ],
        LetterName::ClockJumped => &[
            ("far", Given("59 minutes")),
            ("forward", YesOrNo),
            ("now", Given("Tue 2026-12-15 12:00 UTC")),
            ("waiting", Texts(&["XSA-480, its embargo ends on Tue 2026-12-15 12:00 UTC"])),
            ("answered", YesOrNo),
        ],
        LetterName::PeopleChanged => &[
            CASE,
            ("what", OneOf(&[people::ASKED, people::JOINED, people::NAMED, people::REMOVED, people::WITHDRAWN])),
            PERSON,
            ADDRESS,
            ROLE,
            ("by", Given("Alice Example")),
        ],
        LetterName::CaseSoFar => &[
            ("name", OrEmpty("Carol Coordinator")),
            CASE,
            ("asker", OrEmpty("Alice Example")),
            ("by_process", YesOrNo),
            ("passed", YesOrNo),
            ("public", YesOrNo),
            ("used", YesOrNo),
            ("mails_come", YesOrNo),
            ("numbers", Texts(&[CVE])),
            ("sealed", YesOrNo),
            ("sealed_too", YesOrNo),
            ("more", Number(2)),
            PREDISCLOSURE,
            RELEASE,
            FINGERPRINT,
            ("several", YesOrNo),
            ("mails", Passed),
        ],
        LetterName::CaseMail => &[
            CASE,
            ("told", YesOrNo),
            ("writer", OrEmpty("Dana Doe")),
            ("several", YesOrNo),
            ("address", OrEmpty("dana@example.net")),
            ("standing", OneOf(&[standing::DISCOVERER, standing::TEAM, standing::STRANGER, standing::PARTICIPANT])),
            ("subject", OrEmpty("Guest can crash the host")),
            ("sealed", YesOrNo),
            LARGER_THAN,
            ("text", Given("Here is a trace.\n\nIt shows the stale mapping.\n")),
        ],
        LetterName::CaseInvalid => &[
            NAME,
            CASE,
            ("reason", OrEmpty("The grant is checked again before it is used.\n\nSo nothing can be read.\n")),
            ("withheld", YesOrNo),
            ("discoverer", YesOrNo),
            SECURITY,
        ],
        LetterName::CaseDuplicate => &[
            NAME,
            CASE,
            ("other", OrEmpty("9")),
            ("own", YesOrNo),
            ("discoverer", YesOrNo),
            ("agreed", YesOrNo),
            ("public", YesOrNo),
            ("used", YesOrNo),
            PREDISCLOSURE,
            RELEASE,
            ("numbers", Texts(&[CVE])),
            SECURITY,
        ],
        LetterName::CasePassed => &[NAME, CASE, ("lead", Given("Toolstack Maintainers")), ("asked", YesOrNo), SECURITY],
        LetterName::CaseReopened => &[
            NAME,
            CASE,
            ("was", OneOf(&["invalid", "duplicate", "passed", "public"])),
            ("other", OrEmpty("9")),
            ("over", YesOrNo),
            PREDISCLOSURE,
            RELEASE,
            SECURITY,
        ],
        LetterName::CveTold => &[
            NAME,
            CASE,
            ("number", Given(CVE)),
            ("instead", OrEmpty("CVE-2026-12340")),
            ("others", Texts(&["CVE-2026-12346"])),
            ("advisory", OrEmpty("XSA-481")),
            ("public", YesOrNo),
            ("used", YesOrNo),
            ("agreed", YesOrNo),
            RELEASE,
            SECURITY,
        ],
        LetterName::CveRequest => &[
            ("name", OrEmpty("Example CNA")),
            CASE,
            ("public", YesOrNo),
            ("used", YesOrNo),
            ("agreed", YesOrNo),
            PREDISCLOSURE,
            RELEASE,
            ("title", OrEmpty("Guest can read host memory")),
            ("branches", Texts(&["4.20: affected", "4.19: 4.19.2 and later", "4.18: not affected"])),
            ("ratings", Texts(&["7.8 (high), CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"])),
            ("credits", Texts(&["Dana Doe", "Frank Finder"])),
            ("credit_later", YesOrNo),
            ("asked_before", OrEmpty("Mon 2026-11-23 09:12 UTC")),
            ("withheld", YesOrNo),
            FINGERPRINT,
            SECURITY,
        ],
        LetterName::ListSeen => &[
            ("mail", Number(31)),
            PERSON,
            ADDRESS,
            ("in_team", YesOrNo),
            ("proven", YesOrNo),
            ("header", Given("List-Id: security-team.example.com")),
            OPERATOR,
        ],
        LetterName::Blocked => &[
            ("case", OrEmpty("12")),
            WHAT,
            RECIPIENT,
            DELIVERY,
            OPERATOR,
            ("reason", Given("only the security team may read this")),
        ],
        LetterName::Undeliverable => &[
            ("case", OrEmpty("12")),
            WHAT,
            RECIPIENT,
            DELIVERY,
            OPERATOR,
            ("error", Given("550 5.1.1 <dana@example.net>: no such user")),
            ("meaning", Given("the mail server refused it for good; it will not be tried again by itself.")),
        ],
        LetterName::Bounced => &[
            ("case", OrEmpty("12")),
            ("member", OrEmpty("VM Example Ltd")),
            ("recipient", Given("security@vm.example.net")),
            ("what", Given("an advisory to the predisclosure list")),
            ("subject", OrEmpty("Xen Security Advisory 460: stale mappings")),
            ("left", Given("Mon 2026-11-23 09:12 UTC")),
            ("delayed", YesOrNo),
            ("status", OrEmpty("5.1.1")),
            ("gone", YesOrNo),
            ("meaning", Given("there is no such mailbox there: the address is wrong, or it is gone.")),
            ("diagnostic", OrEmpty("550 5.1.1 <security@vm.example.net>: Recipient address rejected: User unknown")),
            ("withheld", YesOrNo),
            ("embargoed", YesOrNo),
            DELIVERY,
            SECURITY,
            OPERATOR,
        ],
        LetterName::MemberQuestion => &[
            QUESTION,
            MEMBER,
            ("author", Given("Nils Nachtschicht")),
            ("address", OrEmpty("nils@vm.example.net")),
            ("proof", Given("It is signed with their certificate, and the signature is good.")),
            ("by_list", YesOrNo),
            ("remark", YesOrNo),
            ("remark_by", OrEmpty("Bob Example")),
            ("about", OrEmpty("Xen Security Advisory 460: stale mappings")),
            ("subject", OrEmpty("Re: Xen Security Advisory 460: stale mappings")),
            ("sealed", YesOrNo),
            ("unread", YesOrNo),
            ("withheld", YesOrNo),
            ("notes", Texts(&["It has an attachment that no program here can read."])),
            ("signed", YesOrNo),
        ],
        LetterName::QuestionReceived => &[
            ("name", OrEmpty("Nils Nachtschicht")),
            ("by_list", YesOrNo),
            ("discuss", OrEmpty("xen-security-issues-discuss@lists.example.org")),
            SECURITY,
        ],
        LetterName::MemberAnswer => &[
            ("writer", Given("Alice Example")),
            ("text", Given("Yes, you may deploy it.\n\nBest regards\nAlice")),
            ("about", OrEmpty("Xen Security Advisory 460: stale mappings")),
            ("sealed", YesOrNo),
        ],
        LetterName::QuestionAnswered => &[
            QUESTION,
            MEMBER,
            ("address", Given("security@vm.example.net")),
            ("by", Given("Alice Example")),
            ("mine", YesOrNo),
            ("proof", Given("your signature")),
            ("waits", YesOrNo),
            ("text", OrEmpty("Yes, you may deploy it.\n\nBest regards\nAlice")),
        ],
        LetterName::QuestionNotDone => &[
            QUESTION,
            MEMBER,
            ("line", OrEmpty("!tell member Larch: yes")),
            ("reason", Given("this question is of “VM Example Ltd”, and you name “Larch”.")),
            ("remedy", OrEmpty("reach them another way.")),
        ],
        LetterName::QuestionUnproven => &[
            QUESTION,
            MEMBER,
            ("line", OrEmpty("!tell member VM yes")),
            SECURITY,
            ("reason", Given(NOT_VOUCHED)),
            ("remedy", Given("send it again through the mail server of your own address.")),
            ("suspicious", YesOrNo),
            ("others", OrEmpty("3")),
            ("last", YesOrNo),
            OPERATOR,
        ],
        LetterName::NoPosts => &[("name", OrEmpty("Kim Larch")), MEMBERS_LIST, SECURITY],
        LetterName::ListMail => &[
            MEMBERS_LIST,
            ("member", OrEmpty("VM Example Ltd")),
            ("author", Given("Kim Larch")),
            ("address", OrEmpty("kim@larch.example.net")),
            ("subject", OrEmpty("A question about your list")),
            ("sealed", YesOrNo),
            ("told", YesOrNo),
            ("notes", Texts(&["It also went to a public list."])),
            SECURITY,
        ],
        LetterName::AddressOver => &[("name", OrEmpty("Nils Nachtschicht")), SECURITY],
        LetterName::OutlivedMail => &[
            ("author", Given("Nils Nachtschicht")),
            ("address", OrEmpty("nils@vm.example.net")),
            ("holder", Given("VM Example Ltd <security@vm.example.net>")),
            ("purpose", Given("for a member's questions to the team")),
            ("subject", OrEmpty("Re: Welcome to the predisclosure list")),
            ("sealed", YesOrNo),
            ("unread", YesOrNo),
            ("withheld", YesOrNo),
            ("told", YesOrNo),
            ("notes", Texts(&["It also went to a public list."])),
        ],
        LetterName::CertificateNeeded => &[("address", Given("dana@example.net")), FINGERPRINT],
        LetterName::Uncertified => {
            &[("case", OrEmpty("12")), ("count", Number(3)), ("readers", Readers), ("more", OrEmpty("40"))]
        }
        LetterName::SetAside => &[
            ("mail", Number(31)),
            ("received", Given("Mon 2026-11-23 09:12 UTC")),
            ("size", Given("12 KiB")),
            ("reason", Given("Opening a case: disk I/O error")),
        ],
        LetterName::Digest => &[
            ("count", Number(3)),
            ("failed", Texts(&["mail 31, Mon 2026-11-23 09:12 UTC, 12 KiB: Opening a case: disk I/O error"])),
            ("nobody", Texts(&["mail 32, Mon 2026-11-23 09:20 UTC, 3 KiB: for none of our addresses"])),
            ("spam", Texts(&["mail 33, Mon 2026-11-23 09:30 UTC, 1 MiB: marked as spam by the mail server"])),
        ],
        LetterName::HeldAsSpam => &[
            ("count", Number(1)),
            ("mails", Texts(&["mail 33, Mon 2026-11-23 09:30 UTC, from Dana Doe <dana@example.net>: Buy now"])),
            OPERATOR,
        ],
        LetterName::Burst => {
            &[("per_hour", Number(200)), ("waiting", Number(300)), ("until", Given("Mon 2026-11-23 11:12 UTC"))]
        }
        LetterName::HookFailed => &[
            ("advisory", Given("XSA-480")),
            ("hook", Given("push-branches")),
            ("id", Number(3)),
            (
                "failure",
                OneOf(&[
                    "ended with the exit status 1",
                    "could not be started: No such file or directory (os error 2)",
                    "took longer than 60 seconds and was ended",
                ]),
            ),
            ("waits", YesOrNo),
            ("worked", YesOrNo),
            ("again", OrEmpty("Tue 2026-12-15 12:01 UTC")),
        ],
        LetterName::CaseReminder => &[
            CASE,
            ("in_team", YesOrNo),
            NAME,
            ("items", Dues),
            ("to_do", YesOrNo),
            ("commanded", YesOrNo),
            ("public", YesOrNo),
            ("agreed", YesOrNo),
            PREDISCLOSURE,
            RELEASE,
            ("signed", YesOrNo),
        ],
        LetterName::ContactTold => &[
            NAME,
            CASE,
            ("role", Given("release manager")),
            (
                "words",
                Given("A security problem was confirmed; the next stable releases will have to wait for its fix."),
            ),
            ("public", YesOrNo),
            ("agreed", YesOrNo),
            PREDISCLOSURE,
            RELEASE,
            FINGERPRINT,
        ],
        LetterName::Weekly => &[
            ("count", Number(10)),
            ("cases", OpenCases),
            ("more", Number(3)),
            (
                "applications",
                Texts(&[
                    "application 7, of Example Hosting: complete, waits for the team, since Mon 2026-11-23 09:12 UTC",
                ]),
            ),
            ("posts", Texts(&["post 12 waits for a moderator since Mon 2026-11-23 09:12 UTC"])),
            ("joining", Texts(&["Vera Vendor asked to join the team on Mon 2026-11-23 09:12 UTC"])),
        ],
        LetterName::Expiring => {
            &[DAYS, EXPIRES, OVER, FINGERPRINT, KEY, REQUIRED, ("send_to", Given("operator@example.org"))]
        }
        LetterName::CertificateEnds => &[
            ("name", Given("Bob Example")),
            ("address", Given("bob@example.org")),
            DAYS,
            EXPIRES,
            OVER,
            FINGERPRINT,
            REQUIRED,
        ],
        LetterName::ProjectKeyEnds => &[DAYS, EXPIRES, OVER, FINGERPRINT, KEY],
        LetterName::JoinAccept => {
            &[CASE, ("voucher", Given("Alice Example")), CANDIDATE, THEIR_ADDRESS, ("signed", YesOrNo), UNTIL]
        }
        LetterName::JoinAgree => &[("certified", YesOrNo), OFFERED, OFFERED_KEY, REQUIRED, FINGERPRINT, UNTIL],
        LetterName::JoinWaits => &[("certified", YesOrNo), OFFERED, OFFERED_KEY, UNTIL],
        LetterName::Welcome => &[
            CANDIDATE,
            ("voucher", Given("Alice Example")),
            ("decider", Given("Bob Example")),
            SECURITY,
            ("certified", YesOrNo),
            OFFERED,
            OFFERED_KEY,
        ],
        LetterName::JoinTold => &[
            CASE,
            CANDIDATE,
            THEIR_ADDRESS,
            ("voucher", Given("Alice Example")),
            ("decider", OrEmpty("Bob Example")),
            ("outcome", OneOf(&["joined", "accepted", "waits", "refused", "declined", "expired"])),
            ("closed", YesOrNo),
            ("certified", YesOrNo),
            OFFERED,
            OFFERED_KEY,
            UNTIL,
        ],
        LetterName::AnswerUncounted => &[
            ("asked", OneOf(&["accept", "agree"])),
            SECURITY,
            ("reason", Given(NOT_VOUCHED)),
            ("remedy", Given("send it again through the mail server of your own address.")),
            ("suspicious", YesOrNo),
            ("others", OrEmpty("95")),
            ("last", YesOrNo),
            OPERATOR,
        ],
        LetterName::CertificateAsked => &[
            CASE,
            ("member", Given("Alice Example")),
            ("name", Given("Bob Example")),
            ("address", Given("bob@example.org")),
            ("by", OrEmpty("bob@example.org")),
            ("named", YesOrNo),
            FINGERPRINT,
            KEY,
            ("days", Number(14)),
        ],
        LetterName::CertificateChanged => &[
            ("address", Given("bob@example.org")),
            FINGERPRINT,
            FORMER,
            HOW,
            ("since", Given("Mon 2026-12-07 09:12 UTC")),
            SECURITY,
        ],
        LetterName::CertificateGiven => &[
            ("name", Given("Bob Example")),
            ("address", Given("bob@example.org")),
            FINGERPRINT,
            KEY,
            FORMER,
            ("said_by", Given("Alice Example and Carol Example")),
            HOW,
            ("hours", Number(24)),
            ("since", Given("Mon 2026-12-07 09:12 UTC")),
        ],
        LetterName::ApplicationAnswer => &[
            APPLIED,
            NAME,
            ("how", OneOf(&[application::FIRST, application::FURTHER, application::AGAIN, application::REOPENED])),
            ("complete", YesOrNo),
            ("items", Items),
            ("wanted", Wanted),
        ],
        LetterName::ApplicationHowTo => &[
            SECURITY,
            LIST,
            ("asks", Texts(&["the name of your organization", "the single (non-personal) email alias you wish added"])),
        ],
        LetterName::ApplicationUnread => &[
            APPLIED,
            NAME,
            LIST,
            SECURITY,
            ("unread", OneOf(&["large", "encrypted", "damaged"])),
            ("limit", Given("25 MiB")),
        ],
        LetterName::ReportAtList => &[APPLIED, NAME, LIST, SECURITY, FINGERPRINT],
        LetterName::ListReport => &[
            ("author", Given("Dana Doe")),
            ("address", OrEmpty("dana@example.net")),
            APPLIED,
            LIST,
            SECURITY,
            ("told", YesOrNo),
            ("unanswered", OrEmpty(OVER_LIMIT)),
        ],
        LetterName::ApplicationNotice => &[
            APPLICATION,
            CALLED,
            ("how", OneOf(&[application::FIRST, application::FURTHER, application::REOPENED])),
            ("author", Given("Jane Roe")),
            ("address", OrEmpty("jane@hosting.example")),
            ("colleague", YesOrNo),
            ("applicant", Given("joe@hosting.example")),
            ("proven", YesOrNo),
            ("complete", YesOrNo),
            ("missing", Number(2)),
            ("items", Items),
            ("look", Texts(&["alias: its domain is none of those that were named"])),
            ("lifted", Texts(&["usage-evidence"])),
            ("known", Texts(&["application 3, of the same address, was rejected on Mon 2026-11-23 09:12 UTC"])),
            ("notes", Texts(&["The list put its own address into the From line."])),
            ("answered", YesOrNo),
            ("posted", YesOrNo),
            ("unanswered", OrEmpty(OVER_LIMIT)),
            ("signed", YesOrNo),
        ],
        LetterName::ApplicationRelay => &[
            LIST,
            ("what", Given("a question")),
            ("application", OrEmpty("7")),
            CALLED,
            ("state", Given("incomplete")),
            ("author", Given("Jane Roe")),
            ("address", OrEmpty("jane@hosting.example")),
            APPLIED,
            ("attached", YesOrNo),
            ("told", YesOrNo),
            ("notes", Texts(&["The list put its own address into the From line."])),
            ("decides", YesOrNo),
        ],
        LetterName::ApplicationReminder => {
            &[APPLIED, NAME, ("closed", YesOrNo), ("days", Number(30)), UNTIL, ("wanted", Wanted)]
        }
        LetterName::ApplicationSaid => &[
            APPLICATION,
            ORGANISATION,
            ("by", Given("Alice Example")),
            ("mine", YesOrNo),
            ("proof", Given("your signature")),
            ("said", SAID),
            ("outcome", OneOf(&["accepted", "rejected", "withdrawn", "asked", "said", "send", "none"])),
            ("open", ITEM_LINES),
            ("address", OrEmpty("security@vm.example.net")),
            ("until", OrEmpty("Mon 2026-12-14 09:12 UTC")),
        ],
        LetterName::ApplicationNotDone => &[
            APPLICATION,
            ("name", OrEmpty("VM Example Ltd")),
            ("line", OrEmpty("accept")),
            ("reason", Given("what is required is not all found.")),
            ("remedy", Given("ask the applicant for it.")),
            ("open", ITEM_LINES),
            ("expected", OrEmpty("- found ITEM WORDS")),
        ],
        LetterName::ApplicationUnproven => &[
            APPLICATION,
            ("line", OrEmpty("accept")),
            SECURITY,
            ("reason", Given(NOT_VOUCHED)),
            ("remedy", Given("send it again through the mail server of your own address.")),
            ("suspicious", YesOrNo),
            ("others", OrEmpty("3")),
            ("last", YesOrNo),
            OPERATOR,
        ],
        LetterName::ApplicationLate => &[
            APPLICATION,
            ORGANISATION,
            ("of", OneOf(&["decision", "current"])),
            ("state", Given("accepted")),
            ("by", OrEmpty("Alice Example")),
            ("at", Given("Mon 2026-11-23 09:12 UTC")),
        ],
        LetterName::Decision => &[
            ("subject", Given("Predisclosure list application: VM Example")),
            ORGANISATION,
            ("outcome", OneOf(&["accepted", "rejected", "withdrawn", "asked", "said"])),
            ("reason", Given("The page shows no rates.\n\nWe looked at all of it.")),
            ("appeal", OrEmpty("via the governance process: https://xenproject.org/developers/governance/")),
            ("ruled", ITEM_LINES),
            ("open", ITEM_LINES),
            ("until", OrEmpty("Mon 2026-12-14 09:12 UTC")),
        ],
        LetterName::ConfirmAddress => {
            &[ORGANISATION, ("applied", YesOrNo), ("again", OneOf(&["", "unclear", "reminder"])), UNTIL]
        }
        LetterName::MemberWelcome => {
            &[ORGANISATION, SECURITY, ("discuss", OrEmpty("xen-security-issues-discuss@lists.example.org"))]
        }
        LetterName::MemberTold => &[
            ("application", OrEmpty("7")),
            ORGANISATION,
            ALIAS,
            ("outcome", OneOf(&["confirmed", "expired"])),
            ("entry", OrEmpty(ENTRY)),
            ("times", Number(3)),
            ("signed", YesOrNo),
        ],
        LetterName::MemberChanged => &[
            ("what", OneOf(&["invited", "added", "removed", "suspended", "resumed"])),
            ("name", OrEmpty("VM Example Ltd")),
            ("address", OrEmpty("security@vm.example.net")),
            ("count", Number(57)),
            ("said_by", Given("Alice Example")),
            ("entry", OrEmpty(ENTRY)),
            UNTIL,
        ],
        LetterName::MemberStanding => &[("what", OneOf(&["removed", "suspended", "resumed"])), ORGANISATION, SECURITY],
        LetterName::OrdersDone => &[("done", CarriedOut), ("proof", Given("your signature"))],
        LetterName::OrdersNotDone => &[
            ("unproven", YesOrNo),
            ("line", OrEmpty("!member remove VM")),
            ("reason", Given("there is no member “VM”.")),
            ("remedy", Given("write the whole name, or the address.")),
            ("expected", OrEmpty("- !member remove NAME")),
            SECURITY,
            ("suspicious", YesOrNo),
            ("others", OrEmpty("2")),
            ("last", YesOrNo),
            OPERATOR,
        ],
        LetterName::AddressQuestion => {
            &[("end", OneOf(&["former", "new"])), ("again", YesOrNo), ORGANISATION, NEW_ALIAS, UNTIL, SECURITY]
        }
        LetterName::AddressOutcome => &[
            ("outcome", OneOf(&["changed", "expired", "refused"])),
            ORGANISATION,
            NEW_ALIAS,
            ("certificate", OrEmpty("No certificate is registered for it.")),
            SECURITY,
        ],
        LetterName::AddressTold => &[
            ("outcome", OneOf(&["changed", "expired", "refused"])),
            ORGANISATION,
            ("former", Given("security@vm.example.net")),
            NEW_ALIAS,
            ("certificate", OrEmpty("No certificate is registered for it.")),
            ("reason", OrEmpty("the address is that of somebody in the team")),
            SECURITY,
        ],
        LetterName::MemberKeyAsked => &[
            ORGANISATION,
            ALIAS,
            ("by", OrEmpty("vera@vm.example.net")),
            ("proven", YesOrNo),
            ("named", YesOrNo),
            FINGERPRINT,
            KEY,
            ("former", OrEmpty("0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567")),
        ],
        LetterName::Drill => &[ORGANISATION],
        LetterName::DrillAnswered => &[ORGANISATION, ("unclear", YesOrNo), ("passed", YesOrNo)],
        LetterName::AddressUnconfirmed => {
            &[ORGANISATION, ("late", YesOrNo), UNTIL, ("list", OrEmpty("predisclosure-applications@lists.example.org"))]
        }
        LetterName::ApplicationWaits => &[
            APPLICATION,
            ORGANISATION,
            ("since", Given("Mon 2026-11-23 09:12 UTC")),
            ("signed", YesOrNo),
            ("items", ITEM_LINES),
            ("next", Given("Thu 2026-12-03 09:12 UTC")),
        ],
        LetterName::PostNotice => &[
            POST,
            ("case", OrEmpty("12")),
            ("reminder", YesOrNo),
            ("since", Given("Mon 2026-11-23 09:12 UTC")),
            ("author", Given("Vera Vendor")),
            ("address", OrEmpty("security@vm.example.net")),
            (
                "proof",
                Given(
                    "It is from the role address of the member VM Example Ltd; our mail server vouches for that (DMARC).",
                ),
            ),
            ("sealed", YesOrNo),
            ("subject", OrEmpty("Fixed packages are available")),
            (
                "reasons",
                Texts(&["It names case 12, which is not public.", "Files are attached: “fix.zip” (application/zip)."]),
            ),
            ("notes", Texts(&["It is signed with a key that is not registered."])),
            ("hint", OrEmpty("announcement of availability")),
            ("words", OrEmpty("“fixed packages”, “now available”")),
            ("forbidden", YesOrNo),
            ("stranger", YesOrNo),
            ("whole", YesOrNo),
            ("more", YesOrNo),
            ("last", YesOrNo),
            ("answerable", YesOrNo),
            ("signed", YesOrNo),
            ("until", OrEmpty("Mon 2026-11-30 09:12 UTC")),
        ],
        LetterName::PostHeld => &[
            POST,
            DISCUSS,
            NAME,
            POSTED,
            ("standing", OneOf(&["member", "team", "other"])),
            ("comes_back", YesOrNo),
            UNTIL,
            SECURITY,
        ],
        LetterName::PostDecided => &[
            POST,
            POST_KIND,
            ("case", OrEmpty("12")),
            ("state", OneOf(&["approved", "rejected", "discarded", "passed", "withdrawn", "expired"])),
            ("late", YesOrNo),
            ("by", OrEmpty("Bob Example")),
            ("at", Given("Mon 2026-11-23 10:00 UTC")),
            ("proof", Given("our mail server (DMARC)")),
            ("members", Number(3)),
            ("waiting", Number(2)),
            ("told", YesOrNo),
        ],
        LetterName::PostNotDone => &[
            POST,
            POST_KIND,
            ("headline", Given("NOT decided: your answer is not clear")),
            ("waits", YesOrNo),
            ("line", OrEmpty("aprove")),
            ("reason", Given("did you mean “approve”?")),
            ("remedy", Given("reply to this letter, with one of these words alone at the top.")),
            ("expected", OrEmpty("- approve\n- reject policy\n- reject REASON\n- discard\n- report")),
        ],
        LetterName::PostUnproven => &[
            POST,
            POST_KIND,
            ("withdraw", YesOrNo),
            ("waits", YesOrNo),
            ("line", OrEmpty("approve")),
            SECURITY,
            ("reason", Given(NOT_VOUCHED)),
            ("remedy", Given("send it again through the mail server of your own address.")),
            ("suspicious", YesOrNo),
            ("others", OrEmpty("7")),
            ("last", YesOrNo),
            OPERATOR,
        ],
        LetterName::PostRejected => &[
            POST,
            DISCUSS,
            NAME,
            POSTED,
            ("report", YesOrNo),
            ("policy", YesOrNo),
            ("member", YesOrNo),
            ("reason", OrEmpty("It names one of your customers. Please write it without.")),
            ("public_lists", Texts(&["xen-devel@lists.example.org", "xen-users@lists.example.org"])),
            SECURITY,
        ],
        LetterName::PostReturned => {
            &[POST, DISCUSS, NAME, POSTED, DAYS, ("attached", YesOrNo), ("member", YesOrNo), SECURITY]
        }
        LetterName::PostCopy => &[
            ("author", Given("Vera Vendor <security@vm.example.net>")),
            DISCUSS,
            ("subject", Given("Fixed packages are available")),
            ("sealed", YesOrNo),
        ],
        LetterName::PostUnmoderated => &[POST, DISCUSS, OPERATOR],
        LetterName::ReportHeld => &[NAME, SECURITY],
        LetterName::PostExpired => &[POST, ("since", Given("Mon 2026-11-23 09:12 UTC")), DAYS, ("told", YesOrNo)],
    }
}

const ITEMS: [Shown<'static>; 3] = [
    Shown {
        mark: "✓",
        id: "organisation",
        name: "Name of the organisation",
        ask: "the name of your organization",
        quote: "we are Example Hosting Ltd",
        place: "line 3",
        why: "",
    },
    Shown {
        mark: "?",
        id: "usage-evidence",
        name: "Page: use of the software",
        ask: "a link to a current public web page of yours with statements about, or descriptions of, your services or \
              software, from which it is immediately evident that they use it",
        quote: "https://blog.hosting.example/2024/03/why-we-chose-it",
        place: "line 12",
        why: "blog.hosting.example is a blog post. Blog postings are not acceptable; send a current page of your website \
              that says the same.",
    },
    Shown {
        mark: "✗",
        id: "alias",
        name: "Address to be added",
        ask: "the single (non-personal) email alias you wish added to the predisclosure list",
        quote: "",
        place: "",
        why: "",
    },
];

/// The names of the values a letter has of its own.
pub fn names(name: LetterName) -> impl Iterator<Item = &'static str> {
    table(name).iter().map(|(name, _)| *name)
}

/// How texts and lists that may be empty are filled.
#[derive(Clone, Copy)]
enum Filled {
    All,
    None,
    /// Every second one: a text that is there beside one that is not.
    EverySecond(usize),
}

/// Every variant: each yes-or-no both ways, each choice, with what may be empty full, empty, and mixed. One is made when
/// the last was looked at: all variants of one letter together take 5 MiB, and a heap seldom gives back what it grew to.
pub fn all(name: LetterName) -> impl Iterator<Item = Values> {
    let table = table(name);
    let switches = table.iter().filter(|(_, sample)| matches!(sample, YesOrNo)).count();
    let choices = table.iter().map(|(_, sample)| choices(sample)).max().unwrap_or(1);
    let fillings = [Filled::All, Filled::None, Filled::EverySecond(0), Filled::EverySecond(1)];
    fillings.into_iter().flat_map(move |filled| {
        let switched = 0..1usize << switches;
        switched.flat_map(move |yes| (0..choices).map(move |choice| variant(table, filled, yes, choice)))
    })
}

fn choices(sample: &Sample) -> usize {
    match sample {
        OneOf(words) => words.len(),
        // Each alone, and all together.
        Dues => dues().len() + 1,
        _ => 1,
    }
}

/// One of each kind.
pub fn dues() -> Vec<Value> {
    let at = "Mon 2026-11-30 12:00 UTC";
    let step = Due {
        id: "dates",
        title: "agree with the discoverer on the dates",
        policy: "2.2",
        owner: "the owner of the case",
        how: "“!embargo” or “!embargo DATE WHY”",
        at,
        ..Due::default()
    };
    let sent = "its approval; then the desk does it by itself. If somebody did it by hand: “!done predisclose”";
    let sent = Due { id: "predisclose", title: "send the advisory to the predisclosure list", how: sent, ..step };
    let hands =
        Due {
            id: "tell-manager", title: "tell the release manager", policy: "", how: "“!done tell-manager”", ..step
        };
    let carol =
        Due { person: "Carol Coordinator", address: "carol@example.com", role: "coordinator", at, ..Due::default() };
    let of = |kind| Due { kind, at, ..Due::default() };
    [
        Due { kind: "before", ..step },
        Due { kind: "due", ..sent },
        Due { kind: "team", ..step },
        Due { kind: "again", skip: "yes", ..hands },
        of("unanswered"),
        of("silent"),
        Due { kind: "asked", ..carol },
        Due { kind: "unreceipted", ..carol },
        Due { at: "Mon 2026-11-30", ..of("insists") },
        Due {
            kind: "acted",
            role: "release manager",
            ..Due { person: "Rita Release", address: "rita@example.org", ..hands }
        },
        Due { kind: "manual", why: "The settings name nobody for it who agreed to keep embargoes.", ..hands },
        of("closed"),
        Due { kind: "late", skip: "yes", ..hands },
        Due {
            kind: "date",
            when: "TOMORROW,",
            act: "tell the predisclosure list",
            why: "It cannot be done yet: “advisory” and “patches” are missing.",
            ..sent
        },
        Due { kind: "date", when: "NOW,", act: "tell the predisclosure list", ..sent },
    ]
    .map(|one| due(&one))
    .to_vec()
}

fn variant(table: &[(&'static str, Sample)], filled: Filled, yes: usize, choice: usize) -> Values {
    let mut values = Values::new();
    let mut switch = 0;
    for (index, (name, sample)) in table.iter().enumerate() {
        let full = match filled {
            Filled::All => true,
            Filled::None => false,
            Filled::EverySecond(rest) => index % 2 == rest,
        };
        values = values.public(
            name,
            match sample {
                Given(text) => Value::from(*text),
                OrEmpty(text) => Value::from(if full { *text } else { "" }),
                OneOf(words) => Value::from(words.get(choice).copied().unwrap_or_default()),
                Number(number) => Value::from(*number),
                YesOrNo => {
                    switch += 1;
                    Value::from(yes & (1 << (switch - 1)) != 0)
                }
                Slot(name) => Value::from(if full { slot(name) } else { String::new() }),
                Texts(items) => texts(items.iter().copied().filter(|_| full)),
                Lists => {
                    let lists = [
                        seen_list("xen-devel@lists.example.org", "Cc", true),
                        seen_list("some-list.example.net", "List-Id", false),
                    ];
                    texts(lists.into_iter().filter(|_| full))
                }
                Offers => {
                    let key = "0123456789ABCDEF0123456789ABCDEF01234567";
                    let offers = [
                        offer(key, "attached", "", false),
                        offer(key, "attached", "dana@example.net", true),
                        offer(key, "attached", "dana@example.net", false),
                    ];
                    texts(offers.into_iter().filter(|_| full))
                }
                CarriedOut => {
                    let status =
                        carried_out("!status", "This is what the desk knows.", "title: Overflow\nstate: triage");
                    let title = carried_out("!title Overflow", "The case is called “Overflow” now.", "");
                    texts([title].into_iter().chain(full.then_some(status)))
                }
                Passed => {
                    let report = passed(
                        "Dana Doe <dana@example.net>",
                        standing::DISCOVERER,
                        "Mon 2026-11-23 09:12 UTC",
                        "Guest can crash the host",
                        "A guest that maps a grant twice keeps a stale mapping.\n",
                    );
                    let answer = passed(
                        "Alice Example <alice@example.org>",
                        standing::TEAM,
                        "Mon 2026-11-23 10:00 UTC",
                        "",
                        "Thank you.\n\nWe can reproduce it.\n",
                    );
                    texts([report, answer].into_iter().filter(|_| full))
                }
                Items => texts(ITEMS.iter().filter(|_| full).map(item)),
                Wanted => texts(ITEMS.iter().filter(|shown| full && shown.mark != "✓").map(item)),
                Dues => match dues().get(choice) {
                    Some(one) => texts([one.clone()]),
                    None => texts(dues()),
                },
                OpenCases => {
                    let (late, later) = ("Fri 2026-11-27 12:00 UTC", "Mon 2026-11-30 12:00 UTC");
                    let release = "Mon 2026-12-14 12:00 UTC";
                    let cases = [
                        open_case(
                            "12",
                            "triage",
                            "decide whether it is a security problem of ours",
                            late,
                            true,
                            release,
                            "",
                        ),
                        open_case("14", "embargoed", "get a CVE number", later, false, release, ""),
                        open_case("15", "confirmed", "write the advisory", "", false, release, ""),
                        open_case("16, HELD by Alice Example", "embargoed", "", "", false, release, ""),
                        open_case("17", "public", "write the advisory", late, true, release, late),
                    ];
                    texts(cases.into_iter().filter(|_| full))
                }
                Readers => {
                    let expired = "it came to us encrypted; their certificate: it expired on 2026-12-08";
                    let readers = [
                        waiting("dana@example.net", "12", expired),
                        waiting("erin@example.com", "9, 12", "it came to us encrypted"),
                        waiting("bob@example.org", "", "our rules require encryption for this reader"),
                    ];
                    texts(readers.into_iter().filter(|_| full))
                }
            },
        );
    }
    values
}

/// The richest variant: what golden files start from.
#[cfg(test)]
pub fn full(name: LetterName) -> Values {
    variant(table(name), Filled::All, 0, 0)
}
