//! The command that says whose report it is that somebody of the team passes on (PROCESS X2). Whoever found the problem is
//! the discoverer of the case from then on, and hears nothing before the team says so.

use super::{Did, Order, did, refuse};
use crate::mail::address::Mailbox;
use crate::mail::forwarded;
use crate::policy::letters::typeset::one_line;

/// As of other reports.
const TITLE_CHARACTERS_MAX: usize = 200;

impl Order<'_, '_, '_> {
    pub(super) fn report_for(&mut self, whose: &Mailbox) -> Did {
        if let Some(refused) = self.unfit(&whose.address)? {
            return Ok(Err(refused));
        }
        if let Some(refused) = self.has_discoverers()? {
            return Ok(Err(refused));
        }
        let filed = self.desk.rows.cases().filed(self.mail.id)?;
        let opened_it = filed.is_some_and(|filed| filed.case == self.case && filed.opened_it);
        let reporter = self.known(whose)?;
        let since = if opened_it { self.mail.received_at } else { self.current()?.received_at };
        if !self.desk.rows.participants().name_reporter(self.case, reporter.id, since, true)? {
            return refuse(
                format!("{} is in this case already.", reporter.address),
                "if they found the problem, remove them first, in the line above.",
            );
        }
        self.record("bring report", &format!("of {}, who was not written to", reporter.address))?;
        let mut title = String::new();
        if opened_it && let Some(subject) = forwarded::subject(self.mail.readable) {
            let subject = one_line(&subject, TITLE_CHARACTERS_MAX);
            if !subject.is_empty() {
                self.desk.rows.cases().set_title(self.case, &subject, self.mail.incoming.sealed)?;
                title = format!(" It is called “{subject}”, as what you passed on.");
            }
        }
        did(format!(
            "{} is the discoverer of case {}.{title} Nobody has written to them. Next: “!tell reporter” tells them that their \
             report has arrived, and the dates; a text of yours behind it goes along.",
            reporter.mailbox(),
            self.case
        ))
    }
}
