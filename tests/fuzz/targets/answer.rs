//! Whatever a team member's mail is made of, no reply address of theirs is in what the discoverer gets.
#![no_main]

use embargod::mail::answer;
use libfuzzer_sys::fuzz_target;

const KEY: &str = "k3v9k3v9k3v9k3v9k3v9k3v9k3";

fuzz_target!(|raw: &[u8]| {
    let role = "security@example.org".parse().unwrap();
    let answer = answer::answer(raw, |address| address.contains('+') && address.ends_with("@example.org"), &role);
    assert!(!answer.text.contains(&format!("+{KEY}@example.org")));
    assert!(answer.text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
    for part in &answer.parts {
        let part = answer::part(raw, *part).expect("a part that was offered");
        assert!(!part.name.contains(&format!("+{KEY}@example.org")));
        assert!(!part.name.contains('/') && part.name.chars().count() <= 100);
    }
});
