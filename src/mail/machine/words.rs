//! The words by which programs give themselves away. Lists only: what follows from them is decided in
//! `mail::machine`. All in lower case but the header names.

/// Local parts no person writes from. `mdaemon`: Alt-N; the last: SMTP gateways of 2006.
pub(super) const DAEMONS: &[&str] =
    &["mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "mdaemon", "mail.delivery.system"];

/// Local parts that programs and the people who care for them share.
pub(super) const CARETAKERS: &[&str] =
    &["postmaster", "system administrator", "administrator", "mailadm", "mailmaster", "bounce", "bounces"];

/// How delivery reports begin (Postfix, sendmail, Exim, qmail, Exchange, Notes, IMail, Courier, gateways).
pub(super) const BOUNCE_SUBJECTS: &[&str] = &[
    "undelivered mail",
    "undelivered message",
    "undeliverable:",
    "undeliverable mail",
    "undeliverable message",
    "mail delivery fail",
    "mail delivery problem",
    "mail delivery warning",
    "mail delivery error",
    "mail delivery delayed",
    "delivery status notification",
    "delivery notification:",
    "delivery failure",
    "delivery failed",
    "delivery report",
    "delivery delayed",
    "delayed mail",
    "permanent delivery failure",
    "returned mail",
    "returned to sender",
    "failure notice",
    "failure delivery",
    "failed mail",
    "mail failed",
    "mail error",
    "mail system error",
    "mail could not be delivered",
    "mail not delivered",
    "message could not be delivered",
    "your message could not be delivered",
    "non-delivery",
    "nondelivery",
    "message delayed",
    "warning: message",
    "warning: could not send message",
    "unzustellbar",
    "nicht zustellbar",
    "échec de la remise",
    "non remis",
    "no se puede entregar",
    "não foi possível entregar",
    "impossibile recapitare",
    "onbestelbaar",
];

/// What gateways add to the subject of the mail they could not deliver (seen in France, 2006).
pub(super) const BOUNCE_REMARKS: &[&str] = &["(delivery failed)", ": non remis"];

/// Sentences and fields of delivery reports (RFC 3464 section 2.2 and 2.3; RFC 3463 codes), in lower case.
pub(super) const BOUNCE_SENTENCES: &[&str] = &[
    "reporting-mta:",
    "final-recipient:",
    "diagnostic-code:",
    "message/delivery-status",
    "could not be delivered",
    "couldn't be delivered",
    "could not deliver",
    "couldn't deliver",
    "unable to deliver",
    "not delivered to",
    "has not yet been delivered",
    "did not reach the following recipient",
    "delivery to the following",
    "delivery has failed",
    "following address",
    "failed recipient",
    "user unknown",
    "unknown user",
    "no such user",
    "mailbox unavailable",
    "non-delivery report",
    "original message follows",
    "unknown host",
    "nicht zugestellt",
];

/// How absence notes begin. Exchange and Outlook translate "Automatic reply"; the rest is what people configure.
/// No bare words: "absence of bounds checks" is the subject of a tracker's report.
pub(super) const AWAY_SUBJECTS: &[&str] = &[
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "out of office",
    "out of the office",
    "out-of-office",
    "vacation:",
    "vacation reply",
    "vacation message",
    "on vacation:",
    "away from my mail",
    "i am out of",
    "abwesenheit",
    "abwesend:",
    "automatische antwort",
    "urlaub:",
    "réponse automatique",
    "absence:",
    "absence du bureau",
    "absent du bureau",
    "message d'absence",
    "respuesta automática",
    "ausente:",
    "ausente de la oficina",
    "fuera de la oficina",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "resposta automática",
    "ausência:",
    "automatisch antwoord",
    "afwezig:",
    "afwezigheid",
    "autosvar",
    "automatiskt svar",
    "automatisk svar",
    "frånvaro",
    "automaattinen vastaus",
    "odpowiedź automatyczna",
    "autoodpowiedź",
    "automatická odpověď",
    "автоматический ответ",
    "автоответ",
    "自动答复",
    "自動回覆",
    "自動返信",
    "자동 회신",
];

/// Headers of programs that answer mail, with anything but "no" in them. The last lines are challenges
/// ("confirm that you are human"): answered, they would confirm for a stranger.
pub(super) const AUTO_REPLY_HEADERS: &[&str] = &[
    "X-Autoreply",
    "X-Auto-Reply",
    "X-Autoreply-From",
    "X-Auto-Reply-From",
    "X-Mail-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Respond",
    "X-Auto-Response",
    "X-Vacation",
    "X-Boxtrapper",
    "X-ChoiceMail-Registration-Request",
    "X-TMDA-Confirm",
    "X-AskVersion",
    "X-SpamArrest-Verify",
];

/// RFC 2919, RFC 2369, and what list servers wrote before.
pub(super) const LIST_HEADERS: &[&str] =
    &["List-Id", "List-Post", "X-BeenThere", "X-Mailing-List", "Mailing-List", "X-Mailman-Version"];

/// How the headers of trackers and build machines begin; most of them set no Auto-Submitted.
pub(super) const TRACKER_HEADERS: &[&str] = &[
    "X-Bugzilla-",
    "X-Jira-",
    "X-GitHub-",
    "X-GitLab-",
    "X-Redmine-",
    "X-Launchpad-",
    "X-Debian-PR-",
    "X-Trac-",
    "X-Roundup-",
    "X-Gerrit-",
    "X-Phabricator-",
    "X-Jenkins-",
    "X-Cron-Env",
    "X-RT-",
    "RT-Ticket",
    "X-OTRS-",
    "X-Mantis",
];
