//! The command line: one file per command. Errors are one line of cause and one line of what to do; exit 0 done,
//! 1 refused or found wanting, 2 wrong usage or configuration.

mod advisory;
mod application;
mod audit;
mod backup;
mod case;
mod check;
mod demo;
mod held;
mod help;
mod history;
mod hook;
mod inbox;
pub(crate) mod init;
mod instance;
mod key;
mod member;
mod outbox;
mod print;
mod process;
mod profile;
mod run;
mod site;
mod standstill;
mod status;
mod steps;
mod team;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use instance::Failure;
pub use process::{harden, log};

/// The disclosure desk of a software project, run by mail.
#[derive(Parser)]
#[command(name = "embargod", version, propagate_version = true, disable_help_subcommand = true)]
struct Arguments {
    /// The settings [default: ./embargod.toml, then /etc/embargod/embargod.toml]
    #[arg(short, long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON document (commands that list or show)
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show how reports are received and answered, on a fresh local instance in simulated time
    Demo(demo::Demo),
    /// Set up an instance: a commented embargod.toml and its keys
    Init(init::Init),
    /// The daemon: take mail, answer it, do what is due
    Run(run::Run),
    /// Try everything a run needs, and say what is wrong and how to mend it
    Check(check::Check),
    /// One screen: cases and deadlines, applications, held posts, outbox, last successful poll
    Status,
    /// The security team
    #[command(subcommand)]
    Team(team::Team),
    /// OpenPGP certificates: the project's, and those of people
    #[command(subcommand)]
    Key(key::Key),
    /// Cases
    #[command(subcommand)]
    Case(case::Case),
    /// Applications to the predisclosure list
    #[command(subcommand)]
    Application(application::Application),
    /// Advisories: how far they are; what is wrong with a text, and how it is usually written
    #[command(subcommand)]
    Advisory(advisory::Advisory),
    /// Organisations on the predisclosure list
    #[command(subcommand)]
    Member(member::Member),
    /// Posts that wait for a moderator
    #[command(subcommand)]
    Held(held::Held),
    /// The change history of the policy
    #[command(subcommand)]
    History(history::History),
    /// The public pages
    #[command(subcommand)]
    Site(site::Site),
    /// Programs of the operator's that are run after a release
    #[command(subcommand)]
    Hook(hook::Hook),
    /// Mail that came in, and what became of it
    #[command(subcommand)]
    Inbox(inbox::Inbox),
    /// Letters that leave, and how far they are
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// The record of every act
    #[command(subcommand)]
    Audit(audit::Audit),
    Backup(backup::Backup),
    Help(help::Help),
}

impl Command {
    /// Whether it lists or shows something, and so has a JSON document.
    fn shows(&self) -> bool {
        match self {
            Self::Demo(_) | Self::Init(_) | Self::Backup(_) | Self::Site(_) => false,
            Self::Help(help) => help.lists(),
            Self::Run(run) => run.dry_run,
            Self::Team(team) => matches!(team, team::Team::List),
            Self::Key(key) => matches!(key, key::Key::List | key::Key::Show { .. }),
            Self::Outbox(outbox) => matches!(outbox, outbox::Outbox::List),
            Self::Application(application) => application.shows(),
            Self::Advisory(advisory) => advisory.shows(),
            Self::Member(member) => member.shows(),
            Self::History(history) => history.shows(),
            Self::Hook(hook) => hook.shows(),
            Self::Case(case) => case.shows(),
            Self::Check(_) | Self::Status | Self::Held(_) => true,
            Self::Inbox(_) | Self::Audit(_) => true,
        }
    }
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    process::harden();
    process::give_memory_back();
    // A program that does not read what it is told must not end whoever runs it.
    if !matches!(arguments.command, Command::Run(_) | Command::Check(_) | Command::Hook(_)) {
        process::end_with_its_reader();
    }
    process::log(matches!(&arguments.command, Command::Run(run) if !run.once && !run.dry_run));
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(problem) => return Failure::refused(format!("no runtime: {problem}"), "Try again.").report(),
    };
    let outcome = runtime.block_on(command(arguments)).and_then(|()| print::written());
    // Readers of the database that a command no longer waits for must not hold it up.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn command(arguments: Arguments) -> Result<(), Failure> {
    if arguments.json && !arguments.command.shows() {
        return Err(Failure::usage("--json is for commands that list or show", "Leave --json away."));
    }
    let at = instance::At { config: arguments.config, json: arguments.json };
    match arguments.command {
        Command::Demo(demo) => demo.run().await,
        Command::Init(init) => init.run().await,
        Command::Run(run) => run.run(&at).await,
        Command::Check(check) => check.run(&at).await,
        Command::Status => status::run(&at).await,
        Command::Team(team) => team.run(&at).await,
        Command::Key(key) => key.run(&at).await,
        Command::Case(case) => case.run(&at).await,
        Command::Application(application) => application.run(&at).await,
        Command::Advisory(advisory) => advisory.run(&at).await,
        Command::Member(member) => member.run(&at).await,
        Command::Held(held) => held.run(&at).await,
        Command::History(history) => history.run(&at).await,
        Command::Site(site) => site.run(&at).await,
        Command::Hook(hook) => hook.run(&at).await,
        Command::Inbox(inbox) => inbox.run(&at).await,
        Command::Outbox(outbox) => outbox.run(&at).await,
        Command::Audit(audit) => audit.run(&at).await,
        Command::Backup(backup) => backup.run(&at).await,
        Command::Help(help) => help.run(&at),
    }
}
