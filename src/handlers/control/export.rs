//! The command that sends a member of the team all mails of a case in one file, in cipher or not at all.

use super::{Did, Order, did, refuse};
use crate::handlers::say;
use crate::rules::clearance::Barred;
use crate::rules::label::{CaseId, Label, Labels};

impl Order<'_, '_, '_> {
    pub(super) fn export(&mut self) -> Did {
        let thread = self.desk.rows.cases().thread(self.case)?;
        let limit = self.desk.house.limits.message_mebibytes;
        let bytes = thread.iter().map(|mail| mail.bytes).sum();
        if on_its_way(bytes) > i64::from(limit) << 20 {
            return refuse(
                format!("the mails of the case are together too large for one letter; ours may have {limit} MiB."),
                format!("ask the operator for the file: “embargod case export {} --mbox”.", self.case),
            );
        }
        let asker = &self.by.person;
        match self.desk.may_read(&asker.address, &labels(self.case))? {
            Ok(()) => {}
            Err(barred) if barred.wants_certificate() => return self.without_certificate(barred),
            Err(barred) => return refuse(format!("you may not read it: {barred}."), "ask another member of the team."),
        }
        let letter = say::export::export(self.desk, self.case, self.mail.incoming, asker, &thread, labels(self.case))?;
        let message_id = self.desk.send(&letter, Some(self.case))?;
        for mail in &thread {
            self.desk.rows.outbox().quotes(&message_id, mail.inbox)?;
        }
        let count = thread.len();
        self.record("export case", &format!("{count} mails, to {}", self.by.person.address))?;
        let mails = if count == 1 { "The one mail".to_owned() } else { format!("All {count} mails") };
        let (case, address) = (self.case, &self.by.person.address);
        did(format!("{mails} of case {case} went to {address} in a letter of its own, encrypted."))
    }

    fn without_certificate(&self, why: Barred) -> Did {
        let operator = match &self.desk.house.operator {
            Some(address) => format!("the operator ({address})"),
            None => "the operator".to_owned(),
        };
        refuse(
            format!("it leaves encrypted only, and there is no certificate of yours that can be used ({why})."),
            format!(
                "send {operator} your OpenPGP certificate, who registers it with “embargod key import”; or two members of \
                 the team say that it is yours, with “!key”. Then ask again."
            ),
        )
    }
}

/// Whatever came in clear, the whole of it leaves in cipher, and to the team only.
fn labels(case: CaseId) -> Labels {
    let mut labels = Labels::of(Label::Case { case, sealed: true });
    labels.join(&Labels::of(Label::Team));
    labels
}

/// How large a file is as an attachment of an encrypted letter: twice in base64 (RFC 2045 section 6.8).
fn on_its_way(bytes: i64) -> i64 {
    bytes.saturating_mul(16) / 9
}
