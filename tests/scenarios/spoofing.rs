//! The spoofing matrix: mail in the name of somebody else. Each of it is kept and relayed, changes nothing, and is told
//! to whose name it uses; beside each kind stands the honest mail, which does act.

mod flood;
mod names;
mod scene;
mod signatures;
mod stamps;
mod structure;
mod tokens;

use self::scene::Scene;
use super::*;
use crate::world::{Letter, kinds};

/// A mail, and what must become of it.
struct Cell(&'static str, fn(&Scene) -> String, Then);

/// What becomes of a mail.
enum Then {
    /// It is carried out, and this person hears so.
    Acts(&'static str),
    /// Nothing is done; these members of the team are told why, in these words.
    Refused(&'static [&'static str], &'static str),
    /// Nobody of the team is asked for anything: there is no command in it, or no name, reply address or signature of
    /// the team's around it.
    Nothing,
    /// The very mail that came before, by another way: nothing is done, and nobody is alarmed.
    Again,
}

use Then::{Acts, Again, Nothing, Refused};

/// Each mail comes on a day of its own, so that no limit on letters is reached.
fn matrix(cells: &[Cell]) {
    let mut scene = Scene::new();
    let problems: Vec<String> = cells.iter().flat_map(|cell| problems(&mut scene, cell)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

/// What became of a mail that should not have, in words.
fn problems(scene: &mut Scene, Cell(name, raw, then): &Cell) -> Vec<String> {
    scene.next_day();
    let raw = raw(scene);
    let (state, record) = (scene.state(), scene.record().len());
    let letters = scene.mails(&raw);
    let record: Vec<String> = scene.record().split_off(record);
    let changed = scene.state() != state;

    let is_answer = |letter: &&Letter| letter.kind == "answer" && scene.is_member(&letter.to);
    let answered: Vec<&str> = letters.iter().filter(is_answer).map(|letter| letter.to.as_str()).collect();
    let refusals: Vec<&Letter> = letters.iter().filter(|letter| letter.kind == "refusal").collect();
    let told: Vec<&str> = refusals.iter().map(|letter| letter.to.as_str()).collect();
    let refused: Vec<&String> = record.iter().filter(|line| line.starts_with("refuse command")).collect();
    let relayed = letters.iter().any(|letter| letter.kind == "relay" && letter.to == ALICE);
    let outside = letters.iter().filter(|letter| !scene.is_member(&letter.to));
    // A stranger is answered as any other: that their mail arrived.
    let is_answer =
        |letter: &Letter| letter.kind == "acknowledgement" && raw.contains(letter.to.split('@').next().unwrap());
    let leaks = outside.filter(|letter| !is_answer(letter) || letter.text().contains("case 1")).count();

    let mut found = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("{name}: {what}\n{:?}\n{record:#?}\n{raw}", kinds(&letters)));
        }
    };
    must(leaks == 0, "somebody outside of the team hears of it");
    must(relayed || matches!(then, Again), "the team does not get it");
    match then {
        Acts(who) => {
            must(answered == [*who] && told.is_empty(), "it is not answered, or refused");
            must(record.iter().any(|line| line.starts_with("command ")), "the record does not say what was done");
            return found;
        }
        Refused(who, why) => {
            let says = |letter: &&Letter| letter.text().split_whitespace().collect::<Vec<_>>().join(" ").contains(why);
            must(told == *who, "others are told, or nobody is");
            must(refusals.iter().all(says), "the letter does not say why");
            let recorded = |line: &&String| line.contains(why) || line.contains("mail ");
            must(refused.len() == 1 && refused.iter().all(recorded), "the record does not say why");
        }
        Nothing | Again => must(told.is_empty() && refused.is_empty(), "somebody is told"),
    }
    must(answered.is_empty(), "it is answered");
    must(!changed, &format!("something changed:\n{state}\n{}", scene.state()));
    found
}
