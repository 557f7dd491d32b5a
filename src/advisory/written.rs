//! The words of a piece of text whose usual form is another. They are kept with what they say, so that a piece that says
//! something else by now cannot be printed in its old words: nobody has to think of it.

/// Words, and what they said when they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    words: String,
    said: T,
}

impl<T: PartialEq> Written<T> {
    pub fn new(words: &str, said: T) -> Self {
        Self { words: words.to_owned(), said }
    }

    /// The words, if they still say `now`.
    pub fn saying(&self, now: &T) -> Option<&str> {
        (self.said == *now).then_some(self.words.as_str())
    }
}
