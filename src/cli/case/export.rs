//! `embargod case export`: the thread of a case, for the mail program of whoever runs the instance. The record has who
//! asked for it.

use crate::cli::instance::{self, At};
use crate::cli::{Failure, print, process};
use crate::rules::label::CaseId;
use crate::store::audit::Act;

pub async fn run(at: &At, case: CaseId) -> Result<(), Failure> {
    let (settings, store) = at.open()?;
    if store.read(move |rows| rows.cases().listed(case)).await?.is_none() {
        return Err(super::no_such(case));
    }
    let now = instance::now(&settings, &store).await?;
    let thread = store.read(move |rows| rows.cases().thread(case)).await?;
    // Before the first byte: what was begun was exported.
    let detail = format!("{} mails, to standard output", thread.len());
    store
        .write(move |rows| {
            let (actor, object) = (process::operator(), format!("case {case}"));
            let act = Act { actor: &actor, evidence: "operator", act: "case export", object: &object, detail: &detail };
            rows.audit().append(now, &act)
        })
        .await?;
    for mail in thread {
        // One at a time: together they may be larger than memory.
        print::bytes(&store.read(move |rows| rows.cases().as_mbox(mail.inbox)).await?);
    }
    Ok(())
}
