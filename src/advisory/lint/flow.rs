//! A text with its lines joined, so that words are found that stand on two; each place still knows its line.

use crate::advisory::text::Line;

pub struct Flow {
    pub text: String,
    /// Where each line begins in it.
    begins: Vec<(usize, u32)>,
}

impl Flow {
    /// One blank between words; an empty line ends a sentence.
    pub fn of(lines: &[Line<'_>]) -> Self {
        let mut flow = Self { text: String::new(), begins: Vec::new() };
        for line in lines {
            flow.begins.push((flow.text.len(), line.number));
            match line.words.trim() {
                "" => flow.text.push('\n'),
                words => {
                    for word in words.split_whitespace() {
                        flow.text.push_str(word);
                        flow.text.push(' ');
                    }
                }
            }
        }
        flow
    }

    pub fn line_at(&self, place: usize) -> u32 {
        let nth = self.begins.partition_point(|(begin, _)| *begin <= place);
        nth.checked_sub(1).and_then(|nth| self.begins.get(nth)).map_or(0, |(_, line)| *line)
    }
}
