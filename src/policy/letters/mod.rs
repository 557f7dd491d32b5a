//! What people read: every letter is a template that an operator may replace, filled with labelled values.
//! A letter carries the labels of all its values; templates are the project's text, values never act as one.

mod check;
mod files;
mod samples;
pub mod typeset;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value};

pub use self::typeset::{grouped, shown};
use crate::policy::problem::Problem;
use crate::policy::profile::Profile;
use crate::rules::label::{Labels, Text};
use crate::rules::schedule::{Delay, Length};

/// Every letter there is. Beside each: the values it takes, all of them, always; "or empty" where a text may be.
/// `project`, `short`, `team`, `software`, `policy_url`, `handling` (what members of the list may say of a problem, and what
/// not), `handling_others` (the same of everybody else outside the team),
/// `predisclosure_delay` and `release_delay` are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LetterName {
    /// To a discoverer, for a new report: case, name (or empty), security, predisclosure, release, dates (see `dates`), public
    /// (it was seen on a public list), fingerprint, larger_than (the limit a too large mail is over, or empty), unread
    /// (see `unread`), encrypted (it came so, and was opened), certified (a certificate of theirs is registered), brought_by
    /// (who of the team passed their report on, or empty).
    Acknowledgement,
    /// To a case's discoverer, for later mail: case, name (or empty), larger_than, unread.
    Added,
    /// To whoever answers other mail and was never told of a case: security, predisclosure, release (those of a new
    /// report), fingerprint, larger_than, unread. Reveals nothing of any case.
    Received,
    /// To a team member: case, is_new, again (how a mail that is there came once more, or empty), author, author_address
    /// (or empty), standing (see `standing`), proven, signed (by its sender), sealed (see `sealed`), unread, security, fingerprint, subject (or
    /// empty), machine (why it counts as sent by one, or empty), acknowledged, answer_waits (for its reader's
    /// certificate), answered_at (when the answer leaves, if not now, or empty), unanswered (which limit forbade an
    /// answer, or empty), stopped (why it did not go to the discoverer, or empty), by_team, to_reporter, waits_for (whose
    /// certificate is missing, or empty), gone_to (to which discoverers it went, or empty), reporter (all of them, or empty), unwritten (of these, whom the team
    /// named and nobody wrote to yet, or empty), reporter_copied, both and team_only (slots, or empty),
    /// orders (lists of texts), dates (what a discoverer says of them, a list of texts), participants (who else takes part), to_participants (who of them gets it), predisclosure,
    /// release, public (`seen_list`s), flags, notes (lists of texts), offered (`offer`s: certificates the mail brings).
    Relay,
    /// The team's answer to the discoverer: case, writer, text, sealed (what it carries came encrypted).
    AnswerToReporter,
    /// To the writer of an answer that went to the discoverer: case, reporters (a list of texts: the addresses of those to
    /// whom it is on its way), waits_for (whose certificate is missing, or empty), members (how many got it), participants (who else gets it), attachments (their file names), text (or empty: it came encrypted).
    Sent,
    /// To whose name or reply address an answer used that did not: case, security, reason, remedy (a sentence each),
    /// suspicious (somebody else may have written it), others (how many more no letter told of, or empty), last (for a
    /// day), operator (their address, or empty).
    NotSentToReporter,
    /// To the writer of an answer in a case without a discoverer: case.
    NoReporter,
    /// To a member of the team or a discoverer whose mail in clear repeats what came encrypted: case (or empty),
    /// security, fingerprint. Holds nothing of the mail.
    QuotedInClear,
    /// To whoever gave commands that were carried out: case, done (a list of `carried_out`), proof (in words).
    Done,
    /// To whose commands are not understood: case, line (as typed, or empty), problem (a sentence), expected (usage, lines).
    Misread,
    /// To whose command cannot be carried out: case, line, reason, listed (what belongs to it, a list of texts), remedy (a
    /// sentence each).
    NotDone,
    /// To whose name, reply address or signature commands used that prove nothing: case, line, security, reason, remedy,
    /// suspicious, others (or empty), last, operator (or empty).
    CommandRefused,
    /// To the members of the predisclosure list, above the advisory itself: advisory (as it is called), version, heading (of
    /// its subject), until, files (how many go with it), follows (they have an earlier version), unpatched, deployment (the
    /// section that says what they may deploy, or empty), security. All of it is the advisory's.
    AdvisoryForMembers,
    /// To a discoverer, and to whoever takes part: case, reader (discoverer, participant), name (or empty), advisory, version,
    /// further (an earlier version is public), lists (a list of texts: where it goes), security.
    AdvisoryReleased,
    /// To the team, of a release: case, advisory, version, at, late (its hour, if that is past, or empty), outlet (a list of
    /// texts: to whom it goes).
    AdvisoryLeft,
    /// To the team, when a release cannot happen, or did not: case, release, before (how long it is until then, or empty: it is
    /// past), missing (a list of texts: what each advisory waits for), publication (the step of that), members (what they may do
    /// at that hour nevertheless, or empty), security; or to the operator, who hears the hour alone: operator.
    AdvisoryAlarm,
    /// To the team: how a version gets on to the members: case, advisory, version, since, until, total, accepted (numbers),
    /// waiting, uncertified, undelivered (lists of texts: who, and why).
    AdvisoryProgress,
    /// To the team, when somebody holds a case, or ends that: case, held, clock (it was the clock of the desk), by, reason (or
    /// empty), withheld, lines (a list of texts: what waits, or leaves), members (what they may do
    /// nevertheless, or empty).
    AdvisoryHeld,
    /// To the team, when somebody joins the list while something is under embargo: case, member, address, since, advisory,
    /// until, had (members have it), waits (held, or void: nothing of it leaves now; or empty).
    AdvisoryForNewMember,
    /// To the team, when a release did not come back from lists that are read: case, advisory, version, at, lists (a list of
    /// texts), names (of them, in words), taken, untaken (a mail server took it for one of them, did not for one).
    AdvisoryUnseen,
    /// To the team, of an advisory that is public without a CVE number: case, advisory, at, number (of the advisory, or empty: the
    /// case has no other).
    AdvisoryWithoutNumber,
    /// To a team member, with all mails of a case: case, file (its name), mails (how many), sealed (how many of them came
    /// encrypted), at.
    Export,
    /// To a team member, a mail that went to another case: case, from (the number of the old one), by (who said so), split
    /// (the case was made for it), told (its author was told), sealed, subject (or empty), author, author_address (or
    /// empty), proven, received, predisclosure, release, reporter (or empty), reporter_copied, security, fingerprint, both
    /// and team_only (slots, or empty).
    Refiled,
    /// To a discoverer whose later mail became a case of its own: case, from, name (or empty), received, predisclosure,
    /// release, security.
    OwnCase,
    /// To the team, a draft of an advisory: case, called, version, public_version, leaves (see `leaves`), predisclosure, release,
    /// kept (why nothing leaves yet, half a sentence, or empty), everybody (to whom a release goes, in words), again (digits of its digest, where people
    /// were asked about its number before, or empty), anew (why the desk wrote it, a sentence, or empty), voided (whose approval is
    /// void by that, or empty), replaced (that the draft before is void, a sentence, or empty), standing (what of it leaves nevertheless:
    /// sentences, or empty), members_until (what members have as the end of the embargo, if it is another, or empty), errors (what
    /// has to be corrected first), warnings, changes (since the draft before;
    /// lists of texts), different (lines, or empty), approvals (how many), author (who is not counted, and “is” or
    /// “are”; or empty), nobody (is left who is), approvers (who approved it already, or empty), counted (how many of these are), digest,
    /// short_digest, manifest, members_text (or empty: it is the same), public_text.
    AdvisoryDraft,
    /// To the team, when it is approved: case, called, version, public_version, by, leaves, predisclosure, release, kept,
    /// everybody, digest.
    AdvisoryApproved,
    /// To everybody who knows of a case, when its dates change: case, reader (team, discoverer, participant), name (or
    /// empty), what (agreed, changed, restarted), by (who of the team), predisclosure and predisclosure_from (or both empty:
    /// there is none to come), release, release_from, at_once (the predisclosure is now), reason (or empty), withheld (the
    /// reason came encrypted, and this letter does not leave so), warnings (a list of texts, for the team), members (they have other
    /// dates, and were not told), security.
    EmbargoChanged,
    /// To the same, when there is no embargo any more: case, reader, name (or empty), what (public, exploited), by, reason (what
    /// is known, or empty), withheld, links (the reason is nothing but these: a list of texts), further (they
    /// knew that there is none: only what is known is new), known (the problem is public), outlet (a list of texts, for the
    /// team: where the advisory goes at once), members (they have it with an embargo, and were not told), numbered (it has a
    /// number), security.
    EmbargoEnded,
    /// To somebody who is asked to agree to an embargo: name (or empty), address, asker (or empty), again (their answer was
    /// unclear), fingerprint. Holds nothing of any case.
    EmbargoQuestion,
    /// To the same, when an answer at their reply address proves nothing: name (or empty), address, reason (a sentence),
    /// other_address (it came from another), security. Holds nothing of any case.
    AnswerNotCounted,
    /// To somebody who did not agree: name (or empty), security. Holds nothing of any case.
    Declined,
    /// To somebody who answers a question that is over: name (or empty), security. Holds nothing of any case.
    NotNeeded,
    /// To the team: what they answered: case, person, address, role, answer (see `answered`), mails (how many they were
    /// sent), sealed (how many of them came encrypted), waits (those do, for a certificate), more (how many were left out),
    /// attached (their mail is), offered (`offer`s), operator (or empty).
    EmbargoAnswer,
    /// To the team: who takes part in a case: case, what (see `people`), person, address, role, by.
    PeopleChanged,
    /// To somebody who takes part from now on: name (or empty), case, asker (who tells them that agreed once for all, or
    /// empty), by_process (a step does), passed (on to them), public (the world knows of it), used (attackers do, nobody else), mails_come (they get those of the case), numbers (of CVE, a list of texts),
    /// sealed (this one
    /// holds what came encrypted), sealed_too (there is such a letter), more (how many mails were left out), predisclosure,
    /// release, fingerprint, several (there are more discoverers than one), mails (`passed`).
    CaseSoFar,
    /// To somebody who takes part: case, told (it is for them alone), writer (or empty: a discoverer whom no credit names), address
    /// (or empty), standing, several (there are more discoverers than one), subject (or empty), sealed, larger_than, text.
    CaseMail,
    /// To the team and the operator: the clock of the machine was set while the desk ran: far (how much), forward (else back),
    /// now, waiting (advisories, a list of texts), answered (an answer to it is an answer in a case).
    ClockJumped,
    /// To whoever knows of a case that is closed as no security problem: name (or empty), case, reason (or empty: withheld),
    /// withheld (it may only leave encrypted), discoverer (they are), security.
    CaseInvalid,
    /// To the same, of a duplicate: name (or empty), case, other (the number of the case whose discoverer they are now, or
    /// empty), own (they reported that one, too), discoverer, agreed (its dates are), public, used (attackers do, nobody else), predisclosure, release,
    /// numbers (of CVE, a list of texts), security.
    CaseDuplicate,
    /// To a discoverer whose case is passed on: name (or empty), case, lead (to whom), asked (those have to agree first),
    /// security.
    CasePassed,
    /// To whoever heard that a case is over, when it is open again: name (or empty), case, was (invalid, duplicate, passed,
    /// public), other (of which case they are no discoverer any more, or empty), over (its dates are), predisclosure, release,
    /// security.
    CaseReopened,
    /// To everybody who knows of a case: name (or empty), case, number (of CVE), instead (of which one, or empty), others (a
    /// list of texts), advisory (its name, or empty), public, used, agreed, release, security.
    CveTold,
    /// To whoever gives CVE numbers: name (or empty), case, public, used, agreed, predisclosure, release, title (or empty), branches,
    /// ratings, credits (lists of texts: names the team said), credit_later (others gave theirs to us only), asked_before (when, or
    /// empty), withheld (something may only leave encrypted), fingerprint, security.
    CveRequest,
    /// To the team, when mail from an address that may read something shows a list: mail, person, address, in_team, proven,
    /// header, operator (or empty).
    ListSeen,
    /// To the team, when the gate stopped a letter: case (or empty), what (it was, in words), recipient, delivery (its
    /// number), operator (their address, or empty), reason.
    Blocked,
    /// To the team, when a letter could not be delivered: case (or empty), what, recipient, delivery, operator, error,
    /// meaning (a sentence).
    Undeliverable,
    /// To the team, when a mail server says that a letter it took did not arrive, or is late: case (or empty), member (the
    /// name of the organisation, or empty), recipient, what, subject (or empty), left, delayed, status (or empty), gone (the
    /// address is, it says), meaning (a sentence), diagnostic (or empty), withheld (its reader may not see that), embargoed
    /// (something is), delivery, security, operator.
    Bounced,
    /// To the team: what a member asks, or what somebody writes about that: question, member, author, address (or empty),
    /// proof (a sentence), by_list (it came to the predisclosure list), remark, remark_by (who of the team, or empty), about
    /// (the letter's subject, or empty), subject (or empty), sealed, unread (nobody here can), withheld (its reader may not see
    /// it), notes (a list of texts), signed (the answer must be).
    MemberQuestion,
    /// To whoever asked: name (or empty), by_list, discuss (or empty), security. Public.
    QuestionReceived,
    /// The team's answer to a member: writer, text, about (or empty), sealed.
    MemberAnswer,
    /// To the team: what a member was answered: question, member, address, by, mine (the reader wrote it), proof (in words),
    /// waits (for a certificate), text (or empty: it came encrypted).
    QuestionAnswered,
    /// To whose answer to a member cannot go out: question, member, line (or empty), reason (a sentence), remedy (the
    /// same, or empty: the usual one).
    QuestionNotDone,
    /// To whose name or reply address an answer to a member used that proves nothing: question, member, line (or empty),
    /// security, reason, remedy, suspicious, others (or empty), last, operator (or empty).
    QuestionUnproven,
    /// To whoever writes to the predisclosure list: name (or empty), list, security. Public.
    NoPosts,
    /// To the team, of the same: list, member (whose address it uses, or empty), author, address (or empty), subject (or
    /// empty), sealed (it is not attached), told (its writer was), notes (a list of texts), security.
    ListMail,
    /// To whoever writes to a reply address that is over: name (or empty), security. Public.
    AddressOver,
    /// To the team, of the same: author, address (or empty), holder (whose address it was), purpose (it was for that), subject
    /// (or empty), sealed, unread (nobody here can), withheld (its reader may not see it), told (its writer was), notes (a list of
    /// texts).
    OutlivedMail,
    /// To somebody to whom a letter may only leave encrypted, and whose certificate is missing: address, fingerprint. Holds
    /// nothing of what waits, and names no case.
    CertificateNeeded,
    /// To the team, about such people: case (if it is one, or empty), count, readers (`waiting`s), more (how many are not
    /// among them, or empty).
    Uncertified,
    /// To the operator, when a mail could not be handled: mail, received, size, reason. Holds nothing of the mail.
    SetAside,
    /// To the operator, once a day: count, and failed, nobody, spam (lists of texts). Holds nothing of the mails.
    Digest,
    /// To a team member, once a day: count, mails (a list of texts: who wrote, and the subject), operator (or empty).
    HeldAsSpam,
    /// To team and operator, when answers have to wait: per_hour, waiting, until.
    Burst,
    /// To team and operator, when a program that is run after a release failed: advisory (its name), hook, id (of the run),
    /// failure (a sentence from its verb on, without full stop), waits (nobody took it from the spool), again (when it is tried
    /// again, or empty).
    HookFailed,
    /// To whoever has something to do in a case: case, in_team (the reader is), name (or empty), items (`due`s), to_do (one
    /// of them has to be done), public (there is no embargo any more), agreed (the dates are), predisclosure, release, signed
    /// (commands must be).
    CaseReminder,
    /// To a contact who agreed once for all, what the playbook has them told: name, case, role, words, public, agreed,
    /// predisclosure, release, fingerprint.
    ContactTold,
    /// To a member of the team, once a week: count, cases (`open_case`s), more (cases that are not among them), applications,
    /// posts, joining (lists of texts).
    Weekly,
    /// To whoever has a certificate that ends: days (left), expires (or empty), reason (why it cannot be used already,
    /// or empty), fingerprint (in groups), key (the same without), required (the
    /// profile requires encryption for them), send_to.
    Expiring,
    /// To the team, of the same: name, address, days, expires, reason, fingerprint, required.
    CertificateEnds,
    /// To team and operator, when it is the project's own: days, expires, reason, fingerprint, key.
    ProjectKeyEnds,
    /// To a member of the team, who may accept somebody into it: case, voucher, name, address, signed (the answer must be),
    /// until.
    JoinAccept,
    /// To somebody whom two members want in the team: certified (we have their certificate), offered (the fingerprint of
    /// one that their mail brought, in groups, or empty), key (the same without), required (the team is written to in
    /// cipher only), fingerprint (ours), until. Holds nothing of any case.
    JoinAgree,
    /// To somebody who agreed to join, and must send a certificate first: certified, offered, key (or empty), until.
    JoinWaits,
    /// To a new member of the team: name, voucher, decider, security, certified, offered, key (or empty).
    Welcome,
    /// To the team, about a request to join: case, name, address, voucher, decider (or empty), outcome (accepted, waits,
    /// joined, refused, declined, expired), closed (the case is), certified, offered, key (or empty), until.
    JoinTold,
    /// To whose name an answer to one of these questions used that does not count: asked (accept, agree), security, reason,
    /// remedy, suspicious, others (or empty), last, operator (or empty). Holds nothing of any case.
    AnswerUncounted,
    /// To a member of the team, when another says whose a certificate is: case, member, name, address, by (whose mail
    /// brought it, or empty), named (its user IDs name the address), fingerprint, key, days.
    CertificateAsked,
    /// To whose certificate was replaced, or given without the operator: address, fingerprint, former (or empty), how
    /// (operator, signed, two-members, team, moved), since, security. Holds nothing of any case.
    CertificateChanged,
    /// To the team, of the same: name, address, fingerprint, key, former (or empty), said_by, how, hours, since.
    CertificateGiven,
    /// To an applicant, and the same to their public list: subject (or empty), name (or empty), how (see `application`),
    /// complete, items (`item`s that are required of them), wanted (`item`s that are open). Holds no address.
    ApplicationAnswer,
    /// To whoever wants to be subscribed: list, asks (a list of texts: what to send), security.
    ApplicationHowTo,
    /// To whoever wrote to the applications' list what cannot be read: subject (or empty), name (or empty), list, unread
    /// (large, encrypted, damaged), limit, security.
    ApplicationUnread,
    /// To whoever reports a security problem to a public list: subject (or empty), name (or empty), list, security,
    /// fingerprint.
    ReportAtList,
    /// To the team, of the same: author, address (or empty), subject (or empty), list, security, told (the writer was),
    /// unanswered (which limit forbade it, or empty).
    ListReport,
    /// To a member of the team: application, called, how, author, address (or empty), colleague (it is from another
    /// address than the applicant's), applicant (their address), proven, complete, missing (so many items), items (`item`s,
    /// all), look, lifted, known, notes (lists of texts), answered, posted, unanswered (or empty), signed (the answer must
    /// be).
    ApplicationNotice,
    /// To a member of the team, any other mail of that list: list, what (it seems to be), application (or empty), called,
    /// state, author, address (or empty), subject (or empty), attached, told (the writer was, that it could not be read),
    /// notes (a list of texts), decides (a reply decides about the application).
    ApplicationRelay,
    /// To an applicant who sends nothing: subject (or empty), name (or empty), closed (it is now), days (without a word),
    /// until (it will be), wanted (`item`s).
    ApplicationReminder,
    /// To a member of the team: what one of them said of an application, and what came of it: application, name (of the
    /// organisation), by, mine (the reader said it), proof (in words), said (a list of texts), outcome (accepted,
    /// rejected, withdrawn, asked, said, send, none), open (a list of texts: what is still missing), address (or empty),
    /// until (or empty).
    ApplicationSaid,
    /// To whoever said something of an application that cannot be done: application, name (or empty: there is none), line (or empty), reason, remedy (a
    /// sentence each), open (a list of texts: what is missing), expected (usage, lines, or empty).
    ApplicationNotDone,
    /// To whose name, reply address or signature words about an application used that prove nothing: application, line (or
    /// empty), security, reason, remedy, suspicious, others (or empty), last, operator (or empty).
    ApplicationUnproven,
    /// To whoever decides about an application that was decided before: application, name, of (decision, current), state (in a
    /// word), by (or empty), at (or empty).
    ApplicationLate,
    /// To the list for applications, and to the applicant, in the team's name: subject (of the applicant's mail), name,
    /// outcome (accepted, rejected, withdrawn, asked, said), reason (or the question, or empty), appeal (how to), ruled and
    /// open (lists of texts: items that the team spoke of, and what is still missing), until (or empty). Public.
    Decision,
    /// To the address that an organisation is to have on the list: name, applied (they did), again (empty, unclear, reminder),
    /// until. Public.
    ConfirmAddress,
    /// To the same, confirmed: name, security, discuss (or empty). Public.
    MemberWelcome,
    /// To the team, of the same: application (or empty), name, address, outcome (confirmed, expired), entry (of the change
    /// history, or empty), times (it was asked), signed (the answer must be).
    MemberTold,
    /// To the team, when somebody put organisations on the list, or changed how a member stands: what (invited, added, removed,
    /// suspended, resumed), name (or empty: several), address (or empty), count, said_by, entry (or empty), until (or empty).
    MemberChanged,
    /// To the member: what (removed, suspended, resumed), name, security. Public.
    MemberStanding,
    /// To whoever gave commands about members that were carried out: done (a list of `carried_out`), proof (in words).
    OrdersDone,
    /// To whose commands about members were not: unproven (they prove nothing), line (or empty), reason, remedy (a sentence
    /// each), expected (usage, lines, or empty), security, suspicious, others (or empty), last, operator (or empty).
    OrdersNotDone,
    /// To both addresses, when a member's is to change: end (former, new), again (the answer was unclear), name, new, until,
    /// security. Public.
    AddressQuestion,
    /// To the same, what came of it: outcome (changed, expired, refused), name, new, certificate (a sentence, or empty),
    /// security. Public.
    AddressOutcome,
    /// To the team, of the same: outcome (changed, expired, refused), name, former, new, certificate (a sentence, or empty),
    /// reason (why it was refused, or empty), security.
    AddressTold,
    /// To the team, when a member's mail brings a certificate: name, address, by (whose mail, or empty), proven, named (its
    /// user IDs name the address), fingerprint, key, former (or empty).
    MemberKeyAsked,
    /// To a member, a test letter: name.
    Drill,
    /// To whoever answers it: name, unclear, passed (the team got its text as a question).
    DrillAnswered,
    /// To the applicant whose address nobody confirmed in time, or to the address, when it does later: name, late, until, list
    /// (where to apply, or empty). Public.
    AddressUnconfirmed,
    /// To a member of the team, a reminder: application, name, since, signed (the answer must be), items (a list of texts),
    /// next (the next reminder).
    ApplicationWaits,
    /// To a moderator: post, case (of a report, or empty), more (it joins a report that waits), reminder, last (of the
    /// reminders), since, author, address (or empty), proof (a sentence), sealed, whole (all of it can be read), subject (or
    /// empty), reasons, notes (lists of texts), hint, words (or empty), forbidden (it cannot be distributed), stranger (it is
    /// nobody's who may post), signed (the answer must be), until (it ends, or empty), answerable (its author is told).
    PostNotice,
    /// To the author of a post that is held: post, list, name, subject (or empty), standing (member, team, other), comes_back
    /// (undecided), until, security.
    PostHeld,
    /// To whoever decided about a post: post, kind (post or report), case (of a report, or empty), state (in a word), late (it
    /// was decided before), by (or empty), at, proof (in words), members (how many it goes to), waiting (how many wait for a
    /// certificate), told (its author is).
    PostDecided,
    /// To whoever says of a post what cannot be done: post, kind, headline, waits (it is undecided), line (or empty), reason,
    /// remedy (a sentence each), expected (usage, lines, or empty).
    PostNotDone,
    /// To whose name, reply address or signature words about a post used that prove nothing: post, kind, withdraw (to its
    /// author), waits (it is undecided), line (or empty), security, reason, remedy, suspicious, others (or empty), last,
    /// operator (or empty).
    PostUnproven,
    /// To the author of a post that a moderator rejected: post, list, name, subject (or empty), report (it came to the
    /// team), policy (it is about that), member (they may post, and ask the team by a reply), reason (or empty), public_lists
    /// (a list of texts), security.
    PostRejected,
    /// To the author of a post that nobody decided about: post, list, name, subject (or empty), days, attached (it is), member
    /// (they may post), security.
    PostReturned,
    /// To a member, around a post that leaves encrypted: author, list, subject, sealed (it came encrypted).
    PostCopy,
    /// To the team, when nobody of it is a moderator: post, list, operator (or empty).
    PostUnmoderated,
    /// To somebody whose report is held: name (or empty), security.
    ReportHeld,
    /// To a moderator, when nobody decided: post, since, days, told (its author is).
    PostExpired,
}

impl LetterName {
    pub const ALL: &[LetterName] = &[
        LetterName::Acknowledgement,
        LetterName::Added,
        LetterName::Received,
        LetterName::Relay,
        LetterName::AnswerToReporter,
        LetterName::Sent,
        LetterName::NotSentToReporter,
        LetterName::NoReporter,
        LetterName::QuotedInClear,
        LetterName::Done,
        LetterName::Misread,
        LetterName::NotDone,
        LetterName::CommandRefused,
        LetterName::AdvisoryForMembers,
        LetterName::AdvisoryReleased,
        LetterName::AdvisoryLeft,
        LetterName::AdvisoryAlarm,
        LetterName::AdvisoryProgress,
        LetterName::AdvisoryHeld,
        LetterName::AdvisoryForNewMember,
        LetterName::AdvisoryUnseen,
        LetterName::AdvisoryWithoutNumber,
        LetterName::Export,
        LetterName::Refiled,
        LetterName::OwnCase,
        LetterName::AdvisoryDraft,
        LetterName::AdvisoryApproved,
        LetterName::EmbargoChanged,
        LetterName::EmbargoEnded,
        LetterName::EmbargoQuestion,
        LetterName::AnswerNotCounted,
        LetterName::Declined,
        LetterName::NotNeeded,
        LetterName::EmbargoAnswer,
        LetterName::PeopleChanged,
        LetterName::CaseSoFar,
        LetterName::CaseMail,
        LetterName::ClockJumped,
        LetterName::CaseInvalid,
        LetterName::CaseDuplicate,
        LetterName::CasePassed,
        LetterName::CaseReopened,
        LetterName::CveTold,
        LetterName::CveRequest,
        LetterName::ListSeen,
        LetterName::Blocked,
        LetterName::Undeliverable,
        LetterName::Bounced,
        LetterName::MemberQuestion,
        LetterName::QuestionReceived,
        LetterName::MemberAnswer,
        LetterName::QuestionAnswered,
        LetterName::QuestionNotDone,
        LetterName::QuestionUnproven,
        LetterName::NoPosts,
        LetterName::ListMail,
        LetterName::AddressOver,
        LetterName::OutlivedMail,
        LetterName::CertificateNeeded,
        LetterName::Uncertified,
        LetterName::SetAside,
        LetterName::Digest,
        LetterName::HeldAsSpam,
        LetterName::Burst,
        LetterName::HookFailed,
        LetterName::CaseReminder,
        LetterName::ContactTold,
        LetterName::Weekly,
        LetterName::Expiring,
        LetterName::CertificateEnds,
        LetterName::ProjectKeyEnds,
        LetterName::JoinAccept,
        LetterName::JoinAgree,
        LetterName::JoinWaits,
        LetterName::Welcome,
        LetterName::JoinTold,
        LetterName::AnswerUncounted,
        LetterName::CertificateAsked,
        LetterName::CertificateChanged,
        LetterName::CertificateGiven,
        LetterName::ApplicationAnswer,
        LetterName::ApplicationHowTo,
        LetterName::ApplicationUnread,
        LetterName::ReportAtList,
        LetterName::ListReport,
        LetterName::ApplicationNotice,
        LetterName::ApplicationRelay,
        LetterName::ApplicationReminder,
        LetterName::ApplicationSaid,
        LetterName::ApplicationNotDone,
        LetterName::ApplicationUnproven,
        LetterName::ApplicationLate,
        LetterName::Decision,
        LetterName::ConfirmAddress,
        LetterName::MemberWelcome,
        LetterName::MemberTold,
        LetterName::MemberChanged,
        LetterName::MemberStanding,
        LetterName::OrdersDone,
        LetterName::OrdersNotDone,
        LetterName::AddressQuestion,
        LetterName::AddressOutcome,
        LetterName::AddressTold,
        LetterName::MemberKeyAsked,
        LetterName::Drill,
        LetterName::DrillAnswered,
        LetterName::AddressUnconfirmed,
        LetterName::ApplicationWaits,
        LetterName::PostNotice,
        LetterName::PostHeld,
        LetterName::PostDecided,
        LetterName::PostNotDone,
        LetterName::PostUnproven,
        LetterName::PostRejected,
        LetterName::PostReturned,
        LetterName::PostCopy,
        LetterName::PostUnmoderated,
        LetterName::ReportHeld,
        LetterName::PostExpired,
    ];

    /// The name of its file, without `.txt`.
    pub fn as_str(self) -> &'static str {
        match self {
            LetterName::Acknowledgement => "acknowledgement",
            LetterName::Added => "added",
            LetterName::Received => "received",
            LetterName::Relay => "relay",
            LetterName::AnswerToReporter => "answer-to-reporter",
            LetterName::Sent => "sent",
            LetterName::NotSentToReporter => "not-sent-to-reporter",
            LetterName::NoReporter => "no-reporter",
            LetterName::QuotedInClear => "quoted-in-clear",
            LetterName::Done => "done",
            LetterName::Misread => "misread",
            LetterName::NotDone => "not-done",
            LetterName::CommandRefused => "command-refused",
            LetterName::AdvisoryForMembers => "advisory-for-members",
            LetterName::AdvisoryReleased => "advisory-released",
            LetterName::AdvisoryLeft => "advisory-left",
            LetterName::AdvisoryAlarm => "advisory-alarm",
            LetterName::AdvisoryProgress => "advisory-progress",
            LetterName::AdvisoryHeld => "advisory-held",
            LetterName::AdvisoryForNewMember => "advisory-for-new-member",
            LetterName::AdvisoryUnseen => "advisory-unseen",
            LetterName::AdvisoryWithoutNumber => "advisory-without-number",
            LetterName::Export => "export",
            LetterName::Refiled => "refiled",
            LetterName::OwnCase => "own-case",
            LetterName::AdvisoryDraft => "advisory-draft",
            LetterName::AdvisoryApproved => "advisory-approved",
            LetterName::EmbargoChanged => "embargo-changed",
            LetterName::EmbargoEnded => "embargo-ended",
            LetterName::EmbargoQuestion => "embargo-question",
            LetterName::AnswerNotCounted => "answer-not-counted",
            LetterName::Declined => "declined",
            LetterName::NotNeeded => "not-needed",
            LetterName::EmbargoAnswer => "embargo-answer",
            LetterName::PeopleChanged => "people-changed",
            LetterName::CaseSoFar => "case-so-far",
            LetterName::CaseMail => "case-mail",
            LetterName::ClockJumped => "clock-jumped",
            LetterName::CaseInvalid => "case-invalid",
            LetterName::CaseDuplicate => "case-duplicate",
            LetterName::CasePassed => "case-passed",
            LetterName::CaseReopened => "case-reopened",
            LetterName::CveTold => "cve-told",
            LetterName::CveRequest => "cve-request",
            LetterName::ListSeen => "list-seen",
            LetterName::Blocked => "blocked",
            LetterName::Undeliverable => "undeliverable",
            LetterName::Bounced => "bounced",
            LetterName::MemberQuestion => "member-question",
            LetterName::QuestionReceived => "question-received",
            LetterName::MemberAnswer => "member-answer",
            LetterName::QuestionAnswered => "question-answered",
            LetterName::QuestionNotDone => "question-not-done",
            LetterName::QuestionUnproven => "question-unproven",
            LetterName::NoPosts => "no-posts",
            LetterName::ListMail => "list-mail",
            LetterName::AddressOver => "address-over",
            LetterName::OutlivedMail => "outlived-mail",
            LetterName::CertificateNeeded => "certificate-needed",
            LetterName::Uncertified => "uncertified",
            LetterName::SetAside => "set-aside",
            LetterName::Digest => "digest",
            LetterName::HeldAsSpam => "held-as-spam",
            LetterName::Burst => "burst",
            LetterName::HookFailed => "hook-failed",
            LetterName::CaseReminder => "case-reminder",
            LetterName::ContactTold => "contact-told",
            LetterName::Weekly => "weekly",
            LetterName::Expiring => "expiring",
            LetterName::CertificateEnds => "certificate-ends",
            LetterName::ProjectKeyEnds => "project-key-ends",
            LetterName::JoinAccept => "join-accept",
            LetterName::JoinAgree => "join-agree",
            LetterName::JoinWaits => "join-waits",
            LetterName::Welcome => "welcome",
            LetterName::JoinTold => "join-told",
            LetterName::AnswerUncounted => "answer-uncounted",
            LetterName::CertificateAsked => "certificate-asked",
            LetterName::CertificateChanged => "certificate-changed",
            LetterName::CertificateGiven => "certificate-given",
            LetterName::ApplicationAnswer => "application-answer",
            LetterName::ApplicationHowTo => "application-how-to",
            LetterName::ApplicationUnread => "application-unread",
            LetterName::ReportAtList => "report-at-list",
            LetterName::ListReport => "list-report",
            LetterName::ApplicationNotice => "application-notice",
            LetterName::ApplicationRelay => "application-relay",
            LetterName::ApplicationReminder => "application-reminder",
            LetterName::ApplicationSaid => "application-said",
            LetterName::ApplicationNotDone => "application-not-done",
            LetterName::ApplicationUnproven => "application-unproven",
            LetterName::ApplicationLate => "application-late",
            LetterName::Decision => "decision",
            LetterName::ConfirmAddress => "confirm-address",
            LetterName::MemberWelcome => "member-welcome",
            LetterName::MemberTold => "member-told",
            LetterName::MemberChanged => "member-changed",
            LetterName::MemberStanding => "member-standing",
            LetterName::OrdersDone => "orders-done",
            LetterName::OrdersNotDone => "orders-not-done",
            LetterName::AddressQuestion => "address-question",
            LetterName::AddressOutcome => "address-outcome",
            LetterName::AddressTold => "address-told",
            LetterName::MemberKeyAsked => "member-key-asked",
            LetterName::Drill => "drill",
            LetterName::DrillAnswered => "drill-answered",
            LetterName::AddressUnconfirmed => "address-unconfirmed",
            LetterName::ApplicationWaits => "application-waits",
            LetterName::PostNotice => "post-notice",
            LetterName::PostHeld => "post-held",
            LetterName::PostDecided => "post-decided",
            LetterName::PostNotDone => "post-not-done",
            LetterName::PostUnproven => "post-unproven",
            LetterName::PostRejected => "post-rejected",
            LetterName::PostReturned => "post-returned",
            LetterName::PostCopy => "post-copy",
            LetterName::PostUnmoderated => "post-unmoderated",
            LetterName::ReportHeld => "report-held",
            LetterName::PostExpired => "post-expired",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|name| name.as_str() == text)
    }

    fn subject_template(self) -> String {
        format!("{self}/subject")
    }
}

impl std::fmt::Display for LetterName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When an advisory leaves that is approved now: the words for `leaves`.
pub mod leaves {
    /// There is no embargo: to the world, at once.
    pub const NOW: &str = "now";
    /// To the members at once.
    pub const MEMBERS: &str = "members";
    /// To the members at the date of the predisclosure.
    pub const DUE: &str = "due";
    /// To the members as soon as the dates are agreed.
    pub const UNAGREED: &str = "unagreed";
    /// There is no list of members: to the world, at the end of the embargo.
    pub const WORLD: &str = "world";
    /// The end of the embargo is past, and nothing left: to the world, at once.
    pub const LATE: &str = "late";
    pub const ALL: [&str; 6] = [NOW, MEMBERS, DUE, UNAGREED, WORLD, LATE];
}

/// What the writer of a relayed mail is to the case: the words for `standing`.
pub mod standing {
    pub const DISCOVERER: &str = "the discoverer";
    /// Of several.
    pub const A_DISCOVERER: &str = "a discoverer";
    pub const TEAM: &str = "a member of the team";
    /// Where nothing proves that they wrote it.
    pub const DISCOVERERS_ADDRESS: &str = "the address of the discoverer";
    pub const A_DISCOVERERS_ADDRESS: &str = "the address of a discoverer";
    pub const TEAMS_ADDRESS: &str = "the address of a member of the team";
    pub const PARTICIPANT: &str = "somebody who takes part in the case";
    pub const PARTICIPANTS_ADDRESS: &str = "the address of somebody who takes part in the case";
    pub const STRANGER: &str = "somebody new to this case";
    pub const OURS: &str = "our own address. This program did not send it";
}

/// What changes about who takes part in a case: the words for `what`.
pub mod people {
    pub const ASKED: &str = "asked";
    /// They agreed once for all to keep embargoes.
    pub const JOINED: &str = "joined";
    /// As the discoverer.
    pub const NAMED: &str = "named";
    pub const REMOVED: &str = "removed";
    /// They had been asked, and are not any more.
    pub const WITHDRAWN: &str = "withdrawn";
}

/// What somebody said who was asked to agree to an embargo: the words for `answer`.
pub mod answered {
    pub const AGREED: &str = "agreed";
    pub const DECLINED: &str = "declined";
    /// They were asked again.
    pub const UNCLEAR: &str = "unclear";
    pub const UNCLEAR_TO_THE_END: &str = "unclear, and not asked again";
    pub const UNPROVEN: &str = "unproven";
    pub const BY_MACHINE: &str = "automatic";
}

/// Whether a relayed mail is to be kept encrypted: the words for `sealed`.
pub mod sealed {
    pub const NOT: &str = "";
    /// It came encrypted.
    pub const CAME: &str = "came";
    /// It came in clear, and repeats what came encrypted.
    pub const REPEATS: &str = "repeats";
    /// The same, and its writer was told.
    pub const WARNED: &str = "warned";
}

/// How the dates of a case stand: the words for `dates`.
pub mod dates {
    pub const PROPOSED: &str = "proposed";
    pub const AGREED: &str = "agreed";
    /// They passed, and nothing came out.
    pub const OVER: &str = "over";
    /// There is no embargo.
    pub const PUBLIC: &str = "public";
}

/// Whether a mail that came encrypted could be opened: the words for `unread`.
pub mod unread {
    pub const NOTHING: &str = "";
    /// A part of it could not.
    pub const PART: &str = "part";
    /// Nothing of it could be opened.
    pub const ALL: &str = "all";
}

/// How a mail of an applicant counts: the words for `how`.
pub mod application {
    /// It is a new application.
    pub const FIRST: &str = "first";
    pub const FURTHER: &str = "further";
    /// The same as before.
    pub const AGAIN: &str = "again";
    /// The application was closed before.
    pub const REOPENED: &str = "reopened";
}

/// What a template is filled with, and whose text that is.
#[derive(Clone, Debug, Default)]
pub struct Values {
    values: BTreeMap<String, Value>,
    labels: Labels,
}

impl Values {
    pub fn new() -> Self {
        Self::default()
    }

    /// A value anybody may read.
    pub fn public(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// A value that belongs to somebody.
    pub fn labelled(mut self, name: &str, labels: &Labels, value: impl Into<Value>) -> Self {
        self.labels.join(labels);
        self.public(name, value)
    }

    /// Whether a text is empty, or not there.
    pub fn is_empty(&self, name: &str) -> bool {
        self.values.get(name).is_none_or(|value| value.as_str().is_none_or(str::is_empty))
    }

    /// Of all values, whether the template shows them or not.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }
}

/// One item of `public` in a relay: a list the mail went to or came through, the header that shows it, and whether
/// the profile names it as a public list.
pub fn seen_list(list: &str, header: &str, configured: bool) -> Value {
    Value::from_pairs([
        ("list", Value::from(list)),
        ("header", Value::from(header)),
        ("configured", Value::from(configured)),
    ])
}

/// One item of `offered` in a relay: the fingerprint of a certificate that the mail brings, how (`attached`), and if it
/// is registered, for whom, and whether this copy is another one.
pub fn offer(fingerprint: &str, how: &str, holder: &str, differs: bool) -> Value {
    Value::from_pairs([
        ("fingerprint", Value::from(grouped(fingerprint))),
        ("key", Value::from(fingerprint)),
        ("how", Value::from(how)),
        ("holder", Value::from(holder)),
        ("differs", Value::from(differs)),
    ])
}

/// One item of `done`: a command as it was typed, what was done, and what it shows (`verbatim`), or nothing.
pub fn carried_out(typed: &str, words: &str, shows: &str) -> Value {
    Value::from_pairs([("typed", Value::from(typed)), ("words", Value::from(words)), ("shows", Value::from(shows))])
}

/// One item of `mails` in the case so far: who wrote a mail, what they are to the case, when it came, its subject, or
/// nothing, and its text (`verbatim`).
pub fn passed(author: &str, standing: &str, at: &str, subject: &str, text: &str) -> Value {
    Value::from_pairs([
        ("author", Value::from(author)),
        ("standing", Value::from(standing)),
        ("at", Value::from(at)),
        ("subject", Value::from(subject)),
        ("text", Value::from(text)),
    ])
}

/// One item of `readers` in the letter of certificates that are missing: for whom something waits, in which cases (their
/// numbers, or nothing), and why.
pub fn waiting(address: &str, cases: &str, reason: &str) -> Value {
    Value::from_pairs([
        ("address", Value::from(address)),
        ("cases", Value::from(cases)),
        ("reason", Value::from(reason)),
    ])
}

/// One item of an application: ✓, ? or ✗, its identifier and name, what to send, the applicant's words (or nothing), where
/// they stand (or nothing), and why it is unclear or missing (or nothing).
pub struct Shown<'a> {
    pub mark: &'a str,
    pub id: &'a str,
    pub name: &'a str,
    pub ask: &'a str,
    pub quote: &'a str,
    pub place: &'a str,
    pub why: &'a str,
}

/// One item of `items` or `wanted` in letters about an application.
pub fn item(shown: &Shown<'_>) -> Value {
    let pairs = [
        ("mark", shown.mark),
        ("id", shown.id),
        ("name", shown.name),
        ("ask", shown.ask),
        ("quote", shown.quote),
        ("place", shown.place),
        ("why", shown.why),
    ];
    Value::from_pairs(pairs.map(|(name, text)| (name, Value::from(text))))
}

/// One item of `items` in a reminder. `kind`: before, due, team, again, late (of a step: its due date comes, is there, is past for
/// its owner, for long, for whoever hears of it first), date (one of the two dates of the case comes or is there: `why` are
/// the steps that are missing), unanswered, silent (the discoverer is), asked, unreceipted (somebody is), insists (the discoverer
/// does, on a day), acted (the desk did a step), manual (it cannot, with `why`), closed (the case is). `how`: the commands
/// that complete the step, or nothing. What a kind does not need is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Due<'a> {
    pub kind: &'a str,
    pub id: &'a str,
    pub title: &'a str,
    pub policy: &'a str,
    pub owner: &'a str,
    pub how: &'a str,
    pub at: &'a str,
    pub person: &'a str,
    pub address: &'a str,
    pub role: &'a str,
    pub why: &'a str,
    /// Not empty: it can be skipped.
    pub skip: &'a str,
    /// What we are to do at a date, and how near that is: the beginning of a sentence.
    pub act: &'a str,
    pub when: &'a str,
}

pub fn due(due: &Due<'_>) -> Value {
    let pairs = [
        ("kind", due.kind),
        ("id", due.id),
        ("title", due.title),
        ("policy", due.policy),
        ("owner", due.owner),
        ("how", due.how),
        ("at", due.at),
        ("person", due.person),
        ("address", due.address),
        ("role", due.role),
        ("why", due.why),
        ("skip", due.skip),
        ("act", due.act),
        ("when", due.when),
    ];
    Value::from_pairs(pairs.map(|(name, text)| (name, Value::from(text))))
}

/// One item of `cases` in the weekly list: its number and who holds it, its state, what is to do first (or nothing), when
/// that is due (or nothing), whether it is overdue, and when the case is to be published; of one that has no embargo any
/// more, since when.
pub fn open_case(
    number: &str,
    state: &str,
    step: &str,
    due: &str,
    overdue: bool,
    release: &str,
    public: &str,
) -> Value {
    Value::from_pairs([
        ("number", Value::from(number)),
        ("state", Value::from(state)),
        ("step", Value::from(step)),
        ("due", Value::from(due)),
        ("overdue", Value::from(overdue)),
        ("release", Value::from(release)),
        ("public", Value::from(public)),
    ])
}

/// A list of texts, such as `notes`.
pub fn texts<T: Into<Value>>(texts: impl IntoIterator<Item = T>) -> Value {
    texts.into_iter().map(Into::into).collect()
}

/// Subject and body of a letter, ready for `mail::letter::Letter`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: Text,
    pub body: Text,
}

/// All letters of one instance, checked.
#[derive(Debug)]
pub struct Letters {
    environment: Environment<'static>,
}

impl Letters {
    /// The letters of the binary, replaced by those of the same name in `letters_dir`. What an operator wrote is rendered
    /// with sample values, all variants of it; of letters of the binary, with the words of a profile of the binary, a test
    /// has done so.
    pub fn load(profile: &Profile, letters_dir: Option<&Path>) -> Result<Self, Problem> {
        let sources = files::sources(letters_dir)?;
        let mut letters = Self { environment: environment(profile) };
        for source in &sources {
            check::add(&mut letters.environment, source)?;
        }
        let tested = has_words_of_the_binary(profile);
        for source in sources.iter().filter(|source| !(source.built_in && tested)) {
            check::samples(&letters, source)?;
        }
        Ok(letters)
    }

    /// Fills a letter. Fails only when `values` lacks one that `LetterName` lists.
    pub fn render(&self, name: LetterName, values: &Values) -> anyhow::Result<Rendered> {
        let render = |template: &str| -> Result<String, minijinja::Error> {
            let pairs = values.values.iter().map(|(name, value)| (name.as_str(), value.clone()));
            self.environment.get_template(template)?.render(Value::from_pairs(pairs))
        };
        let subject =
            render(&name.subject_template()).with_context(|| format!("Writing the subject of the letter “{name}”"))?;
        let body = render(name.as_str()).with_context(|| format!("Writing the letter “{name}”"))?;
        let subject = typeset::one_line(&subject, typeset::SUBJECT_CHARACTERS_MAX);
        if subject.is_empty() {
            bail!("The letter “{name}” came out without a subject");
        }
        Ok(Rendered {
            subject: Text::new(values.labels.clone(), subject),
            body: Text::new(values.labels.clone(), typeset::body(&body)),
        })
    }
}

fn environment(profile: &Profile) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(print);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    // `print` keeps what is marked safe as it is: only `verbatim`, `marked`, `wrapped` and `sentences` may.
    for filter in ["safe", "escape", "e"] {
        environment.remove_filter(filter);
    }
    environment.add_filter("verbatim", |text: &str| Value::from_safe_string(typeset::kept(text)));
    environment
        .add_filter("wrapped", |text: &str, indent: usize| Value::from_safe_string(typeset::wrapped(text, indent)));
    environment
        .add_filter("sentences", |text: &str, indent: usize| Value::from_safe_string(typeset::sentences(text, indent)));
    environment.add_filter("marked", |text: &str| Value::from_safe_string(typeset::kept(&typeset::marked(text))));
    environment.add_filter("as_name", |text: &str| typeset::as_name(text));
    for (name, text) in words(profile) {
        environment.add_global(name, text);
    }
    environment
}

/// What all letters have of a profile, by its name in them.
fn words(profile: &Profile) -> [(&'static str, String); 10] {
    let project = &profile.project;
    [
        ("project", project.name.clone()),
        ("short", project.short.clone()),
        ("team", project.team.clone()),
        ("software", project.software.clone()),
        ("policy_url", project.policy_url.clone()),
        ("handling", project.handling.clone()),
        // Whether anybody is told before the publication: empty where nobody is.
        ("tells_list", if profile.schedule.predisclosure.is_some() { "yes" } else { "" }.to_owned()),
        ("handling_others", project.handling_others.clone()),
        ("predisclosure_delay", profile.schedule.predisclosure.as_ref().map(delay).unwrap_or_default()),
        ("release_delay", delay(&profile.schedule.release)),
    ]
}

/// Whether letters read as with a profile of the binary: its rules may be others.
fn has_words_of_the_binary(profile: &Profile) -> bool {
    let same = |name| Profile::built_in(name, "example.org").is_ok_and(|one| words(&one) == words(profile));
    Profile::built_in_names().any(same)
}

/// How long it is, in words.
fn delay(delay: &Delay) -> String {
    match delay.length {
        Length::WorkingDays(days) => typeset::working_time(days),
        Length::Days(1) => "one day".to_owned(),
        Length::Days(days) => format!("{days} days"),
    }
}

/// How every value is printed: on one line, unless it is a text marked `verbatim`; nothing for none.
fn print(out: &mut Output, _: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    let printed = match value.as_str() {
        Some(text) if value.is_safe() => out.write_str(text),
        Some(text) => out.write_str(&typeset::value(text)),
        None if value.is_none() => Ok(()),
        None => out.write_str(&typeset::value(&value.to_string())),
    };
    printed.map_err(minijinja::Error::from)
}

#[cfg(test)]
mod replies;
#[cfg(test)]
mod tests;
