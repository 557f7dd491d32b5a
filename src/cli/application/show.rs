//! `embargod application show`: what was found of each item, and the mails of the thread.

use serde::Serialize;

use super::list::{Listed, find};
use crate::cli::instance::At;
use crate::cli::{Failure, print};
use crate::rules::checklist::Status;
use crate::store::applications::ApplicationId;
use crate::store::time;

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    application: Listed,
    mails: Vec<Mail>,
}

#[derive(Serialize)]
struct Mail {
    inbox: i64,
    received_at: String,
    author: String,
}

pub async fn run(at: &At, id: ApplicationId) -> Result<(), Failure> {
    let application = find(at, id).await?;
    let posts = at.store()?.read(move |rows| rows.applications().posts(id)).await?;
    let mail = |post: crate::store::applications::Post| Mail {
        inbox: post.inbox,
        received_at: time::At(post.received_at).to_string(),
        author: post.author,
    };
    let shown = Shown { application, mails: posts.into_iter().map(mail).collect() };
    if at.json {
        return print::json(&shown);
    }
    let Shown { application, mails } = shown;
    print::say!("Application {}: {}", application.id, print::shown(&application.organisation));
    print::say!("  state      {} since {}", application.state, application.since);
    print::say!("  applicant  {}", application.applicant);
    print::say!("  subject    {}", print::shown(&application.subject));
    print::say!("  received   {}", application.received_at);
    if let Some(by) = &application.decided_by {
        print::say!("  decided    by {by}");
    }
    for line in application.reason.lines() {
        print::say!("  | {}", print::shown(line));
    }
    print::say!();
    for item in &application.items {
        let mark = match (item.status, item.required) {
            (Status::Found, _) => "✓",
            (_, false) => " ",
            (Status::Unclear, true) => "?",
            (Status::Missing, true) => "✗",
        };
        let place = if item.line > 0 { format!("line {}: ", item.line) } else { String::new() };
        print::say!("  {mark} {}  {place}{}", item.id, print::shown(&item.quote));
        if !item.why.is_empty() {
            print::say!("      {}", print::shown(&item.why));
        }
    }
    print::say!();
    let rows = mails.into_iter().map(|mail| vec![mail.inbox.to_string(), mail.received_at, mail.author]);
    print::table(&["mail", "received", "author"], &rows.collect::<Vec<_>>());
    Ok(())
}
