//! How severe a problem is: a vector of CVSS as somebody typed it, checked, and scored by the `cvss` crate. What is wrong
//! with one is a sentence for whoever typed it.

use std::fmt::Display;

use cvss::{Cvss, Error, v3};

/// A vector with all metrics of CVSS 4.0 has fewer.
const VECTOR_BYTES_MAX: usize = 400;
/// What is repeated of a wrong vector.
const REPEATED_CHARACTERS_MAX: usize = 40;
/// Without one of these a vector of CVSS 3 has no score (section 6 of its specification); the crate counts them as nothing.
const BASE_OF_3: [v3::metric::MetricType; 8] = {
    use v3::metric::MetricType::{A, AC, AV, C, I, PR, S, UI};
    [AV, AC, PR, UI, S, C, I, A]
};

/// A vector, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// `3.1`
    pub version: &'static str,
    /// As the specification writes it.
    pub vector: String,
    /// `7.8`
    pub score: String,
    /// `high`
    pub rating: &'static str,
}

impl Display for Rating {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}), by CVSS {}", self.score, self.rating, self.version)
    }
}

/// What a vector says, whatever its case.
pub fn rated(typed: &str) -> Result<Rating, String> {
    let typed = typed.trim().trim_end_matches('/');
    if typed.len() > VECTOR_BYTES_MAX {
        return Err("it is longer than any vector.".to_owned());
    }
    // Outside of the crate: it takes a prefix in upper case only.
    let vector = typed.to_ascii_uppercase();
    if !vector.starts_with("CVSS:") {
        let near =
            if vector.contains("AV:") { "; put the version in front, as in “CVSS:3.1/AV:N/…”" } else { "" };
        return Err(format!("“{}” does not begin with “CVSS:3.1/” or “CVSS:4.0/”{near}.", repeated(typed)));
    }
    let read: Cvss = vector.parse().map_err(|error| explained(&error))?;
    let version = match &read {
        Cvss::CvssV30(vector) => complete(vector).map(|()| "3.0")?,
        Cvss::CvssV31(vector) => complete(vector).map(|()| "3.1")?,
        Cvss::CvssV40(_) => "4.0",
        _ => return Err("it is of a version that is not read here; write one of CVSS 3.1 or 4.0.".to_owned()),
    };
    let (score, rating) = (format!("{:.1}", read.score()), read.severity().as_str());
    Ok(Rating { version, vector: read.to_string(), score, rating })
}

fn complete(vector: &v3::Vector) -> Result<(), String> {
    match BASE_OF_3.into_iter().find(|metric| vector.metrics().all(|(given, _)| given != *metric)) {
        Some(missing) => Err(missing_metric(missing.name(), missing.description())),
        None => Ok(()),
    }
}

fn explained(error: &Error) -> String {
    match error {
        Error::InvalidComponent { component } => {
            format!("“{}” is no metric with its value, such as “AV:N”.", repeated(component))
        }
        Error::InvalidMetricV3 { metric_type, value } => {
            wrong_value(metric_type.name(), metric_type.description(), value)
        }
        Error::InvalidMetricV4 { metric_type, value } => {
            wrong_value(metric_type.name(), metric_type.description(), value)
        }
        Error::DuplicateMetricV3 { metric_type } => twice(metric_type.name(), metric_type.description()),
        Error::DuplicateMetricV4 { metric_type } => twice(metric_type.name(), metric_type.description()),
        Error::MissingMandatoryMetricV4 { metric_type } => {
            missing_metric(metric_type.name(), metric_type.description())
        }
        Error::UnknownMetric { name } => format!("there is no metric “{}” in this version.", repeated(name)),
        Error::UnsupportedVersion { version } => {
            format!("there is no version “{}” of CVSS that is read here; write 3.1 or 4.0.", repeated(version))
        }
        other => format!("it is no vector: {other}."),
    }
}

fn wrong_value(name: &str, means: &str, value: &str) -> String {
    match value {
        "" => format!("the metric {name} ({means}) has no value."),
        value => format!("the metric {name} ({means}) cannot be “{}”.", repeated(value)),
    }
}

fn twice(name: &str, means: &str) -> String {
    format!("the metric {name} ({means}) is in it twice.")
}

fn missing_metric(name: &str, means: &str) -> String {
    format!("the metric {name} ({means}) is missing.")
}

fn repeated(text: &str) -> String {
    let short: String = text.chars().filter(|c| !c.is_control()).take(REPEATED_CHARACTERS_MAX).collect();
    if short.len() < text.len() { short + "…" } else { short }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The scores are those of the calculators at first.org and nvd.nist.gov.
    #[test]
    fn vectors_are_scored_as_the_specifications_say() {
        for (vector, version, score, rating) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "3.1", "9.8", "critical"),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", "3.1", "8.8", "high"),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H", "3.1", "5.5", "medium"),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "3.0", "6.1", "medium"),
            ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "3.1", "1.6", "low"),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "3.1", "0.0", "none"),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", "9.3", "critical"),
            ("CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "4.0", "8.5", "high"),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "4.0", "0.0", "none"),
        ] {
            let rating = Rating { version, vector: vector.to_owned(), score: score.to_owned(), rating };
            assert_eq!(rated(vector), Ok(rating.clone()), "{vector}");
            assert_eq!(rated(&format!(" {}/ ", vector.to_lowercase())), Ok(rating), "{vector}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_vector_is_said_by_its_metric() {
        for (vector, problem) in [
            ("AV:N/AC:L", "put the version in front"),
            ("high", "“high” does not begin with “CVSS:3.1/”"),
            ("CVSS:3.1", "is no metric with its value"),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "the metric A (Availability Impact) is missing."),
            ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "the metric AV (Attack Vector) cannot be “X”."),
            ("CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "the metric AV (Attack Vector) is in it twice."),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/VC:H", "there is no metric “VC” in this version."),
            ("CVSS:3.1/AV:N/AC/PR:N/UI:N/S:U/C:H/I:H/A:H", "“AC” is no metric with its value"),
            ("CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:P/A:P", "there is no version “2.0” of CVSS that is read here"),
            ("CVSS:4.1/AV:N", "there is no version “4.1”"),
            (
                "CVSS:4.0/AV:N/AC:L/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
                "the metric AT (Attack Requirements) is missing.",
            ),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:Q/VI:H/VA:H/SC:N/SI:N/SA:N", "cannot be “Q”."),
        ] {
            let said = rated(vector).unwrap_err();
            assert!(said.contains(problem), "{vector}: {said}");
            assert!(said.ends_with('.'), "{said}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_explained(text in "(CVSS:[0-9.]{1,4})?[/:A-Za-z\u{fc}. \u{0}]{0,90}") {
            match rated(&text) {
                Ok(rating) => {
                    let score: f64 = rating.score.parse().unwrap();
                    prop_assert!((0.0..=10.0).contains(&score));
                    prop_assert_eq!(rated(&rating.vector), Ok(rating));
                }
                Err(why) => prop_assert!(why.ends_with('.') && !why.contains('\u{0}'), "{}", why),
            }
        }
    }
}
