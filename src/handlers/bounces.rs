//! What mail servers say of our deliveries, at the key of each: the team hears of it in words. Nobody is removed by it.

use anyhow::{Result, ensure};

use super::{Mail, aside, say};
use crate::desk::Desk;
use crate::mail::delivery_status::{self, Fate};
use crate::mail::letter::Kind;
use crate::store::bounces::{Bounce, Delivered, Late};

/// A mail came to the return path of a delivery. Only there a report counts: everywhere else it is kept, and ignored.
/// Gives the reason for `inbox list`.
pub fn came(desk: &mut Desk<'_>, mail: &Mail<'_>, delivery: i64) -> Result<String> {
    let object = format!("delivery {delivery}");
    let all = delivery_status::said(mail.readable, mail.incoming.machine.as_ref());
    let Some(worst) = delivery_status::worst(&all) else {
        return match mail.incoming.machine {
            Some(_) => {
                let detail = format!("mail {}: no report about it", mail.id);
                desk.record("desk", "none", "keep", &object, &detail)?;
                Ok(format!("no report about delivery {delivery}"))
            }
            // People answer to other addresses: whoever wrote this, the operator's digest counts it.
            None => {
                const WHY: &str = "mail to a return path, and no report";
                aside::set_aside(desk, mail, WHY)?;
                Ok(WHY.to_owned())
            }
        };
    };
    let diagnostic = say::without_reply_addresses(desk, &worst.diagnostic);
    let said = Bounce { fate: worst.fate, status: worst.status.clone(), diagnostic };
    let known = desk.rows.bounces().was_told(delivery, Fate::Failed)?;
    let row = desk.rows.bounces().add(delivery, mail.id, &said, desk.now)?;
    let detail = format!("mail {}: {} {}", mail.id, said.fate.as_str(), said.status);
    desk.record("desk", "none", "bounce", &object, detail.trim_end())?;
    let delivered = desk.rows.bounces().delivered(delivery)?;
    // Alerts about alerts would never end: those are only recorded.
    if said.fate == Fate::Failed && !known && delivered.kind != Kind::Alert {
        tell(desk, &delivered, row, &said)?;
    }
    Ok(format!("about delivery {delivery}: {}", said.fate.as_str()))
}

/// A delivery is late, and was not heard of since.
pub fn tell_of_delay(desk: &mut Desk<'_>, late: &Late) -> Result<()> {
    let said = desk.rows.bounces().get(late.bounce)?;
    let delivered = desk.rows.bounces().delivered(late.delivery)?;
    tell(desk, &delivered, late.bounce, &said)
}

/// Every member of the team but whoever it was for: what does not reach them will not reach them by a letter that says so.
fn tell(desk: &mut Desk<'_>, delivered: &Delivered, row: i64, said: &Bounce) -> Result<()> {
    let told = desk.rows.bounces().told(row, desk.now)?;
    ensure!(told, "people were told of bounce {row} already");
    for member in desk.rows.people().team()? {
        if member.person.address != delivered.recipient {
            let letter = say::bounces::bounced(desk, delivered, said, &member.person)?;
            desk.send(&letter, delivered.case)?;
        }
    }
    Ok(())
}
