use std::path::PathBuf;

use super::*;
use crate::mail::letter::slot;
use crate::rules::label::{CaseId, Label};

const KEY: &str = "0123456789ABCDEF0123456789ABCDEF01234567";

fn xen() -> Profile {
    Profile::built_in("xen", "example.org").unwrap()
}

fn letters() -> Letters {
    Letters::load(&xen(), None).unwrap()
}

fn relay() -> Values {
    samples::full(LetterName::Relay)
        .public("machine", "")
        .public("public", texts::<Value>([]))
        .public("flags", texts::<Value>([]))
        .public("again", "")
        .public("stopped", "")
        .public("sealed", sealed::NOT)
        .public("waits_for", "")
        .public("gone_to", "")
        .public("unwritten", "")
        .public("answered_at", "")
        .public("unanswered", "")
        .public("offered", texts::<Value>([]))
        .public("notes", texts::<Value>([]))
        .public("orders", texts::<Value>([]))
        .public("dates", texts::<Value>([]))
        .public("participants", texts::<Value>([]))
        .public("to_participants", texts::<Value>([]))
}

/// A report that came from its discoverer.
fn acknowledgement() -> Values {
    samples::full(LetterName::Acknowledgement).public("larger_than", "").public("brought_by", "")
}

/// Members get the first version of an advisory.
fn first_for_members() -> Values {
    samples::full(LetterName::AdvisoryForMembers).public("follows", false).public("unpatched", false)
}

/// Every member's copy was taken.
fn progress() -> Values {
    let none = || texts::<Value>([]);
    let values = samples::full(LetterName::AdvisoryProgress).public("waiting", none());
    values.public("uncertified", none()).public("undelivered", none())
}

/// A hold ends.
fn no_longer_held() -> Values {
    let values = samples::full(LetterName::AdvisoryHeld).public("held", false).public("clock", false);
    values.public("reason", "").public("withheld", false)
}

/// Nobody but team and discoverer is in the case.
fn sent() -> Values {
    samples::full(LetterName::Sent).public("participants", texts::<Value>([]))
}

/// Somebody was asked, and agreed.
fn so_far() -> Values {
    let values = samples::full(LetterName::CaseSoFar).public("asker", "").public("by_process", false);
    values.public("more", 0).public("mails_come", true).public("numbers", texts::<Value>([]))
}

/// The first number of a case that has one advisory.
fn only_number() -> Values {
    let none = texts::<Value>([]);
    samples::full(LetterName::CveTold).public("instead", "").public("others", none).public("advisory", "")
}

/// A mail that brings no certificate.
fn offers_nothing(name: LetterName) -> Values {
    samples::full(name).public("attached", true).public("offered", texts::<Value>([]))
}

/// A mail server could not pass a letter on yet.
fn is_late() -> Values {
    samples::full(LetterName::Bounced)
        .public("case", "")
        .public("delayed", true)
        .public("status", "4.4.1")
        .public("meaning", "their mail server could not be reached, or did not take the letter in time.")
        .public("diagnostic", "451 4.4.1 mx.vm.example.net: connection timed out")
}

/// A member asks about an advisory.
fn asks() -> Values {
    samples::full(LetterName::MemberQuestion).public("notes", texts::<Value>([]))
}

/// Of an answer that came encrypted nothing is repeated.
fn encrypted(values: Values) -> Values {
    values.public("attachments", texts::<Value>([])).public("text", "")
}

/// One reader waits, for letters of this case.
fn waits_for_one(case: &str) -> Values {
    let reason = "it came to us encrypted; their certificate: it expired on 2026-12-08";
    let reader = waiting("dana@example.net", case, reason);
    let values = samples::full(LetterName::Uncertified).public("case", case).public("count", 1).public("more", "");
    values.public("readers", texts([reader]))
}

/// The letters people see most, by the name of their golden file.
fn golden() -> Vec<(&'static str, LetterName, Values)> {
    use LetterName::*;
    let full = samples::full;
    vec![
        ("acknowledgement", Acknowledgement, acknowledgement()),
        ("acknowledgement-nameless", Acknowledgement, acknowledgement().public("name", "")),
        ("acknowledgement-encrypted", Acknowledgement, acknowledgement().public("encrypted", true)),
        (
            "acknowledgement-encrypted-certified",
            Acknowledgement,
            acknowledgement().public("encrypted", true).public("certified", true),
        ),
        ("acknowledgement-unread", Acknowledgement, acknowledgement().public("unread", unread::ALL)),
        ("acknowledgement-unread-part", Acknowledgement, acknowledgement().public("unread", unread::PART)),
        ("acknowledgement-too-large", Acknowledgement, full(Acknowledgement).public("brought_by", "")),
        ("acknowledgement-brought", Acknowledgement, acknowledgement().public("brought_by", "Alice Example")),
        ("acknowledgement-agreed", Acknowledgement, acknowledgement().public("dates", dates::AGREED)),
        ("acknowledgement-over", Acknowledgement, acknowledgement().public("dates", dates::OVER)),
        ("acknowledgement-public", Acknowledgement, acknowledgement().public("dates", dates::PUBLIC)),
        ("added", Added, full(Added).public("larger_than", "")),
        ("received", Received, full(Received).public("larger_than", "")),
        ("added-unread", Added, full(Added).public("larger_than", "").public("unread", unread::ALL)),
        ("received-unread", Received, full(Received).public("larger_than", "").public("unread", unread::ALL)),
        ("relay-new-report", Relay, relay().public("is_new", true).public("proven", true).public("acknowledged", true)),
        (
            "relay-new-report-on-public-lists",
            Relay,
            full(Relay)
                .public("is_new", true)
                .public("acknowledged", true)
                .public("machine", "")
                .public("again", "")
                .public("standing", standing::DISCOVERERS_ADDRESS)
                .public("participants", "")
                .public("to_participants", "")
                .public("offered", "")
                .public("orders", texts::<Value>([]))
                .public("dates", texts::<Value>([]))
                .public("unwritten", "")
                .public("answered_at", ""),
        ),
        (
            "relay-new-report-brought",
            Relay,
            relay().public("is_new", true).public("by_team", true).public("unwritten", "dana@example.net"),
        ),
        (
            "relay-new-report-by-machine",
            Relay,
            relay()
                .public("is_new", true)
                .public("machine", "Precedence: bulk")
                .public("author", "somebody without a usable address")
                .public("author_address", "")
                .public("subject", "")
                .public("reporter", ""),
        ),
        ("relay-discoverer-writes-again", Relay, relay().public("proven", true).public("acknowledged", true)),
        (
            "relay-answer-to-the-discoverer",
            Relay,
            relay()
                .public("author", "Alice Example")
                .public("author_address", "alice@example.org")
                .public("standing", standing::TEAM)
                .public("proven", true)
                .public("to_reporter", true),
        ),
        (
            "relay-not-sent-to-the-discoverer",
            Relay,
            relay()
                .public("author", "Alice Example")
                .public("author_address", "alice@example.org")
                .public("standing", standing::TEAMS_ADDRESS)
                .public("by_team", true)
                .public("stopped", samples::NOT_VOUCHED),
        ),
        (
            "relay-of-one-of-several-discoverers",
            Relay,
            relay().public("proven", true).public("acknowledged", true).public("reporter", "dana@example.net and frank@example.com"),
        ),
        (
            "relay-with-commands",
            Relay,
            relay()
                .public("author", "Alice Example")
                .public("author_address", "alice@example.org")
                .public("standing", standing::TEAM)
                .public("proven", true)
                .public("by_team", true)
                .public("orders", texts(["Done: “!owner bob”. Bob Example takes care of the case now."])),
        ),
        (
            "relay-came-again-on-a-public-list",
            Relay,
            relay()
                .public("again", "by another way")
                .public("machine", "List-Id")
                .public("standing", standing::DISCOVERERS_ADDRESS)
                .public("public", texts([seen_list("xen-devel@lists.example.org", "Cc", true)])),
        ),
        (
            "relay-discoverer-is-known-now",
            Relay,
            relay().public("again", "by another way").public("proven", true).public("acknowledged", true),
        ),
        (
            "relay-from-our-own-address",
            Relay,
            relay()
                .public("is_new", true)
                .public("author", "security@example.org")
                .public("author_address", "security@example.org")
                .public("standing", standing::OURS)
                .public("reporter", ""),
        ),
        (
            "relay-stranger",
            Relay,
            relay()
                .public("author", "eve@example.net")
                .public("author_address", "eve@example.net")
                .public("standing", standing::STRANGER)
                .public("acknowledged", true),
        ),
        (
            "relay-discoverer-insists-on-a-date",
            Relay,
            relay().public("proven", true).public("acknowledged", true).public(
                "dates",
                texts([
                    "“We will publish on 2026-12-10.” They insist on Thu 2026-12-10, before our date (Mon 2026-12-14 12:00 \
                     UTC). An earlier date of theirs is always honoured: take it with a signed reply that begins with \
                     “!embargo 2026-12-10 TEXT”.",
                    "“Could it be next Friday?” Nobody can tell which day that is: ask them.",
                ]),
            ),
        ),
        (
            "relay-discoverer-is-copied",
            Relay,
            relay()
                .public("is_new", true)
                .public("standing", standing::DISCOVERERS_ADDRESS)
                .public("acknowledged", true)
                .public("reporter_copied", true),
        ),
        (
            "relay-answer-waits-for-a-certificate",
            Relay,
            relay().public("is_new", true).public("acknowledged", true).public("answer_waits", true),
        ),
        (
            "relay-answered-later",
            Relay,
            relay()
                .public("is_new", true)
                .public("acknowledged", true)
                .public("standing", standing::DISCOVERERS_ADDRESS)
                .public("answered_at", "Mon 2026-11-23 11:00 UTC"),
        ),
        (
            "relay-unanswered",
            Relay,
            relay()
                .public("is_new", true)
                .public("standing", standing::DISCOVERERS_ADDRESS)
                .public("unanswered", "20 were written to this address within a day, which is the limit."),
        ),
        (
            "relay-new-report-encrypted",
            Relay,
            relay()
                .public("is_new", true)
                .public("author", "dana@example.net")
                .public("sealed", sealed::CAME)
                .public("subject", "")
                .public("acknowledged", true),
        ),
        (
            "relay-new-report-unread",
            Relay,
            relay()
                .public("is_new", true)
                .public("author", "dana@example.net")
                .public("sealed", sealed::CAME)
                .public("unread", unread::ALL)
                .public("subject", "")
                .public("acknowledged", true)
                .public("notes", texts(["It is encrypted to key K0, which the project does not have."])),
        ),
        (
            "relay-new-report-unread-part",
            Relay,
            relay()
                .public("is_new", true)
                .public("author", "dana@example.net")
                .public("sealed", sealed::CAME)
                .public("unread", unread::PART)
                .public("subject", "")
                .public("acknowledged", true)
                .public("notes", texts(["It is encrypted to key K0, which the project does not have."])),
        ),
        (
            "relay-repeats-in-clear",
            Relay,
            relay()
                .public("author", "dana@example.net")
                .public("sealed", sealed::WARNED)
                .public("subject", "")
                .public("acknowledged", true),
        ),
        (
            "relay-waits-for-a-certificate",
            Relay,
            relay()
                .public("author", "alice@example.org")
                .public("author_address", "alice@example.org")
                .public("standing", standing::TEAM)
                .public("proven", true)
                .public("by_team", true)
                .public("sealed", sealed::CAME)
                .public("subject", "")
                .public("to_reporter", true)
                .public("waits_for", "dana@example.net"),
        ),
        (
            "relay-offers-certificates",
            Relay,
            relay().public("is_new", true).public("acknowledged", true).public(
                "offered",
                texts([
                    offer(KEY, "attached", "", false),
                    offer(KEY, "attached", "dana@example.net", true),
                    offer(KEY, "attached", "dana@example.net", false),
                ]),
            ),
        ),
        (
            "relay-to-those-who-take-part",
            Relay,
            relay()
                .public("proven", true)
                .public("acknowledged", true)
                .public("participants", texts(["Carol Coordinator", "erin@example.com"]))
                .public("to_participants", texts(["Carol Coordinator", "erin@example.com"])),
        ),
        ("embargo-question", EmbargoQuestion, full(EmbargoQuestion)),
        ("embargo-question-again", EmbargoQuestion, full(EmbargoQuestion).public("again", true)),
        ("answer-not-counted", AnswerNotCounted, full(AnswerNotCounted)),
        (
            "answer-not-counted-from-another-address",
            AnswerNotCounted,
            full(AnswerNotCounted)
                .public("reason", "it was sent to a reply address that does not belong to its writer.")
                .public("other_address", true),
        ),
        ("declined", Declined, full(Declined)),
        ("not-needed", NotNeeded, full(NotNeeded)),
        ("embargo-answer-agreed", EmbargoAnswer, offers_nothing(EmbargoAnswer)),
        (
            "embargo-answer-agreed-waits",
            EmbargoAnswer,
            full(EmbargoAnswer)
                .public("waits", true)
                .public("more", 2)
                .public("attached", true)
                .public("offered", texts([offer(KEY, "attached", "", false)])),
        ),
        (
            "embargo-answer-agreed-to-an-empty-case",
            EmbargoAnswer,
            offers_nothing(EmbargoAnswer).public("mails", 0).public("sealed", 0),
        ),
        ("embargo-answer-declined", EmbargoAnswer, offers_nothing(EmbargoAnswer).public("answer", answered::DECLINED)),
        ("embargo-answer-unclear", EmbargoAnswer, offers_nothing(EmbargoAnswer).public("answer", answered::UNCLEAR)),
        (
            "embargo-answer-unclear-to-the-end",
            EmbargoAnswer,
            offers_nothing(EmbargoAnswer).public("answer", answered::UNCLEAR_TO_THE_END),
        ),
        ("embargo-answer-unproven", EmbargoAnswer, offers_nothing(EmbargoAnswer).public("answer", answered::UNPROVEN)),
        (
            "embargo-answer-automatic",
            EmbargoAnswer,
            offers_nothing(EmbargoAnswer).public("answer", answered::BY_MACHINE),
        ),
        ("embargo-answer-agreed-encrypted", EmbargoAnswer, offers_nothing(EmbargoAnswer).public("attached", false)),
        ("people-asked", PeopleChanged, full(PeopleChanged)),
        (
            "people-named",
            PeopleChanged,
            full(PeopleChanged)
                .public("what", people::NAMED)
                .public("person", "Dana Doe")
                .public("address", "dana@example.net")
                .public("role", "reporter"),
        ),
        ("people-joined", PeopleChanged, full(PeopleChanged).public("what", people::JOINED)),
        ("people-withdrawn", PeopleChanged, full(PeopleChanged).public("what", people::WITHDRAWN)),
        ("people-removed", PeopleChanged, full(PeopleChanged).public("what", people::REMOVED)),
        ("case-so-far", CaseSoFar, so_far().public("sealed_too", true)),
        ("case-so-far-encrypted", CaseSoFar, so_far().public("sealed", true)),
        ("case-so-far-left-out", CaseSoFar, so_far().public("more", 2)),
        ("case-so-far-empty", CaseSoFar, so_far().public("mails", texts::<Value>([]))),
        (
            "case-so-far-with-a-number",
            CaseSoFar,
            so_far().public("numbers", texts(["CVE-2026-12345", "CVE-2026-12346"])),
        ),
        ("case-so-far-public", CaseSoFar, so_far().public("public", true)),
        (
            "case-so-far-passed-on",
            CaseSoFar,
            so_far().public("asker", "Alice Example").public("passed", true).public("mails", texts::<Value>([])),
        ),
        (
            "case-so-far-without-mails",
            CaseSoFar,
            so_far().public("asker", "Alice Example").public("mails_come", false).public("mails", texts::<Value>([])),
        ),
        ("case-invalid", CaseInvalid, full(CaseInvalid).public("discoverer", true)),
        ("case-invalid-withheld", CaseInvalid, full(CaseInvalid).public("reason", "").public("withheld", true)),
        ("case-duplicate", CaseDuplicate, full(CaseDuplicate).public("discoverer", true)),
        (
            "case-duplicate-agreed",
            CaseDuplicate,
            full(CaseDuplicate).public("discoverer", true).public("agreed", true).public("numbers", texts::<Value>([])),
        ),
        (
            "case-duplicate-own",
            CaseDuplicate,
            full(CaseDuplicate).public("discoverer", true).public("own", true).public("numbers", texts::<Value>([])),
        ),
        ("case-duplicate-public", CaseDuplicate, full(CaseDuplicate).public("discoverer", true).public("public", true)),
        ("case-duplicate-unnamed", CaseDuplicate, full(CaseDuplicate).public("other", "").public("discoverer", true)),
        ("case-duplicate-to-others", CaseDuplicate, full(CaseDuplicate).public("other", "")),
        ("case-passed", CasePassed, full(CasePassed)),
        ("case-passed-asked", CasePassed, full(CasePassed).public("asked", true)),
        ("case-reopened", CaseReopened, full(CaseReopened)),
        ("case-reopened-duplicate", CaseReopened, full(CaseReopened).public("was", "duplicate")),
        ("case-reopened-passed", CaseReopened, full(CaseReopened).public("was", "passed")),
        ("case-reopened-public", CaseReopened, full(CaseReopened).public("was", "public").public("over", true)),
        ("cve-told", CveTold, only_number()),
        ("cve-told-agreed", CveTold, only_number().public("agreed", true).public("advisory", "481")),
        ("cve-told-instead", CveTold, full(CveTold)),
        ("cve-told-public", CveTold, only_number().public("public", true)),
        ("cve-request", CveRequest, full(CveRequest).public("asked_before", "")),
        ("cve-request-again", CveRequest, full(CveRequest).public("credit_later", true).public("agreed", true)),
        ("cve-request-public", CveRequest, full(CveRequest).public("public", true).public("asked_before", "")),
        (
            "cve-request-early",
            CveRequest,
            full(CveRequest)
                .public("title", "")
                .public("branches", texts::<Value>([]))
                .public("ratings", texts::<Value>([]))
                .public("credits", texts::<Value>([]))
                .public("asked_before", "")
                .public("credit_later", true)
                .public("withheld", true),
        ),
        ("clock-jumped", ClockJumped, full(ClockJumped).public("forward", true).public("answered", true)),
        (
            "clock-jumped-back-and-nothing-waits",
            ClockJumped,
            full(ClockJumped).public("forward", false).public("waiting", texts::<Value>([])).public("answered", false),
        ),
        ("case-mail", CaseMail, full(CaseMail).public("larger_than", "")),
        (
            "case-mail-of-a-discoverer",
            CaseMail,
            full(CaseMail)
                .public("larger_than", "")
                .public("writer", "")
                .public("address", "")
                .public("standing", standing::A_DISCOVERER)
                .public("several", true),
        ),
        ("case-mail-encrypted", CaseMail, full(CaseMail).public("larger_than", "").public("sealed", true)),
        ("case-mail-too-large", CaseMail, full(CaseMail)),
        (
            "case-mail-told",
            CaseMail,
            full(CaseMail).public("larger_than", "").public("told", true).public("writer", "Alice Example"),
        ),
        ("list-seen", ListSeen, full(ListSeen).public("proven", true)),
        ("list-seen-of-a-member", ListSeen, full(ListSeen).public("in_team", true)),
        ("answer-to-reporter", AnswerToReporter, full(AnswerToReporter)),
        ("answer-to-reporter-sealed", AnswerToReporter, full(AnswerToReporter).public("sealed", true)),
        ("sent-to-both", Sent, sent().public("waits_for", "").public("reporters", texts(["dana@example.net", "frank@example.com"]))),
        ("sent", Sent, sent().public("waits_for", "").public("attachments", texts::<Value>([]))),
        ("sent-with-attachments", Sent, sent().public("waits_for", "")),
        ("sent-to-those-who-take-part", Sent, full(Sent).public("waits_for", "")),
        ("sent-encrypted", Sent, encrypted(sent()).public("waits_for", "")),
        ("sent-to-one-of-two", Sent, sent()),
        ("sent-waits-for-a-certificate", Sent, encrypted(sent()).public("reporters", texts::<Value>([]))),
        ("quoted-in-clear", QuotedInClear, full(QuotedInClear)),
        ("quoted-in-clear-without-case", QuotedInClear, full(QuotedInClear).public("case", "")),
        ("not-sent-to-reporter", NotSentToReporter, full(NotSentToReporter).public("suspicious", true)),
        (
            "not-sent-to-reporter-by-machine",
            NotSentToReporter,
            full(NotSentToReporter)
                .public("reason", "it is marked as automatic mail.")
                .public("remedy", "send it again from your usual mail program.")
                .public("operator", ""),
        ),
        ("no-reporter", NoReporter, full(NoReporter)),
        ("done", Done, full(Done)),
        ("misread", Misread, full(Misread)),
        ("not-done", NotDone, full(NotDone).public("listed", texts::<Value>([]))),
        ("not-done-listed", NotDone, full(NotDone)),
        ("command-refused", CommandRefused, full(CommandRefused).public("suspicious", true).public("last", true)),
        ("advisory-for-members", AdvisoryForMembers, first_for_members()),
        ("advisory-for-members-again", AdvisoryForMembers, first_for_members().public("follows", true)),
        (
            "advisory-for-members-unpatched",
            AdvisoryForMembers,
            first_for_members().public("unpatched", true).public("files", 0),
        ),
        ("advisory-released", AdvisoryReleased, full(AdvisoryReleased).public("further", false)),
        (
            "advisory-released-participant",
            AdvisoryReleased,
            full(AdvisoryReleased).public("reader", "participant").public("further", true).public("name", ""),
        ),
        ("advisory-released-by-hand", AdvisoryReleased, full(AdvisoryReleased).public("further", false).public("version", 0)),
        ("advisory-left", AdvisoryLeft, full(AdvisoryLeft).public("late", "")),
        ("advisory-left-late", AdvisoryLeft, full(AdvisoryLeft)),
        ("advisory-alarm", AdvisoryAlarm, full(AdvisoryAlarm)),
        ("advisory-alarm-late", AdvisoryAlarm, full(AdvisoryAlarm).public("before", "").public("members", "")),
        ("advisory-alarm-late-to-members", AdvisoryAlarm, full(AdvisoryAlarm).public("before", "")),
        ("advisory-alarm-for-operator", AdvisoryAlarm, full(AdvisoryAlarm).public("operator", true)),
        ("advisory-progress", AdvisoryProgress, full(AdvisoryProgress)),
        ("advisory-progress-waiting", AdvisoryProgress, progress().public("waiting", texts(["Pony Hosting: greylisted"]))),
        ("advisory-progress-uncertified", AdvisoryProgress, progress().public("uncertified", texts(["Dino Systems"]))),
        ("advisory-progress-all", AdvisoryProgress, progress().public("accepted", 70)),
        ("advisory-progress-nobody", AdvisoryProgress, progress().public("accepted", 0).public("total", 0)),
        ("advisory-held", AdvisoryHeld, full(AdvisoryHeld).public("held", true)),
        ("advisory-held-withheld", AdvisoryHeld, full(AdvisoryHeld).public("held", true).public("reason", "").public("withheld", true)),
        ("advisory-held-no-longer", AdvisoryHeld, no_longer_held()),
        ("advisory-held-clock", AdvisoryHeld, no_longer_held().public("clock", true)),
        (
            "advisory-for-members-undeployed",
            AdvisoryForMembers,
            first_for_members().public("deployment", "").public("files", 0),
        ),
        ("advisory-for-new-member", AdvisoryForNewMember, full(AdvisoryForNewMember).public("had", true)),
        ("advisory-for-new-member-held", AdvisoryForNewMember, full(AdvisoryForNewMember).public("waits", "held")),
        ("advisory-for-new-member-void", AdvisoryForNewMember, full(AdvisoryForNewMember).public("waits", "void")),
        ("advisory-unseen", AdvisoryUnseen, full(AdvisoryUnseen).public("taken", true)),
        (
            "advisory-unseen-untaken",
            AdvisoryUnseen,
            full(AdvisoryUnseen)
                .public("untaken", true)
                .public("lists", texts(["xen-announce@lists.example.org: no mail server took it yet"])),
        ),
        ("advisory-without-number", AdvisoryWithoutNumber, full(AdvisoryWithoutNumber).public("number", "")),
        ("advisory-without-number-of-several", AdvisoryWithoutNumber, full(AdvisoryWithoutNumber)),
        ("export", Export, full(Export)),
        ("export-one", Export, full(Export).public("mails", 1).public("sealed", 0)),
        (
            "refiled-split",
            Refiled,
            full(Refiled).public("split", true).public("told", true).public("reporter_copied", false),
        ),
        ("refiled-split-untold", Refiled, full(Refiled).public("split", true).public("reporter_copied", true)),
        ("refiled-split-of-a-machine", Refiled, full(Refiled).public("split", true).public("reporter", "")),
        ("refiled-moved", Refiled, full(Refiled).public("proven", true)),
        ("refiled-moved-encrypted", Refiled, full(Refiled).public("sealed", true).public("subject", "")),
        ("own-case", OwnCase, full(OwnCase)),
        ("advisory-draft", AdvisoryDraft, first_to_approve(leaves::MEMBERS)),
        ("advisory-draft-late", AdvisoryDraft, first_to_approve(leaves::LATE)),
        (
            "advisory-draft-beside-an-approved-one",
            AdvisoryDraft,
            full(AdvisoryDraft)
                .public("errors", texts::<Value>([]))
                .public("leaves", leaves::MEMBERS)
                .public("anew", "")
                .public("replaced", "")
                .public("again", "")
                .public("author", "")
                .public("kept", "the clock of the desk is in doubt, until “!unhold clock”"),
        ),
        ("advisory-draft-again", AdvisoryDraft, again_to_approve().public("approvals", 1)),
        ("advisory-draft-at-once", AdvisoryDraft, to_approve(leaves::NOW).public("members_text", "")),
        ("advisory-draft-due", AdvisoryDraft, to_approve(leaves::DUE).public("kept", "the case is held, until “!unhold hold”")),
        ("advisory-draft-unagreed", AdvisoryDraft, to_approve(leaves::UNAGREED)),
        (
            "advisory-draft-doubted",
            AdvisoryDraft,
            to_approve(leaves::MEMBERS)
                .public("approvers", "Bob Example")
                .public("counted", 0)
                .public("author", "Alice Example, who wrote it, and Bob Example, whose command changed it, are"),
        ),
        (
            "advisory-draft-of-everybody",
            AdvisoryDraft,
            to_approve(leaves::MEMBERS)
                .public("nobody", true)
                .public("author", "Alice Example, who wrote it, and Bob Example, whose command changed it, are"),
        ),
        ("advisory-draft-world", AdvisoryDraft, to_approve(leaves::WORLD)),
        (
            "advisory-to-correct",
            AdvisoryDraft,
            full(AdvisoryDraft).public("standing", "").public("members_until", "").public("kept", ""),
        ),
        ("advisory-approved", AdvisoryApproved, is_approved(leaves::MEMBERS)),
        ("advisory-approved-at-once", AdvisoryApproved, is_approved(leaves::NOW)),
        ("advisory-approved-due", AdvisoryApproved, is_approved(leaves::DUE)),
        ("advisory-approved-unagreed", AdvisoryApproved, is_approved(leaves::UNAGREED)),
        ("advisory-approved-world", AdvisoryApproved, is_approved(leaves::WORLD)),
        ("advisory-approved-late", AdvisoryApproved, is_approved(leaves::LATE)),
        ("advisory-approved-held", AdvisoryApproved, is_approved(leaves::MEMBERS).public("kept", "the case is held, until “!unhold hold”")),
        ("advisory-approved-in-doubt", AdvisoryApproved, is_approved(leaves::LATE).public("kept", "the clock of the desk is in doubt, until “!unhold clock”")),
        ("own-case-nameless", OwnCase, full(OwnCase).public("name", "")),
        ("embargo-agreed", EmbargoChanged, embargo("team", "agreed")),
        ("embargo-agreed-discoverer", EmbargoChanged, embargo("discoverer", "agreed")),
        ("embargo-agreed-participant", EmbargoChanged, embargo("participant", "agreed")),
        ("embargo-changed", EmbargoChanged, full(EmbargoChanged).public("what", "changed").public("members", true)),
        ("embargo-changed-discoverer", EmbargoChanged, moved("discoverer")),
        ("embargo-changed-participant", EmbargoChanged, moved("participant")),
        ("embargo-changed-at-once", EmbargoChanged, moved("discoverer").public("at_once", true).public("name", "")),
        (
            "embargo-changed-withheld",
            EmbargoChanged,
            moved("discoverer").public("reason", "").public("withheld", true).public("predisclosure", ""),
        ),
        ("embargo-restarted", EmbargoChanged, moved("team").public("what", "restarted")),
        ("embargo-restarted-participant", EmbargoChanged, moved("participant").public("what", "restarted")),
        ("embargo-ended-public", EmbargoEnded, full(EmbargoEnded).public("known", true)),
        (
            "embargo-ended-members",
            EmbargoEnded,
            full(EmbargoEnded).public("known", true).public("members", true).public("numbered", true),
        ),
        (
            "embargo-ended-further",
            EmbargoEnded,
            attacked("discoverer").public("reason", "").public("known", true).public("further", true),
        ),
        (
            "embargo-ended-public-after-attacks",
            EmbargoEnded,
            full(EmbargoEnded).public("reader", "participant").public("known", true).public("further", true),
        ),
        ("embargo-ended-exploited", EmbargoEnded, attacked("team")),
        ("embargo-ended-public-discoverer", EmbargoEnded, full(EmbargoEnded).public("reader", "discoverer").public("known", true)),
        ("embargo-ended-exploited-discoverer", EmbargoEnded, attacked("discoverer").public("reason", "")),
        ("embargo-ended-exploited-participant", EmbargoEnded, attacked("participant").public("reason", "")),
        (
            "embargo-ended-withheld",
            EmbargoEnded,
            full(EmbargoEnded)
                .public("reader", "participant")
                .public("reason", "")
                .public("links", texts::<Value>([]))
                .public("known", true)
                .public("withheld", true),
        ),
        ("blocked", Blocked, full(Blocked)),
        ("blocked-without-case", Blocked, full(Blocked).public("case", "")),
        ("undeliverable", Undeliverable, full(Undeliverable)),
        ("bounced", Bounced, full(Bounced).public("case", "").public("gone", true)),
        ("bounced-embargoed", Bounced, full(Bounced).public("case", "").public("gone", true).public("embargoed", true)),
        ("bounced-late", Bounced, is_late()),
        ("bounced-late-embargoed", Bounced, is_late().public("embargoed", true)),
        (
            "bounced-withheld",
            Bounced,
            full(Bounced).public("withheld", true).public("diagnostic", "").public("subject", ""),
        ),
        ("bounced-no-member", Bounced, full(Bounced).public("member", "").public("status", "").public("operator", "")),
        ("member-question", MemberQuestion, asks()),
        (
            "member-question-by-list",
            MemberQuestion,
            asks().public("by_list", true).public("about", "").public("signed", true),
        ),
        ("member-question-encrypted", MemberQuestion, asks().public("sealed", true).public("subject", "")),
        (
            "member-question-withheld",
            MemberQuestion,
            asks().public("sealed", true).public("subject", "").public("withheld", true),
        ),
        ("member-question-remark", MemberQuestion, asks().public("remark", true)),
        ("member-question-remark-unproven", MemberQuestion, asks().public("remark", true).public("remark_by", "")),
        ("question-received", QuestionReceived, full(QuestionReceived)),
        ("question-received-by-list", QuestionReceived, full(QuestionReceived).public("by_list", true)),
        ("member-answer", MemberAnswer, full(MemberAnswer)),
        ("question-answered", QuestionAnswered, full(QuestionAnswered)),
        ("question-answered-mine", QuestionAnswered, full(QuestionAnswered).public("mine", true)),
        ("question-answered-waits", QuestionAnswered, full(QuestionAnswered).public("waits", true).public("text", "")),
        ("question-not-done", QuestionNotDone, full(QuestionNotDone).public("remedy", "")),
        (
            "question-not-done-otherwise",
            QuestionNotDone,
            full(QuestionNotDone).public("reason", "“VM Example Ltd” is not on the list now (suspended)."),
        ),
        ("question-unproven", QuestionUnproven, full(QuestionUnproven).public("suspicious", true)),
        ("no-posts", NoPosts, full(NoPosts)),
        ("list-mail", ListMail, full(ListMail).public("told", true)),
        ("list-mail-encrypted", ListMail, full(ListMail).public("sealed", true).public("member", "")),
        ("address-over", AddressOver, full(AddressOver)),
        ("outlived-mail", OutlivedMail, full(OutlivedMail).public("told", true)),
        ("outlived-mail-withheld", OutlivedMail, full(OutlivedMail).public("sealed", true).public("withheld", true)),
        ("certificate-needed", CertificateNeeded, full(CertificateNeeded)),
        ("uncertified", Uncertified, waits_for_one("12")),
        ("uncertified-without-case", Uncertified, waits_for_one("")),
        ("uncertified-several", Uncertified, full(Uncertified).public("case", "").public("more", "")),
        ("uncertified-many", Uncertified, full(Uncertified).public("case", "").public("count", 43)),
        ("set-aside", SetAside, full(SetAside)),
        ("digest", Digest, full(Digest)),
        ("digest-of-one", Digest, full(Digest).public("count", 1).public("failed", "").public("spam", "")),
        ("held-as-spam", HeldAsSpam, full(HeldAsSpam)),
        ("burst", Burst, full(Burst)),
        ("hook-failed", HookFailed, full(HookFailed)),
        ("hook-failed-for-good", HookFailed, full(HookFailed).public("again", "")),
        ("hook-failed-mended", HookFailed, full(HookFailed).public("worked", true).public("again", "")),
        (
            "hook-failed-untaken",
            HookFailed,
            full(HookFailed)
                .public("failure", "waits in the spool: nobody has taken it")
                .public("waits", true)
                .public("again", ""),
        ),
        ("case-reminder", CaseReminder, reminder(2)),
        (
            "case-reminder-all",
            CaseReminder,
            full(CaseReminder)
                .public("in_team", true)
                .public("to_do", true)
                .public("commanded", true)
                .public("items", texts(samples::dues())),
        ),
        ("case-reminder-before", CaseReminder, reminder(0)),
        ("case-reminder-now", CaseReminder, reminder(1)),
        ("case-reminder-late", CaseReminder, reminder(12)),
        ("case-reminder-tomorrow", CaseReminder, reminder(13)),
        ("case-reminder-date", CaseReminder, reminder(14)),
        ("case-reminder-nothing-to-say", CaseReminder, reminder(7).public("commanded", false)),
        ("case-reminder-closed", CaseReminder, reminder(11).public("to_do", false).public("public", true)),
        ("case-reminder-to-somebody-else", CaseReminder, reminder(0).public("in_team", false).public("agreed", true)),
        ("contact-told", ContactTold, full(ContactTold)),
        ("contact-told-public", ContactTold, full(ContactTold).public("public", true)),
        ("weekly", Weekly, full(Weekly)),
        (
            "weekly-one-application",
            Weekly,
            full(Weekly)
                .public("count", 1)
                .public("cases", texts::<Value>([]))
                .public("more", 0)
                .public("posts", texts::<Value>([]))
                .public("joining", texts::<Value>([])),
        ),
        ("expiring", Expiring, full(Expiring).public("reason", "")),
        ("expiring-required", Expiring, full(Expiring).public("reason", "").public("required", true)),
        ("expired", Expiring, full(Expiring).public("days", 0)),
        ("expired-required", Expiring, full(Expiring).public("days", 0).public("required", true)),
        ("certificate-ends", CertificateEnds, full(CertificateEnds).public("reason", "")),
        (
            "certificate-ends-required",
            CertificateEnds,
            full(CertificateEnds).public("reason", "").public("required", true),
        ),
        ("certificate-ended", CertificateEnds, full(CertificateEnds).public("days", 0)),
        ("project-key-ends", ProjectKeyEnds, full(ProjectKeyEnds).public("days", 1).public("reason", "")),
        ("project-key-ended", ProjectKeyEnds, full(ProjectKeyEnds).public("days", 0)),
        ("join-accept", JoinAccept, full(JoinAccept).public("signed", true)),
        ("join-agree", JoinAgree, full(JoinAgree)),
        ("join-agree-certificate-required", JoinAgree, full(JoinAgree).public("offered", "").public("required", true)),
        ("join-agree-certified", JoinAgree, full(JoinAgree).public("certified", true)),
        ("join-waits", JoinWaits, full(JoinWaits)),
        ("join-waits-for-a-certificate", JoinWaits, full(JoinWaits).public("offered", "")),
        ("welcome", Welcome, full(Welcome).public("certified", true)),
        ("welcome-certificate-offered", Welcome, full(Welcome)),
        ("welcome-without-certificate", Welcome, full(Welcome).public("offered", "")),
        ("join-told-joined", JoinTold, full(JoinTold).public("closed", true)),
        ("join-told-joined-in-a-case-of-more", JoinTold, full(JoinTold)),
        ("join-told-accepted", JoinTold, full(JoinTold).public("outcome", "accepted")),
        ("join-told-waits", JoinTold, full(JoinTold).public("outcome", "waits").public("offered", "")),
        ("join-told-refused", JoinTold, full(JoinTold).public("outcome", "refused").public("closed", true)),
        ("join-told-declined", JoinTold, full(JoinTold).public("outcome", "declined").public("closed", true)),
        (
            "join-told-expired",
            JoinTold,
            full(JoinTold).public("outcome", "expired").public("decider", "").public("closed", true),
        ),
        ("answer-uncounted", AnswerUncounted, full(AnswerUncounted).public("suspicious", true)),
        ("answer-uncounted-candidate", AnswerUncounted, full(AnswerUncounted).public("asked", "agree")),
        ("certificate-asked", CertificateAsked, full(CertificateAsked)),
        ("certificate-changed", CertificateChanged, full(CertificateChanged)),
        (
            "certificate-first",
            CertificateChanged,
            full(CertificateChanged).public("former", "").public("how", "two-members"),
        ),
        ("certificate-given", CertificateGiven, full(CertificateGiven)),
        (
            "certificate-changed-moved",
            CertificateChanged,
            full(CertificateChanged).public("former", "").public("how", "moved"),
        ),
        (
            "certificate-given-moved",
            CertificateGiven,
            full(CertificateGiven).public("former", "").public("how", "moved"),
        ),
        ("certificate-given-by-two", CertificateGiven, full(CertificateGiven).public("how", "two-members")),
        ("certificate-given-by-operator", CertificateGiven, full(CertificateGiven).public("how", "operator")),
        ("application-answer", ApplicationAnswer, full(ApplicationAnswer)),
        ("application-answer-further", ApplicationAnswer, full(ApplicationAnswer).public("how", application::FURTHER)),
        ("application-answer-complete", ApplicationAnswer, full(ApplicationAnswer).public("complete", true)),
        (
            "application-answer-again",
            ApplicationAnswer,
            full(ApplicationAnswer).public("how", application::AGAIN).public("name", ""),
        ),
        (
            "application-answer-reopened",
            ApplicationAnswer,
            full(ApplicationAnswer).public("how", application::REOPENED),
        ),
        ("application-how-to", ApplicationHowTo, full(ApplicationHowTo)),
        ("application-unread", ApplicationUnread, full(ApplicationUnread)),
        ("application-unread-encrypted", ApplicationUnread, full(ApplicationUnread).public("unread", "encrypted")),
        ("application-unread-damaged", ApplicationUnread, full(ApplicationUnread).public("unread", "damaged")),
        ("report-at-list", ReportAtList, full(ReportAtList)),
        ("list-report", ListReport, full(ListReport).public("told", true).public("unanswered", "")),
        ("list-report-unanswered", ListReport, full(ListReport)),
        (
            "application-notice",
            ApplicationNotice,
            full(ApplicationNotice)
                .public("answered", true)
                .public("posted", true)
                .public("lifted", texts::<Value>([]))
                .public("unanswered", ""),
        ),
        (
            "application-notice-complete",
            ApplicationNotice,
            full(ApplicationNotice)
                .public("complete", true)
                .public("answered", true)
                .public("posted", true)
                .public("how", application::FURTHER)
                .public("colleague", true)
                .public("signed", true),
        ),
        (
            "application-notice-unanswered",
            ApplicationNotice,
            full(ApplicationNotice).public("how", application::REOPENED),
        ),
        (
            "application-relay",
            ApplicationRelay,
            full(ApplicationRelay).public("attached", true).public("decides", true),
        ),
        (
            "application-relay-of-no-application",
            ApplicationRelay,
            full(ApplicationRelay).public("attached", true).public("application", ""),
        ),
        ("application-relay-encrypted", ApplicationRelay, full(ApplicationRelay).public("told", true)),
        ("application-reminder", ApplicationReminder, full(ApplicationReminder)),
        ("application-closed", ApplicationReminder, full(ApplicationReminder).public("closed", true)),
        ("application-said", ApplicationSaid, full(ApplicationSaid).public("outcome", "said")),
        ("application-said-accepted", ApplicationSaid, full(ApplicationSaid).public("mine", true)),
        ("application-said-rejected", ApplicationSaid, full(ApplicationSaid).public("outcome", "rejected")),
        ("application-said-send", ApplicationSaid, full(ApplicationSaid).public("outcome", "send")),
        ("application-not-done", ApplicationNotDone, full(ApplicationNotDone).public("expected", "")),
        ("application-not-understood", ApplicationNotDone, full(ApplicationNotDone).public("open", texts::<Value>([]))),
        ("application-unproven", ApplicationUnproven, full(ApplicationUnproven).public("suspicious", true)),
        ("application-late", ApplicationLate, full(ApplicationLate)),
        (
            "application-late-current",
            ApplicationLate,
            full(ApplicationLate).public("of", "current").public("state", "none"),
        ),
        ("decision-accepted", Decision, full(Decision)),
        ("decision-rejected", Decision, full(Decision).public("outcome", "rejected")),
        ("decision-withdrawn", Decision, full(Decision).public("outcome", "withdrawn")),
        ("decision-asked", Decision, full(Decision).public("outcome", "asked")),
        ("decision-said", Decision, full(Decision).public("outcome", "said")),
        ("confirm-address", ConfirmAddress, full(ConfirmAddress).public("applied", true)),
        ("confirm-address-unasked", ConfirmAddress, full(ConfirmAddress)),
        (
            "confirm-address-again",
            ConfirmAddress,
            full(ConfirmAddress).public("applied", true).public("again", "unclear"),
        ),
        (
            "confirm-address-reminder",
            ConfirmAddress,
            full(ConfirmAddress).public("applied", true).public("again", "reminder"),
        ),
        ("member-welcome", MemberWelcome, full(MemberWelcome)),
        ("member-told", MemberTold, full(MemberTold).public("signed", true)),
        ("member-told-expired", MemberTold, full(MemberTold).public("outcome", "expired")),
        ("member-told-unasked", MemberTold, full(MemberTold).public("application", "")),
        (
            "member-told-unasked-expired",
            MemberTold,
            full(MemberTold).public("application", "").public("outcome", "expired"),
        ),
        ("member-changed-invited", MemberChanged, full(MemberChanged).public("entry", "")),
        ("member-changed-added", MemberChanged, full(MemberChanged).public("what", "added")),
        (
            "member-changed-asked",
            MemberChanged,
            full(MemberChanged).public("entry", "").public("name", "").public("address", ""),
        ),
        (
            "member-changed-imported",
            MemberChanged,
            full(MemberChanged).public("what", "added").public("name", "").public("address", ""),
        ),
        ("member-changed-removed", MemberChanged, full(MemberChanged).public("what", "removed")),
        ("member-changed-suspended", MemberChanged, full(MemberChanged).public("what", "suspended")),
        ("member-changed-resumed", MemberChanged, full(MemberChanged).public("what", "resumed")),
        ("member-standing-removed", MemberStanding, full(MemberStanding)),
        ("member-standing-suspended", MemberStanding, full(MemberStanding).public("what", "suspended")),
        ("member-standing-resumed", MemberStanding, full(MemberStanding).public("what", "resumed")),
        ("orders-done", OrdersDone, full(OrdersDone)),
        ("orders-not-done", OrdersNotDone, full(OrdersNotDone).public("others", "").public("operator", "")),
        ("orders-unproven", OrdersNotDone, full(OrdersNotDone).public("unproven", true).public("suspicious", true)),
        ("address-question", AddressQuestion, full(AddressQuestion)),
        ("address-question-new", AddressQuestion, full(AddressQuestion).public("end", "new").public("again", true)),
        ("address-outcome-changed", AddressOutcome, full(AddressOutcome)),
        ("address-outcome-expired", AddressOutcome, full(AddressOutcome).public("outcome", "expired")),
        ("address-outcome-refused", AddressOutcome, full(AddressOutcome).public("outcome", "refused")),
        ("address-told", AddressTold, full(AddressTold)),
        ("address-told-refused", AddressTold, full(AddressTold).public("outcome", "refused")),
        ("address-told-expired", AddressTold, full(AddressTold).public("outcome", "expired")),
        ("member-key-asked", MemberKeyAsked, full(MemberKeyAsked)),
        ("member-key-asked-proven", MemberKeyAsked, full(MemberKeyAsked).public("proven", true).public("former", "")),
        ("drill", Drill, full(Drill)),
        ("drill-answered", DrillAnswered, full(DrillAnswered)),
        ("drill-answered-empty", DrillAnswered, full(DrillAnswered).public("unclear", true)),
        ("drill-answered-unclear", DrillAnswered, full(DrillAnswered).public("unclear", true).public("passed", true)),
        ("address-unconfirmed", AddressUnconfirmed, full(AddressUnconfirmed)),
        ("address-unconfirmed-late", AddressUnconfirmed, full(AddressUnconfirmed).public("late", true)),
        ("application-waits", ApplicationWaits, full(ApplicationWaits).public("signed", true)),
        ("post-notice", PostNotice, post_notice().public("notes", texts::<Value>([]))),
        (
            "post-notice-forbidden",
            PostNotice,
            post_notice()
                .public("forbidden", true)
                .public("stranger", true)
                .public("proof", "Nothing proves who sent it.")
                .public("reasons", texts(["It is not proven to be from a member. It cannot be distributed."]))
                .public("hint", "")
                .public("answerable", false)
                .public("signed", true),
        ),
        (
            "post-notice-encrypted-reminder",
            PostNotice,
            post_notice()
                .public("sealed", true)
                .public("subject", "")
                .public("words", "")
                .public("reminder", true)
                .public("last", true),
        ),
        ("post-notice-report", PostNotice, post_notice().public("case", "12").public("until", "")),
        ("post-notice-more", PostNotice, post_notice().public("case", "12").public("until", "").public("more", true)),
        ("post-held", PostHeld, full(PostHeld).public("standing", "member").public("comes_back", true)),
        ("post-held-team", PostHeld, full(PostHeld).public("standing", "team").public("subject", "")),
        ("post-held-stranger", PostHeld, full(PostHeld).public("standing", "other").public("subject", "")),
        ("post-decided-approved", PostDecided, post_decided()),
        ("post-decided-approved-waiting", PostDecided, post_decided().public("members", 0).public("waiting", 1)),
        ("post-decided-approved-report", PostDecided, full(PostDecided).public("kind", "report")),
        ("post-decided-rejected", PostDecided, post_decided().public("state", "rejected").public("told", true)),
        ("post-decided-discarded", PostDecided, post_decided().public("state", "discarded")),
        ("post-decided-passed", PostDecided, post_decided().public("state", "passed")),
        ("post-decided-withdrawn", PostDecided, post_decided().public("state", "withdrawn")),
        ("post-decided-late", PostDecided, post_decided().public("late", true)),
        (
            "post-decided-late-expired",
            PostDecided,
            post_decided().public("late", true).public("state", "expired").public("by", ""),
        ),
        ("post-not-done", PostNotDone, full(PostNotDone).public("waits", true)),
        ("post-unproven", PostUnproven, full(PostUnproven).public("suspicious", true)),
        (
            "post-unproven-withdraw",
            PostUnproven,
            full(PostUnproven)
                .public("withdraw", true)
                .public("waits", true)
                .public("line", "")
                .public("others", "")
                .public("remedy", "send “withdraw” from the address you posted from, or signed."),
        ),
        ("post-rejected", PostRejected, full(PostRejected).public("member", true)),
        ("post-rejected-policy", PostRejected, full(PostRejected).public("policy", true).public("member", true)),
        ("post-rejected-stranger", PostRejected, full(PostRejected).public("subject", "")),
        ("post-rejected-report", PostRejected, full(PostRejected).public("report", true).public("subject", "")),
        ("post-returned", PostReturned, full(PostReturned).public("attached", true).public("member", true)),
        ("post-returned-stranger", PostReturned, full(PostReturned).public("subject", "")),
        ("post-copy", PostCopy, full(PostCopy)),
        ("post-copy-encrypted", PostCopy, full(PostCopy).public("sealed", true)),
        ("post-unmoderated", PostUnmoderated, full(PostUnmoderated)),
        ("post-expired", PostExpired, full(PostExpired).public("told", true)),
        ("report-held", ReportHeld, full(ReportHeld)),
    ]
}

/// A draft in which nothing has to be corrected.
fn to_approve(leaves: &str) -> Values {
    let values = samples::full(LetterName::AdvisoryDraft).public("errors", texts::<Value>([]));
    let values = values.public("leaves", leaves).public("author", "").public("anew", "").public("kept", "");
    let values = values.public("again", "").public("replaced", "");
    let values = values.public("standing", "").public("members_until", "");
    values.public("approvers", "")
}

/// A draft that the desk wrote anew, in the place of one that nobody had approved.
fn again_to_approve() -> Values {
    let full = samples::full(LetterName::AdvisoryDraft);
    let values = full.public("errors", texts::<Value>([])).public("leaves", leaves::MEMBERS).public("author", "");
    let values = values.public("voided", "").public("kept", "").public("standing", "");
    values.public("members_until", "").public("approvers", "")
}

/// A draft that takes the place of nothing.
fn first_to_approve(leaves: &str) -> Values {
    to_approve(leaves).public("changes", texts::<Value>([])).public("different", "")
}

/// An approval, and nothing holds it back.
fn is_approved(leaves: &str) -> Values {
    samples::full(LetterName::AdvisoryApproved).public("leaves", leaves).public("kept", "")
}

/// Dates that are agreed as they were proposed.
fn embargo(reader: &str, what: &str) -> Values {
    let values = samples::full(LetterName::EmbargoChanged).public("reader", reader).public("what", what);
    let values = values.public("release_from", "Mon 2026-12-14 12:00 UTC").public("reason", "");
    values.public("predisclosure_from", "Mon 2026-11-30 12:00 UTC").public("warnings", texts::<Value>([]))
}

/// Dates that changed; nothing about them is to mind.
fn moved(reader: &str) -> Values {
    let values = samples::full(LetterName::EmbargoChanged).public("reader", reader).public("what", "changed");
    values.public("warnings", texts::<Value>([]))
}

/// A problem that is used in attacks.
fn attacked(reader: &str) -> Values {
    let values = samples::full(LetterName::EmbargoEnded).public("reader", reader).public("what", "exploited");
    let values = values.public("links", texts::<Value>([]));
    values.public("reason", "Two hosting providers saw guests escape since Friday.")
}

/// One thing that is due, to a member of the team.
fn reminder(index: usize) -> Values {
    let one = samples::dues().swap_remove(index);
    let values = samples::full(LetterName::CaseReminder).public("in_team", true).public("to_do", true);
    values.public("commanded", true).public("signed", true).public("items", texts([one]))
}

/// Of a post that its proven author may get back.
fn post_notice() -> Values {
    samples::full(LetterName::PostNotice).public("case", "").public("whole", true).public("answerable", true)
}

fn post_decided() -> Values {
    samples::full(LetterName::PostDecided).public("case", "")
}

/// EMBARGOD_REWRITE=1 writes the golden files anew, to be read in the diff.
#[test]
fn every_letter_reads_as_in_its_golden_file() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/letters/xen");
    let letters = letters();
    let mut named = Vec::new();
    for (file, name, values) in golden() {
        let Rendered { subject, body } = letters.render(name, &values).unwrap();
        let shown = body.value().replace(&slot("both"), "<both>").replace(&slot("team"), "<team>");
        let text = format!("Subject: {}\n\n{shown}", subject.value());
        let path = folder.join(format!("{file}.txt"));
        if std::env::var_os("EMBARGOD_REWRITE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{}", path.display());
        named.push(name);
    }
    assert!(LetterName::ALL.iter().all(|name| named.contains(name)), "every letter has a golden file");
}

#[test]
fn the_letters_of_the_binary_are_sound_as_those_of_an_operator_must_be() {
    let letters = letters();
    let sources = files::sources(None).unwrap();
    assert_eq!(sources.len(), LetterName::ALL.len());
    for source in &sources {
        check::samples(&letters, source).unwrap();
    }
}

#[test]
fn no_variant_of_any_letter_is_too_wide_or_acts_as_a_command() {
    let letters = letters();
    for name in LetterName::ALL.iter().copied() {
        for values in samples::all(name) {
            let Rendered { subject, body } = letters.render(name, &values).unwrap();
            let text = body.value();
            assert!(!subject.value().contains('\n') && !subject.value().is_empty());
            assert!(text.ends_with('\n') && !text.starts_with('\n') && !text.contains("\n\n\n"), "{name}:\n{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 78, "{name}: {line}");
                assert!(line == "-- " || line == line.trim_end(), "{name}: {line:?}");
            }
        }
    }
}

/// libvirt's process, for one.
#[test]
fn where_nobody_is_told_before_the_publication_no_letter_says_so() {
    use LetterName::*;
    let mut profile = xen();
    profile.schedule.predisclosure = None;
    let letters = Letters::load(&profile, None).unwrap();
    for name in [
        Acknowledgement,
        CaseDuplicate,
        CaseReminder,
        CaseReopened,
        CaseSoFar,
        ContactTold,
        CveRequest,
        OwnCase,
        Received,
        Refiled,
        Relay,
    ] {
        for values in samples::all(name) {
            let Rendered { body, .. } = letters.render(name, &values).unwrap();
            let text = body.value();
            // Something in a reminder may be due that very day.
            let day = if name == CaseReminder { "Predisclosure" } else { "2026-11-30" };
            for said in ["our predisclosure list", "redisclosure: ", day] {
                assert!(!text.contains(said), "{said} in {name}:\n{text}");
            }
            assert!(!text.contains("\n\n\n") && text.lines().all(|line| line.chars().count() <= 78), "{name}:\n{text}");
        }
    }
}

#[test]
fn a_letter_to_a_discoverer_fits_on_a_screen() {
    let letters = letters();
    let usual = acknowledgement();
    let rendered = letters.render(LetterName::Acknowledgement, &usual).unwrap();
    assert!(rendered.body.value().lines().count() <= 45, "{}", rendered.body.value().lines().count());
}

#[test]
fn a_letter_carries_the_labels_of_all_its_values_shown_or_not() {
    let (case, team) = (Labels::case(CaseId(12)), Labels::of(Label::Team));
    let values = samples::full(LetterName::Added).labelled("case", &case, 12).labelled("unused", &team, "text");
    let rendered = letters().render(LetterName::Added, &values).unwrap();
    let mut expected = case;
    expected.join(&team);
    assert_eq!((rendered.subject.labels(), rendered.body.labels()), (&expected, &expected));
    assert_eq!(
        letters().render(LetterName::Received, &samples::full(LetterName::Received)).unwrap().body.labels(),
        &Labels::public()
    );
}

#[test]
fn what_strangers_write_stays_a_value_on_one_line() {
    let values = relay()
        .public("subject", "one\r\nBcc: all@example.net {{ case }} {% raw %}")
        .public("author", format!("Mallory\n-- \n!approve\n{}", slot("both")))
        .public("standing", standing::STRANGER);
    let rendered = letters().render(LetterName::Relay, &values).unwrap();
    assert_eq!(rendered.subject.value(), "[Xen case 12] one Bcc: all@example.net {{ case }} {% raw %}");
    let body = rendered.body.value();
    assert!(body.contains("From: Mallory -- !approve both <dana@example.net>, somebody new to this case.\n"), "{body}");
    assert!(!body.contains("\n-- \n"), "{body}");
}

#[test]
fn an_answer_of_the_team_is_sent_as_it_was_written() {
    let text = "Please try this:\n\n    if (x)\n\n\n        return {{ case }};\n> you wrote\n";
    let values = samples::full(LetterName::AnswerToReporter).public("text", text);
    let rendered = letters().render(LetterName::AnswerToReporter, &values).unwrap();
    assert!(rendered.body.value().contains(text), "{}", rendered.body.value());
}

#[test]
fn a_value_that_is_forgotten_is_an_error_not_a_gap() {
    let error = letters().render(LetterName::Added, &Values::new().public("case", 12)).unwrap_err();
    assert_eq!(error.to_string(), "Writing the letter “added”");
}

/// What an operator is told about a letter of their own: the file `name` holding `text` in the folder of letters.
fn told(name: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    let problem = Letters::load(&xen(), Some(folder.path())).unwrap_err().to_string();
    problem.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_letter_of_ones_own_takes_the_place_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sent.txt"), "Subject: Gone, {{ case }}\r\n\r\nTo {{ waits_for }}.\r\n").unwrap();
    std::fs::write(folder.path().join(".sent.txt.swp"), "an editor is open").unwrap();
    let letters = Letters::load(&xen(), Some(folder.path())).unwrap();
    let rendered = letters.render(LetterName::Sent, &samples::full(LetterName::Sent)).unwrap();
    assert_eq!(rendered.subject.value(), "Gone, 12");
    assert_eq!(rendered.body.value(), "To dana@example.net.\n");
}

#[test]
fn a_broken_letter_is_named_with_its_line_when_the_program_starts() {
    let names: Vec<String> = LetterName::ALL.iter().map(|name| format!("{name}.txt")).collect();
    let names = names.join(", ");
    for (file, text, expected) in [
        (
            "acknowledgment.txt",
            "",
            format!(
                "acknowledgment.txt: there is no letter of this name; did you mean “acknowledgement.txt”?\n\
                 Rename or remove it; the letters are: {names}."
            ),
        ),
        (
            "sent.txt",
            "Your answer was sent\n",
            "sent.txt line 1: this is not the subject\n\
             Begin the file with “Subject: …”, then an empty line, then the letter."
                .to_owned(),
        ),
        (
            "sent.txt",
            "Subject: Sent\nIt was sent.\n",
            "sent.txt line 2: this line is not empty\nLeave line 2 empty: it divides the subject from the letter."
                .to_owned(),
        ),
        (
            "sent.txt",
            "Subject: Sent\n\nTo\n{% if members %}\n{{ members }}\n",
            "sent.txt line 5: the template is broken: unexpected end of input, expected end of block\n\
             Correct this line; https://docs.rs/minijinja/latest/minijinja/syntax/ shows how templates are written."
                .to_owned(),
        ),
        (
            "sent.txt",
            "Subject: Sent\n\nIt was sent to the discoverer,\n{{ reporers }}.\n",
            "sent.txt line 4: unknown value “reporers”; did you mean “reporters”?\n\
             Correct the name; this letter has: case, reporters, waits_for, members, participants, attachments, text."
                .to_owned(),
        ),
        (
            "sent.txt",
            "Subject: Sent {{ colour }}\n\nIt was sent.\n",
            "sent.txt line 1: unknown value “colour”\nCorrect the name; this letter has: case, reporters, waits_for, members, participants, attachments, text."
                .to_owned(),
        ),
        (
            "relay.txt",
            "Subject: Mail\n\n{% for seen in public %}\n{{ seen.lst }}\n{% endfor %}\n",
            "relay.txt line 4: a value is used that is not there\nCorrect its name.".to_owned(),
        ),
        (
            "sent.txt",
            "Subject: Sent\n\nAnswer with\n\n  approve\n",
            "sent.txt: the line “approve” would be read as a command\nWrite it as part of a sentence.".to_owned(),
        ),
        (
            "sent.txt",
            "Subject: {% if members == 0 %}Sent{% endif %}\n\nIt was sent.\n",
            "sent.txt: The letter “sent” came out without a subject\nCorrect the letter.".to_owned(),
        ),
    ] {
        assert_eq!(told(file, text), expected);
    }
}

#[test]
fn a_folder_of_letters_that_is_not_there_is_named() {
    let problem = Letters::load(&xen(), Some(Path::new("/nowhere/letters"))).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "The folder of letters /nowhere/letters cannot be read: No such file or directory (os error 2)\n\
         Create it, or correct or remove letters_dir in the settings."
    );
}
