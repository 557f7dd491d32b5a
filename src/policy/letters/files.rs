//! Where the templates come from: the binary, and the operator's folder of replacements. The only place of `policy`
//! that reads a folder; it does not look into a template.

use std::path::Path;

use crate::policy::letters::LetterName;
use crate::policy::problem::Problem;
use crate::policy::read_file;
use crate::rules::nearest::nearest;

/// One template and how people know it.
#[derive(Clone, Debug)]
pub struct TemplateSource {
    pub name: LetterName,
    /// As errors show it.
    pub file: String,
    pub text: String,
    /// It is the project's own: tests look at all of it.
    pub built_in: bool,
}

/// One source for each letter.
pub fn sources(letters_dir: Option<&Path>) -> Result<Vec<TemplateSource>, Problem> {
    let mut sources: Vec<TemplateSource> = LetterName::ALL
        .iter()
        .copied()
        .map(|name| TemplateSource {
            name,
            file: format!("The built-in letter {name}.txt"),
            text: built_in(name).to_owned(),
            built_in: true,
        })
        .collect();
    for replacement in letters_dir.map_or(Ok(Vec::new()), replacements)? {
        sources.retain(|source| source.name != replacement.name);
        sources.push(replacement);
    }
    sources.sort_by_key(|source| source.name);
    Ok(sources)
}

/// The letters in the binary. Xen's so far: other profiles start from them.
fn built_in(name: LetterName) -> &'static str {
    match name {
        LetterName::Acknowledgement => include_str!("../../../config/letters/xen/acknowledgement.txt"),
        LetterName::Added => include_str!("../../../config/letters/xen/added.txt"),
        LetterName::Received => include_str!("../../../config/letters/xen/received.txt"),
        LetterName::Relay => include_str!("../../../config/letters/xen/relay.txt"),
        LetterName::AnswerToReporter => include_str!("../../../config/letters/xen/answer-to-reporter.txt"),
        LetterName::Sent => include_str!("../../../config/letters/xen/sent.txt"),
        LetterName::NotSentToReporter => include_str!("../../../config/letters/xen/not-sent-to-reporter.txt"),
        LetterName::NoReporter => include_str!("../../../config/letters/xen/no-reporter.txt"),
        LetterName::QuotedInClear => include_str!("../../../config/letters/xen/quoted-in-clear.txt"),
        LetterName::Done => include_str!("../../../config/letters/xen/done.txt"),
        LetterName::Misread => include_str!("../../../config/letters/xen/misread.txt"),
        LetterName::NotDone => include_str!("../../../config/letters/xen/not-done.txt"),
        LetterName::CommandRefused => include_str!("../../../config/letters/xen/command-refused.txt"),
        LetterName::AdvisoryForMembers => include_str!("../../../config/letters/xen/advisory-for-members.txt"),
        LetterName::AdvisoryReleased => include_str!("../../../config/letters/xen/advisory-released.txt"),
        LetterName::AdvisoryLeft => include_str!("../../../config/letters/xen/advisory-left.txt"),
        LetterName::AdvisoryAlarm => include_str!("../../../config/letters/xen/advisory-alarm.txt"),
        LetterName::AdvisoryProgress => {
            include_str!("../../../config/letters/xen/advisory-progress.txt")
        }
        LetterName::AdvisoryHeld => include_str!("../../../config/letters/xen/advisory-held.txt"),
        LetterName::AdvisoryForNewMember => {
            include_str!("../../../config/letters/xen/advisory-for-new-member.txt")
        }
        LetterName::AdvisoryUnseen => include_str!("../../../config/letters/xen/advisory-unseen.txt"),
        LetterName::AdvisoryWithoutNumber => {
            include_str!("../../../config/letters/xen/advisory-without-number.txt")
        }
        LetterName::Export => include_str!("../../../config/letters/xen/export.txt"),
        LetterName::Refiled => include_str!("../../../config/letters/xen/refiled.txt"),
        LetterName::OwnCase => include_str!("../../../config/letters/xen/own-case.txt"),
        LetterName::AdvisoryDraft => include_str!("../../../config/letters/xen/advisory-draft.txt"),
        LetterName::AdvisoryApproved => include_str!("../../../config/letters/xen/advisory-approved.txt"),
        LetterName::EmbargoChanged => include_str!("../../../config/letters/xen/embargo-changed.txt"),
        LetterName::EmbargoEnded => include_str!("../../../config/letters/xen/embargo-ended.txt"),
        LetterName::EmbargoQuestion => include_str!("../../../config/letters/xen/embargo-question.txt"),
        LetterName::AnswerNotCounted => include_str!("../../../config/letters/xen/answer-not-counted.txt"),
        LetterName::Declined => include_str!("../../../config/letters/xen/declined.txt"),
        LetterName::NotNeeded => include_str!("../../../config/letters/xen/not-needed.txt"),
        LetterName::EmbargoAnswer => include_str!("../../../config/letters/xen/embargo-answer.txt"),
        LetterName::PeopleChanged => include_str!("../../../config/letters/xen/people-changed.txt"),
        LetterName::CaseSoFar => include_str!("../../../config/letters/xen/case-so-far.txt"),
        LetterName::ClockJumped => include_str!("../../../config/letters/xen/clock-jumped.txt"),
        LetterName::CaseMail => include_str!("../../../config/letters/xen/case-mail.txt"),
        LetterName::CaseInvalid => include_str!("../../../config/letters/xen/case-invalid.txt"),
        LetterName::CaseDuplicate => include_str!("../../../config/letters/xen/case-duplicate.txt"),
        LetterName::CasePassed => include_str!("../../../config/letters/xen/case-passed.txt"),
        LetterName::CaseReopened => include_str!("../../../config/letters/xen/case-reopened.txt"),
        LetterName::CveTold => include_str!("../../../config/letters/xen/cve-told.txt"),
        LetterName::CveRequest => include_str!("../../../config/letters/xen/cve-request.txt"),
        LetterName::ListSeen => include_str!("../../../config/letters/xen/list-seen.txt"),
        LetterName::Blocked => include_str!("../../../config/letters/xen/blocked.txt"),
        LetterName::Undeliverable => include_str!("../../../config/letters/xen/undeliverable.txt"),
        LetterName::Bounced => include_str!("../../../config/letters/xen/bounced.txt"),
        LetterName::MemberQuestion => include_str!("../../../config/letters/xen/member-question.txt"),
        LetterName::QuestionReceived => include_str!("../../../config/letters/xen/question-received.txt"),
        LetterName::MemberAnswer => include_str!("../../../config/letters/xen/member-answer.txt"),
        LetterName::QuestionAnswered => include_str!("../../../config/letters/xen/question-answered.txt"),
        LetterName::QuestionNotDone => include_str!("../../../config/letters/xen/question-not-done.txt"),
        LetterName::QuestionUnproven => include_str!("../../../config/letters/xen/question-unproven.txt"),
        LetterName::NoPosts => include_str!("../../../config/letters/xen/no-posts.txt"),
        LetterName::ListMail => include_str!("../../../config/letters/xen/list-mail.txt"),
        LetterName::AddressOver => include_str!("../../../config/letters/xen/address-over.txt"),
        LetterName::OutlivedMail => include_str!("../../../config/letters/xen/outlived-mail.txt"),
        LetterName::CertificateNeeded => include_str!("../../../config/letters/xen/certificate-needed.txt"),
        LetterName::Uncertified => include_str!("../../../config/letters/xen/uncertified.txt"),
        LetterName::SetAside => include_str!("../../../config/letters/xen/set-aside.txt"),
        LetterName::Digest => include_str!("../../../config/letters/xen/digest.txt"),
        LetterName::HeldAsSpam => include_str!("../../../config/letters/xen/held-as-spam.txt"),
        LetterName::Burst => include_str!("../../../config/letters/xen/burst.txt"),
        LetterName::HookFailed => include_str!("../../../config/letters/xen/hook-failed.txt"),
        LetterName::CaseReminder => include_str!("../../../config/letters/xen/case-reminder.txt"),
        LetterName::ContactTold => include_str!("../../../config/letters/xen/contact-told.txt"),
        LetterName::Weekly => include_str!("../../../config/letters/xen/weekly.txt"),
        LetterName::Expiring => include_str!("../../../config/letters/xen/expiring.txt"),
        LetterName::CertificateEnds => include_str!("../../../config/letters/xen/certificate-ends.txt"),
        LetterName::ProjectKeyEnds => include_str!("../../../config/letters/xen/project-key-ends.txt"),
        LetterName::JoinAccept => include_str!("../../../config/letters/xen/join-accept.txt"),
        LetterName::JoinAgree => include_str!("../../../config/letters/xen/join-agree.txt"),
        LetterName::JoinWaits => include_str!("../../../config/letters/xen/join-waits.txt"),
        LetterName::Welcome => include_str!("../../../config/letters/xen/welcome.txt"),
        LetterName::JoinTold => include_str!("../../../config/letters/xen/join-told.txt"),
        LetterName::AnswerUncounted => include_str!("../../../config/letters/xen/answer-uncounted.txt"),
        LetterName::CertificateAsked => include_str!("../../../config/letters/xen/certificate-asked.txt"),
        LetterName::CertificateChanged => include_str!("../../../config/letters/xen/certificate-changed.txt"),
        LetterName::CertificateGiven => include_str!("../../../config/letters/xen/certificate-given.txt"),
        LetterName::ApplicationAnswer => include_str!("../../../config/letters/xen/application-answer.txt"),
        LetterName::ApplicationHowTo => include_str!("../../../config/letters/xen/application-how-to.txt"),
        LetterName::ApplicationUnread => include_str!("../../../config/letters/xen/application-unread.txt"),
        LetterName::ReportAtList => include_str!("../../../config/letters/xen/report-at-list.txt"),
        LetterName::ListReport => include_str!("../../../config/letters/xen/list-report.txt"),
        LetterName::ApplicationNotice => include_str!("../../../config/letters/xen/application-notice.txt"),
        LetterName::ApplicationRelay => include_str!("../../../config/letters/xen/application-relay.txt"),
        LetterName::ApplicationReminder => include_str!("../../../config/letters/xen/application-reminder.txt"),
        LetterName::ApplicationSaid => include_str!("../../../config/letters/xen/application-said.txt"),
        LetterName::ApplicationNotDone => include_str!("../../../config/letters/xen/application-not-done.txt"),
        LetterName::ApplicationUnproven => include_str!("../../../config/letters/xen/application-unproven.txt"),
        LetterName::ApplicationLate => include_str!("../../../config/letters/xen/application-late.txt"),
        LetterName::Decision => include_str!("../../../config/letters/xen/decision.txt"),
        LetterName::ConfirmAddress => include_str!("../../../config/letters/xen/confirm-address.txt"),
        LetterName::MemberWelcome => include_str!("../../../config/letters/xen/member-welcome.txt"),
        LetterName::MemberTold => include_str!("../../../config/letters/xen/member-told.txt"),
        LetterName::MemberChanged => include_str!("../../../config/letters/xen/member-changed.txt"),
        LetterName::MemberStanding => include_str!("../../../config/letters/xen/member-standing.txt"),
        LetterName::OrdersDone => include_str!("../../../config/letters/xen/orders-done.txt"),
        LetterName::OrdersNotDone => include_str!("../../../config/letters/xen/orders-not-done.txt"),
        LetterName::AddressQuestion => include_str!("../../../config/letters/xen/address-question.txt"),
        LetterName::AddressOutcome => include_str!("../../../config/letters/xen/address-outcome.txt"),
        LetterName::AddressTold => include_str!("../../../config/letters/xen/address-told.txt"),
        LetterName::MemberKeyAsked => include_str!("../../../config/letters/xen/member-key-asked.txt"),
        LetterName::Drill => include_str!("../../../config/letters/xen/drill.txt"),
        LetterName::DrillAnswered => include_str!("../../../config/letters/xen/drill-answered.txt"),
        LetterName::AddressUnconfirmed => include_str!("../../../config/letters/xen/address-unconfirmed.txt"),
        LetterName::ApplicationWaits => include_str!("../../../config/letters/xen/application-waits.txt"),
        LetterName::PostNotice => include_str!("../../../config/letters/xen/post-notice.txt"),
        LetterName::PostHeld => include_str!("../../../config/letters/xen/post-held.txt"),
        LetterName::PostDecided => include_str!("../../../config/letters/xen/post-decided.txt"),
        LetterName::PostNotDone => include_str!("../../../config/letters/xen/post-not-done.txt"),
        LetterName::PostUnproven => include_str!("../../../config/letters/xen/post-unproven.txt"),
        LetterName::PostRejected => include_str!("../../../config/letters/xen/post-rejected.txt"),
        LetterName::PostReturned => include_str!("../../../config/letters/xen/post-returned.txt"),
        LetterName::PostCopy => include_str!("../../../config/letters/xen/post-copy.txt"),
        LetterName::PostUnmoderated => include_str!("../../../config/letters/xen/post-unmoderated.txt"),
        LetterName::ReportHeld => include_str!("../../../config/letters/xen/report-held.txt"),
        LetterName::PostExpired => include_str!("../../../config/letters/xen/post-expired.txt"),
    }
}

fn replacements(folder: &Path) -> Result<Vec<TemplateSource>, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(
            format!("The folder of letters {} cannot be read: {error}", folder.display()),
            "Create it, or correct or remove letters_dir in the settings.",
        )
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        // What editors leave behind.
        if !file.starts_with('.') && !file.ends_with('~') {
            files.push(file);
        }
    }
    files.sort();
    files.iter().map(|file| replacement(folder, file)).collect()
}

fn replacement(folder: &Path, file: &str) -> Result<TemplateSource, Problem> {
    let path = folder.join(file);
    let Some(name) = file.strip_suffix(".txt").and_then(LetterName::parse) else {
        let known: Vec<String> = LetterName::ALL.iter().map(|name| format!("{name}.txt")).collect();
        let meant = nearest(file, known.iter().map(String::as_str));
        return Err(Problem::new(
            format!(
                "{}: there is no letter of this name{}",
                path.display(),
                meant.map_or(String::new(), |near| format!("; did you mean “{near}”?"))
            ),
            format!("Rename or remove it; the letters are: {}.", known.join(", ")),
        ));
    };
    Ok(TemplateSource { name, file: path.display().to_string(), text: read_file(&path)?, built_in: false })
}
