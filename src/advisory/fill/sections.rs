//! The sections of a text while it is filled: those of the author, those of the desk, and their order.

use crate::advisory::model::Section;
use crate::advisory::style::Style;

/// Sections, each with its place in the order; what may stand anywhere follows what it stood behind.
pub struct Sections<'a> {
    style: &'a Style,
    found: Vec<Section>,
}

impl<'a> Sections<'a> {
    pub fn new(style: &'a Style) -> Self {
        Self { style, found: Vec::new() }
    }

    pub fn push(&mut self, section: Section) {
        self.found.push(section);
    }

    /// Before all that may stand anywhere.
    pub fn put_first(&mut self, section: Option<Section>) {
        self.found.splice(0..0, section);
    }

    /// Writes the section with this heading anew, from what stands in it; what then is empty and was not there is not made.
    pub fn fill(&mut self, heading: &str, body: impl Fn(&str) -> String) {
        if heading.is_empty() {
            return;
        }
        match self.found.iter_mut().find(|section| section.heading == heading) {
            Some(section) => section.body = body(&section.body),
            None => {
                let body = body("");
                if !body.trim().is_empty() {
                    self.found.push(Section::new(heading, &body));
                }
            }
        }
    }

    /// In the style's order.
    pub fn in_order(self) -> Vec<Section> {
        let mut place = 0;
        let place_of = |section: Section| {
            // The first place is for what stands before all that has one.
            place = self.style.place(&section.heading).map_or(place, |own| own + 1);
            (place, section)
        };
        let tidy = |section: Section| match section.body.trim().is_empty() {
            true => Section::new(&section.heading, ""),
            false => Section::new(&section.heading, &format!("{}\n", section.body.trim_matches('\n'))),
        };
        let mut placed: Vec<(usize, Section)> = self.found.into_iter().map(place_of).collect();
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, section)| tidy(section)).collect()
    }
}
