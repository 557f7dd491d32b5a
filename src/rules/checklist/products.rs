//! Which products use the software: whether the mail says that some do not, and whether it names those that do.

mod phrases;

use self::phrases::{CONTRASTS, EMPTY, NAMELESS};
use super::Finding;
use super::applicant::{PARTIAL, may_speak};
use super::denials::{Denial, denial};
use super::ground::{Ground, Place, Said};
use super::words::{Found, Phrases, Word};

/// “Some of our hosting plans”: words behind the phrase that say of what some are, and not which.
const KIND_WORDS_MAX: usize = 2;

/// How people speak of some or all of what they offer.
struct Speech<'a> {
    ground: &'a Ground<'a>,
    some: Phrases,
    all: Phrases,
    other: Phrases,
}

pub fn judge(ground: &Ground<'_>, index: usize) -> Finding {
    let speech = Speech::of(ground);
    let answers = ground.answers(index);
    if let Some((chunk, answer)) = answers.first() {
        let place = Place { chunk: *chunk, at: 0 };
        let said: Vec<&Said> =
            ground.said.iter().filter(|said| answers.iter().any(|(chunk, _)| *chunk == said.chunk)).collect();
        if said.iter().any(|said| speech.is_all(said) && speech.some(said).is_none()) {
            return ground.found(index, place, Vec::new());
        }
        let names = said.iter().any(|said| names(said.words.iter()));
        return match denial(&answer.text) {
            Some((found @ (Denial::Later | Denial::Unsure | Denial::Elsewhere | Denial::Blank), at)) => {
                ground.unclear(index, Place { at, ..place }, format!("{}; please name them in the mail.", found.why()))
            }
            Some((found, at)) if !names || (at < 3 && !said.iter().any(|said| speech.some(said).is_some())) => ground
                .unclear(
                    index,
                    Place { at, ..place },
                    format!("{}; please say whether all of your products use it, or name those that do.", found.why()),
                ),
            _ if names => ground.found(index, place, Vec::new()),
            _ => ground.unclear(index, place, "The answer names no product; please name those that use it."),
        };
    }
    let loose = || ground.said.iter().filter(|said| may_speak(ground, said));
    let partial: Vec<(&Said, Found)> = loose().filter_map(|said| Some((said, speech.some(said)?))).collect();
    if let Some((said, found)) = partial.iter().find(|(said, found)| speech.names(said, *found)) {
        let whole = ground.chunk(said.chunk).map(|chunk| chunk.text.as_str()).unwrap_or_default();
        let place = place(said, *found);
        return match denial(whole) {
            Some((found @ (Denial::Later | Denial::Unsure | Denial::Elsewhere), at)) => {
                ground.unclear(index, Place { at, ..place }, format!("{}; please name them in the mail.", found.why()))
            }
            _ => ground.found(index, place, Vec::new()),
        };
    }
    if let Some(place) = partial.iter().find_map(|(said, _)| named_next(ground, said)) {
        return ground.found(index, place, Vec::new());
    }
    let other = loose().find_map(|said| Some(place(said, speech.other.any(&said.words)?)));
    let some = partial.first().map(|(said, found)| place(said, *found));
    // Who leaves the question for them empty has named none.
    let asked = ground.sections.asked.get(index).copied().flatten().is_some();
    match some.or(other) {
        Some(_) if asked => ground.missing(index, "It says that not all products use it, and names none that does."),
        Some(place) => {
            ground.unclear(index, place, "It says that not all products use it, and not which do; please name them.")
        }
        None => match loose().find(|said| speech.is_all(said)) {
            Some(said) => {
                let at = speech
                    .all
                    .any(&said.words)
                    .map_or(Place { chunk: said.chunk, at: said.at }, |found| place(said, found));
                ground.found(index, at, Vec::new())
            }
            None => ground.missing(index, ""),
        },
    }
}

/// Whether the mail says that not all of their products use the software.
pub fn are_partial(ground: &Ground<'_>) -> bool {
    let Some(index) = ground.checklist.items.iter().position(|item| item.required == PARTIAL) else { return false };
    let speech = Speech::of(ground);
    let answers = ground.answers(index);
    if !answers.is_empty() {
        let said = || ground.said.iter().filter(|said| answers.iter().any(|(chunk, _)| *chunk == said.chunk));
        let some = said().any(|said| speech.some(said).is_some());
        let all = said().any(|said| speech.is_all(said));
        let nothing = answers.iter().all(|(_, answer)| matches!(denial(&answer.text), Some((Denial::Nothing, _))))
            && !said().any(|said| names(said.words.iter()));
        return some || (!all && !nothing);
    }
    let mut loose = ground.said.iter().filter(|said| may_speak(ground, said));
    loose.any(|said| speech.some(said).is_some() || speech.other.any(&said.words).is_some())
}

impl<'a> Speech<'a> {
    fn of(ground: &'a Ground<'a>) -> Self {
        let partial = &ground.checklist.partial;
        let (some, all, other) = (Phrases::of(&partial.some), Phrases::of(&partial.all), Phrases::of(&partial.other));
        Self { ground, some, all, other }
    }

    fn is_software(&self, word: &Word) -> bool {
        self.ground.checklist.partial.software.contains(&word.stem)
    }

    /// That some do not, or that only some do. “Other products we do not have” says nothing of it.
    fn some(&self, said: &Said) -> Option<Found> {
        let stem = |at: usize| said.words.get(at).map(|word| word.stem.as_str()).unwrap_or_default();
        let lacks = |found: &Found| {
            stem(found.to.saturating_sub(1)) == "not"
                && matches!(stem(found.to), "have" | "offer" | "sell" | "provide")
                && !said.words.get(found.to + 1).is_some_and(|next| next.stem == "it" || self.is_software(next))
        };
        self.some.find(&said.words).into_iter().find(|found| !lacks(found))
    }

    /// That all do: “all of our services run on it”, or nothing but “all”. “All of our Xen services” are not all services.
    fn is_all(&self, said: &Said) -> bool {
        let bare = said.words.iter().any(|word| matches!(word.stem.as_str(), "all" | "everything"))
            && said.words.iter().all(|word| {
                matches!(
                    word.stem.as_str(),
                    "all" | "everything" | "of" | "them" | "our" | "the" | "product" | "service" | "yes"
                )
            });
        let narrows = |found: &Found| {
            let inside = found.to.checked_sub(2).and_then(|at| said.words.get(at)).map(|word| word.stem.as_str());
            let last = found.to.checked_sub(1).and_then(|at| said.words.get(at));
            let next = said.words.get(found.to);
            last.is_some_and(|last| {
                self.is_software(last)
                    && matches!(inside, Some("all" | "of" | "our" | "the" | "every" | "each"))
                    && next
                        .is_some_and(|next| said.text.get(last.end..next.at).is_some_and(|gap| gap.trim().is_empty()))
            })
        };
        bare || self.all.find(&said.words).into_iter().any(|found| !narrows(&found))
    }

    /// Whether the part of the sentence at the phrase names something that uses the software. A semicolon or colon divides.
    fn names(&self, said: &Said, found: Found) -> bool {
        let software = &self.ground.checklist.partial.software;
        // “Part of it is on something else” does not say what is not.
        let named = software.is_empty() || said.words.iter().any(|word| self.is_software(word));
        if self.other.any(&said.words).is_some() && !named {
            return false;
        }
        let divides = |c: char| matches!(c, ';' | ':');
        let at = said.words.get(found.from).map_or(0, |word| word.at);
        let from = said.text.get(..at).and_then(|before| before.rfind(divides)).unwrap_or(0);
        let to = said.text.get(at..).and_then(|after| after.find(divides)).map_or(said.text.len(), |end| at + end);
        let kind = self.kind_words(said, found);
        let part: Vec<&Word> = said
            .words
            .iter()
            .enumerate()
            .filter(|(index, word)| (from..to).contains(&word.at) && !kind.contains(index))
            .map(|(_, word)| word)
            .collect();
        // What stands on the other side of a contrast is what does not use it.
        let contrast = part.iter().position(|word| CONTRASTS.contains(&word.stem.as_str()));
        let kept = match contrast {
            Some(at) if !software.is_empty() && !part.iter().skip(at).any(|word| self.is_software(word)) => at,
            _ => part.len(),
        };
        names(part.into_iter().take(kept))
    }

    /// “Some of our plans”: the words that say of what.
    fn kind_words(&self, said: &Said, found: Found) -> std::ops::Range<usize> {
        let phrase = said.words.get(found.from..found.to).unwrap_or_default();
        let counts = phrase.iter().any(|word| matches!(word.stem.as_str(), "some" | "all" | "every" | "part"));
        let rest = said.words.get(found.to..).unwrap_or_default().iter();
        let close = rest.take_while(|word| !word.capital || word.stem.len() <= 3).take(KIND_WORDS_MAX).count();
        found.to..found.to + if counts { close } else { 0 }
    }
}

/// “Not all. The first and the second are.”
fn named_next(ground: &Ground<'_>, said: &Said) -> Option<Place> {
    let position = ground.said.iter().position(|other| std::ptr::eq(other, said))?;
    let next = ground.said.get(position + 1).filter(|next| next.chunk == said.chunk && names(next.words.iter()))?;
    let last = next.words.last().is_some_and(|word| matches!(word.stem.as_str(), "are" | "do" | "is" | "does" | "not"));
    let known = || next.words.iter().any(|word| ground.heads.knows(&word.stem) && word.capital && word.at > 0);
    (last || known()).then_some(Place { chunk: next.chunk, at: next.at })
}

fn place(said: &Said, found: Found) -> Place {
    Place { chunk: said.chunk, at: said.at + said.words.get(found.from).map_or(0, |word| word.at) }
}

/// Whether words that say more than “some of our products” are among these. “VM” is a name, “we” is none.
fn names<'w>(mut words: impl Iterator<Item = &'w Word>) -> bool {
    words.any(|word| {
        let known = EMPTY.contains(&word.stem.as_str()) || NAMELESS.contains(&word.stem.as_str());
        let short = word.stem.len() < 2 || (word.stem.len() == 2 && !(word.capital && word.at > 0));
        !known && !short
    })
}
