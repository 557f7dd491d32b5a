//! `examples/hooks/push-branches` with real git: a private repository, the hook's clone of it, and a public one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{HOUR, add_hook, predisclosed, releases, runs, told, world};
use crate::world::{World, root};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "init.defaultBranch=master"]).args(arguments);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
        ("GIT_AUTHOR_NAME", "Alice"),
        ("GIT_AUTHOR_EMAIL", "alice@example.org"),
        ("GIT_COMMITTER_NAME", "Alice"),
        ("GIT_COMMITTER_EMAIL", "alice@example.org"),
    ] {
        command.env(name, value);
    }
    let output = command.output().unwrap_or_else(|error| panic!("git: {error}; install it (make test does)"));
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A public repository with two branches, a private one with fixes for both, and the hook's clone of that.
struct Repositories {
    _home: tempfile::TempDir,
    public: PathBuf,
    private: PathBuf,
    clone: PathBuf,
}

impl Repositories {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let [public, private, clone] = ["public.git", "private", "clone.git"].map(|name| home.path().join(name));
        git(home.path(), &["init", "--quiet", "--bare", "public.git"]);
        git(home.path(), &["init", "--quiet", "private"]);
        let repositories = Self { _home: home, public, private, clone };
        repositories.commits("master", "the software");
        git(&repositories.private, &["branch", "stable-4.20"]);
        git(
            &repositories.private,
            &["push", "--quiet", repositories.public.to_str().unwrap(), "master", "stable-4.20"],
        );
        for branch in ["master", "stable-4.20"] {
            git(&repositories.private, &["checkout", "--quiet", "-b", &format!("embargo/xsa480/{branch}"), branch]);
            repositories.commits(&format!("embargo/xsa480/{branch}"), "canary fix");
            git(&repositories.private, &["tag", &format!("canary-{branch}")]);
        }
        git(&repositories.private, &["branch", "embargo/xsa481/master"]);
        let home = repositories.private.parent().unwrap();
        git(home, &["clone", "--quiet", "--bare", "private", "clone.git"]);
        git(&repositories.clone, &["remote", "add", "public", repositories.public.to_str().unwrap()]);
        repositories
    }

    fn commits(&self, branch: &str, words: &str) {
        fs::write(self.private.join("file"), format!("{branch}: {words}\n")).unwrap();
        git(&self.private, &["add", "file"]);
        git(&self.private, &["commit", "--quiet", "-m", words]);
    }

    /// The branches of the public repository, and all else that it shows.
    fn shown(&self) -> Vec<(String, String)> {
        let refs = git(&self.public, &["for-each-ref", "--format=%(refname) %(objectname)"]);
        refs.lines().filter_map(|line| line.split_once(' ')).map(|(name, id)| (name.into(), id.into())).collect()
    }

    fn prepared(&self, branch: &str) -> (String, String) {
        let id = git(&self.private, &["rev-parse", &format!("embargo/xsa480/{branch}")]);
        (format!("refs/heads/{branch}"), id.trim().to_owned())
    }

    /// An instance that has the example as a hook. It gets nothing of our environment, so a drop-in's words stand before it.
    fn world(&self) -> World {
        let world = world(&[]);
        let script = world.dir.join("push-branches");
        let example = root().join("examples/hooks/push-branches");
        let text = format!("#!/bin/sh\nPUSH_BRANCHES_REPOSITORY={:?} exec {example:?}\n", self.clone);
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        add_hook(&world, "push-branches", &script, 60);
        world
    }
}

#[test]
fn prepared_branches_are_public_after_the_release_and_not_before() {
    let repositories = Repositories::new();
    let before = repositories.shown();
    let mut world = repositories.world();
    let version = predisclosed(&world, 1);
    world.round();
    assert_eq!(repositories.shown(), before, "nothing leaves before the hour");
    // The fix is mended after the clone was made.
    repositories.commits("embargo/xsa480/stable-4.20", "canary fix, better");

    releases(&world, version, &["push-branches"], HOUR);
    assert_eq!(told(world.at("2026-12-15T12:00:01Z").round()).len(), 0);
    assert_eq!(runs(&world), [("push-branches".to_owned(), "done".to_owned())]);
    let expected = ["master", "stable-4.20"].map(|branch| repositories.prepared(branch));
    assert_eq!(repositories.shown(), expected, "these two, and no tag, and nothing of another advisory");

    let next = predisclosed(&world, 2);
    releases(&world, next, &["push-branches"], "2026-12-16T12:00:00Z");
    assert_eq!(told(world.at("2026-12-16T12:00:01Z").round()).len(), 0);
    assert_eq!(runs(&world).iter().filter(|(_, state)| state == "done").count(), 2, "what is there is there");
    assert_eq!(repositories.shown(), expected);
}

#[test]
fn a_public_branch_that_went_on_is_not_overwritten_and_no_other_is_pushed_before_somebody_looked() {
    let repositories = Repositories::new();
    git(&repositories.private, &["checkout", "--quiet", "-b", "meanwhile", "stable-4.20"]);
    repositories.commits("stable-4.20", "something else");
    let public = repositories.public.to_str().unwrap();
    git(&repositories.private, &["push", "--quiet", public, "meanwhile:stable-4.20"]);
    let before = repositories.shown();

    let mut world = repositories.world();
    let version = predisclosed(&world, 1);
    releases(&world, version, &["push-branches"], HOUR);
    let letters = told(world.at("2026-12-15T12:00:01Z").round());
    assert_eq!(letters.len(), 2);
    assert!(letters[0].text().contains("ended with the exit status 1"), "{}", letters[0].text());
    assert_eq!(repositories.shown(), before, "all of them or none");

    git(&repositories.private, &["checkout", "--quiet", "embargo/xsa480/stable-4.20"]);
    git(&repositories.private, &["rebase", "--quiet", "-X", "theirs", "meanwhile"]);
    world.does(&["hook", "retry", "1"]);
    let letters = told(world.at("2026-12-15T12:00:30Z").round());
    assert!(letters.len() == 2 && letters[0].subject().ends_with("push-branches was run after all"));
    assert_eq!(runs(&world), [("push-branches".to_owned(), "done".to_owned())]);
    assert_eq!(repositories.shown(), ["master", "stable-4.20"].map(|branch| repositories.prepared(branch)));
}
