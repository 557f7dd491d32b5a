//! The known name that a person most likely meant who wrote another: "did you mean". It corrects nothing by itself.

/// The nearest of the known names: at most a third of its letters wrong.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let known = ["password", "port", "host", "user"];
        for (slip, meant) in [
            ("pasword", Some("password")),
            ("Password", Some("password")),
            ("passwrod", Some("password")),
            ("prot", Some("port")),
            ("users", Some("user")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(slip, known), meant, "{slip}");
        }
    }
}
