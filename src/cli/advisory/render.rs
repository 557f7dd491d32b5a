//! `embargod advisory render`: a text as it was read, or in the usual form.

use super::Listed;
use super::given::Given;
use crate::advisory::style::Style;
use crate::advisory::text::{self, parse};
use crate::cli::instance::At;
use crate::cli::{Failure, print};

pub fn run(at: &At, style: &Style, texts: &[Given], canonical: bool) -> Result<(), Failure> {
    let read = texts.iter().map(|given| {
        let (advisory, findings) = parse(&given.text, style);
        let advisory = if canonical { advisory.canonical() } else { advisory };
        let text = text::render(&advisory, style);
        (given.file.display().to_string(), advisory, findings, text)
    });
    let read: Vec<_> = read.collect();
    if at.json {
        let listed = read
            .iter()
            .map(|(file, advisory, findings, text)| Listed::of(file.clone(), advisory, findings, Some(text)));
        return print::json(&listed.collect::<Vec<_>>());
    }
    read.iter().for_each(|(.., text)| print::bytes(text.as_bytes()));
    Ok(())
}
