//! `embargod held`: posts and reports that wait for a moderator, and what became of those before.

use serde::Serialize;

use super::instance::At;
use super::{Failure, print};
use crate::store::Rows;
use crate::store::held::{HeldPost, PostId};
use crate::store::time;

pub const HEADINGS: [&str; 6] = ["post", "state", "since", "author", "decided by", "subject"];
/// Stands for a subject that came encrypted.
const SEALED: &str = "(encrypted)";

#[derive(clap::Subcommand)]
pub enum Held {
    /// All of them, and who decided
    List,
    /// Reasons to look twice, what it looks like, and the decision
    Show {
        /// Its number
        number: i64,
    },
}

/// A held post in the words of the contract.
#[derive(Serialize)]
pub struct Listed {
    pub id: i64,
    pub author: String,
    pub subject: String,
    pub state: &'static str,
    pub decided_by: Option<String>,
    pub list: &'static str,
    pub case: Option<i64>,
    pub held_at: String,
    pub decided_at: Option<String>,
    pub inbox: i64,
    /// What its author is proven to be, and by what.
    pub standing: &'static str,
    pub proof: &'static str,
    pub reasons: Vec<String>,
    pub looks_like: String,
    pub reason: String,
    pub reminders: u32,
}

impl Listed {
    pub fn read(rows: Rows<'_>, post: HeldPost) -> anyhow::Result<Self> {
        let decided_by = post.decided_by.map(|by| rows.people().get(by)).transpose()?;
        Ok(Self {
            id: post.id.0,
            author: post.author,
            subject: if post.sealed { SEALED.to_owned() } else { post.subject },
            state: post.state.as_str(),
            decided_by: decided_by.map(|person| person.address.to_string()),
            list: post.of.as_str(),
            case: post.case.map(|case| case.0),
            held_at: time::At(post.held_at).to_string(),
            decided_at: post.decided_at.map(|at| time::At(at).to_string()),
            inbox: post.inbox,
            standing: post.standing.as_str(),
            proof: post.proof.as_str(),
            reasons: post.reasons,
            looks_like: post.hint,
            reason: post.reason,
            reminders: post.reminders,
        })
    }

    pub fn row(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.state.to_owned(),
            self.decided_at.as_ref().unwrap_or(&self.held_at).clone(),
            self.author.clone(),
            self.decided_by.clone().unwrap_or_default(),
            self.subject.clone(),
        ]
    }
}

impl Held {
    pub async fn run(&self, at: &At) -> Result<(), Failure> {
        match self {
            Self::List => list(at).await,
            Self::Show { number } => show(at, PostId(*number)).await,
        }
    }
}

async fn list(at: &At) -> Result<(), Failure> {
    let listed: Vec<Listed> =
        at.store()?.read(|rows| rows.held().all()?.into_iter().map(|post| Listed::read(rows, post)).collect()).await?;
    if at.json {
        return print::json(&listed);
    }
    if listed.is_empty() {
        print::say!("No held posts.");
        return Ok(());
    }
    print::table(&HEADINGS, &listed.iter().map(Listed::row).collect::<Vec<_>>());
    Ok(())
}

async fn show(at: &At, id: PostId) -> Result<(), Failure> {
    let found =
        at.store()?.read(move |rows| rows.held().get(id)?.map(|post| Listed::read(rows, post)).transpose()).await?;
    let Some(post) = found else {
        return Err(Failure::refused(format!("there is no post {id}"), "See “embargod held list”."));
    };
    if at.json {
        return print::json(&post);
    }
    let what = post.case.map_or_else(|| "a post".to_owned(), |case| format!("a report, case {case}"));
    print::say!("Post {}: {}", post.id, print::shown(&post.subject));
    print::say!("  what       {what}, mail {}", post.inbox);
    print::say!("  author     {} ({}, proven by {})", print::shown(&post.author), post.standing, post.proof);
    print::say!("  held       since {}, {} reminders", post.held_at, post.reminders);
    print::say!("  state      {}", post.state);
    if let (Some(by), Some(at)) = (&post.decided_by, &post.decided_at) {
        print::say!("  decided    by {by} at {at}");
    }
    for line in post.reason.lines() {
        print::say!("  | {}", print::shown(line));
    }
    if !post.looks_like.is_empty() {
        print::say!("  looks like {}", post.looks_like);
    }
    for reason in &post.reasons {
        print::say!("  - {}", print::shown(reason));
    }
    Ok(())
}
