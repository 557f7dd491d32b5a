//! What is wrong in a file that a person wrote: one line of cause, one line of what to do (DESIGN section 9).
//! It decides nothing; whoever reads a file makes one.

/// Two lines: what is wrong and where, what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}\n{remedy}")]
pub struct Problem {
    cause: String,
    remedy: String,
}

impl Problem {
    /// Line breaks and control characters in either become blanks: an error is exactly two lines.
    pub fn new(cause: impl AsRef<str>, remedy: impl AsRef<str>) -> Self {
        Self { cause: one_line(cause.as_ref()), remedy: one_line(remedy.as_ref()) }
    }

    /// The same, told of a place: `embargod.toml line 5: there is no …`.
    pub fn at(&self, place: &str) -> Self {
        let mut letters = self.cause.chars();
        let first: String = letters.next().map(char::to_lowercase).into_iter().flatten().collect();
        Self::new(format!("{place}: {first}{}", letters.as_str()), &self.remedy)
    }

    pub fn cause(&self) -> &str {
        &self.cause
    }

    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c == ' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `“a”, “b” or “c”`.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("“{name}”")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_two_lines_whatever_it_is_about() {
        let problem = Problem::new("cannot read\r\nthat", "mend\nit\u{7}");
        assert_eq!(problem.to_string(), "cannot read that\nmend it");
    }

    #[test]
    fn choices_are_listed_as_one_says_them() {
        assert_eq!(one_of(["implicit", "starttls"]), "“implicit” or “starttls”");
    }
}
