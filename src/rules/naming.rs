//! Whom a command means by a name. It guesses nothing: what two could be called means nobody.

use crate::mail::address::Address;

/// Who is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant<'a, T> {
    One(&'a T),
    Nobody,
    Several,
}

/// Who of `all` is called so. An address means whoever has it, whatever anybody calls themselves; a name is a whole one,
/// or else a word of one. `known_as` gives the name that the team or the operator gave somebody, and their address: what
/// strangers call themselves names nobody.
pub fn meant<'a, T>(wanted: &str, all: &'a [T], known_as: impl Fn(&T) -> (Option<&str>, &Address)) -> Meant<'a, T> {
    if let Ok(address) = Address::parse(wanted.trim()) {
        return only(all.iter().filter(|one| *known_as(one).1 == address));
    }
    let wanted = wanted.trim().to_lowercase();
    let name = |one: &T| known_as(one).0.map(str::to_lowercase);
    match only(all.iter().filter(|one| name(one).is_some_and(|name| name == wanted))) {
        Meant::Nobody => {
            let has_word = |name: String| name.split_whitespace().any(|word| word == wanted);
            only(all.iter().filter(|one| name(one).is_some_and(has_word)))
        }
        meant => meant,
    }
}

fn only<'a, T>(mut fitting: impl Iterator<Item = &'a T>) -> Meant<'a, T> {
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Meant::One(one),
        (None, _) => Meant::Nobody,
        (Some(_), Some(_)) => Meant::Several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_means_its_owner_and_a_name_whom_the_team_named() {
        let people = [
            (Some("Carol Smith"), "carol@cert.example"),
            (Some("Bob Smith"), "bob@example.org"),
            (Some("Bob"), "bob@vendor.example"),
            (None, "mallory@example.net"), // Calls herself "carol@cert.example", or "Carol Smith".
        ];
        let people = people.map(|(name, address)| (name, Address::parse(address).unwrap()));
        for (wanted, expected) in [
            ("carol@cert.example", Meant::One(&people[0])),
            ("Carol@CERT.example", Meant::One(&people[0])),
            ("CAROL", Meant::One(&people[0])),
            (" bob ", Meant::One(&people[2])),
            ("smith", Meant::Several),
            ("mallory@example.net", Meant::One(&people[3])),
            ("mallory", Meant::Nobody),
            ("carol@other.example", Meant::Nobody),
            ("", Meant::Nobody),
        ] {
            assert_eq!(meant(wanted, &people, |(name, address)| (*name, address)), expected, "{wanted}");
        }
        let without_carol = &people[1..];
        assert_eq!(meant("carol@cert.example", without_carol, |(name, address)| (*name, address)), Meant::Nobody);
    }
}
