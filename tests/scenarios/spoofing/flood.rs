//! Many mails in somebody's name: they are told, and not as often.

use super::*;

#[test]
fn who_is_flooded_in_her_name_is_told_five_times_a_day_and_how_often_it_was() {
    let mut scene = Scene::new();
    let forged = |scene: &Scene, number: usize| {
        scene.unvouched(&scene.alice, &format!("\n!title {number}\n")).replace("<day-", &format!("<n{number}-day-"))
    };
    let told = |letters: &[Letter]| -> Vec<String> {
        let refusals = letters.iter().filter(|letter| letter.kind == "refusal");
        assert!(refusals.clone().all(|letter| letter.to == ALICE), "{:?}", kinds(letters));
        refusals.map(|letter| letter.text().split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let last = "This is the fifth such letter within a day";

    scene.next_day();
    let state = scene.state();
    let first = told(&scene.takes((0..20).map(|number| forged(&scene, number)).collect()));
    assert_eq!(first.len(), 5);
    assert_eq!(first.iter().filter(|text| text.contains(last)).count(), 1);
    assert!(first[4].contains(last) && first.iter().all(|text| !text.contains("Since the last letter")), "{first:#?}");
    let refused = scene.record().into_iter().filter(|line| line.starts_with("refuse command")).count();
    assert_eq!(refused, 20, "the record has them all");

    scene.next_day();
    let next = told(&scene.takes((20..22).map(|number| forged(&scene, number)).collect()));
    assert_eq!(next.len(), 2);
    assert!(next[0].contains("Since the last letter like this one, 15 more mails"), "{}", next[0]);
    assert!(!next[1].contains("Since the last letter"), "{}", next[1]);
    assert_eq!(scene.state(), state);
}

/// Mail to the discoverer in her name counts with the commands.
#[test]
fn answers_to_the_discoverer_in_her_name_count_with_the_commands() {
    let mut scene = Scene::new();
    scene.next_day();
    let forged = |number: usize| {
        let (to, text) = [(&scene.alice_to_both, "A secret."), (&scene.alice, "!status")][number % 2];
        scene.unvouched(to, &format!("\n{text}\n")).replace("<day-", &format!("<n{number}-day-"))
    };
    let mails = (0..8).map(forged).collect();
    let letters = scene.takes(mails);
    assert_eq!(letters.iter().filter(|letter| letter.kind == "refusal").count(), 5, "{:?}", kinds(&letters));
    assert!(letters.iter().all(|letter| letter.to != DANA), "{:?}", kinds(&letters));
}
