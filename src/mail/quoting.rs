//! Whether a mail in clear repeats what came encrypted: quoted, copied without marks, wrapped anew. Letters and digits
//! are compared and nothing else, so that quote marks, blanks and line ends do not matter. It decides on plain texts;
//! whose they are, and what follows, is the handlers' business.

/// So many letters and digits on end from one line of the other mail are a quote: some eight words. Greetings, names
/// and places are shorter.
pub const LINE_LETTERS_MIN: usize = 40;
/// And so many over several shorter lines, as source code has them: more than people sign with.
pub const LINES_LETTERS_MIN: usize = 120;
/// Of all sealed texts together so much is compared, in the order given: 16 MiB of fingerprints.
pub const SEALED_BYTES_MAX: usize = 1 << 20;
/// Behind "Best regards," stand a name, a job and an address, not the rest of a report.
const SIGNATURE_LINES_MAX: usize = 8;

/// How people end a letter, in letters only.
const CLOSINGS: &[&str] = &[
    "best",
    "bestregards",
    "cheers",
    "cordialement",
    "greetings",
    "kindregards",
    "mfg",
    "mitfreundlichengrüßen",
    "regards",
    "sincerely",
    "thanks",
    "thankyou",
    "vielegrüße",
    "withkindregards",
    "yourssincerely",
];

/// Whether `text` repeats something of `sealed` that does not stand in `clear`. Text that anybody may repeat is no
/// quote: signatures, lines about who wrote to whom, and ciphertext.
pub fn quotes(text: &[String], sealed: &[String], clear: &[String]) -> bool {
    let (mut lines, mut runs) = (Vec::new(), Vec::new());
    let mut room = SEALED_BYTES_MAX;
    for text in sealed {
        let text = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        room -= text.len();
        let telling = Telling::read(text);
        lines.extend(telling.lines.iter().flat_map(|line| windows(line, LINE_LETTERS_MIN)));
        runs.extend(telling.runs.iter().flat_map(|run| windows(run, LINES_LETTERS_MIN)));
    }
    [(lines, LINE_LETTERS_MIN), (runs, LINES_LETTERS_MIN)]
        .into_iter()
        .any(|(sealed, length)| repeats(text, sealed, clear, length))
}

fn repeats(text: &[String], mut sealed: Vec<u64>, clear: &[String], length: usize) -> bool {
    sealed.sort_unstable();
    sealed.dedup();
    let repeated = |text: &String| -> Vec<usize> {
        windows(&letters(text), length).into_iter().filter_map(|window| sealed.binary_search(&window).ok()).collect()
    };
    let found: Vec<usize> = text.iter().flat_map(repeated).collect();
    if found.is_empty() {
        return false;
    }
    let known: std::collections::BTreeSet<usize> = clear.iter().flat_map(repeated).collect();
    found.iter().any(|window| !known.contains(window))
}

/// Letters and digits, in lower case.
fn letters(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A fingerprint of every `length` letters on end (Rabin and Karp's, modulo 2^61 - 1).
fn windows(letters: &[char], length: usize) -> Vec<u64> {
    const MODULUS: u64 = (1 << 61) - 1;
    const BASE: u64 = 0x0123_4567_89ab_cdef;
    let times = |a: u64, b: u64| ((u128::from(a) * u128::from(b)) % u128::from(MODULUS)) as u64;
    let highest = (0..length).fold(1, |power, _| times(power, BASE));
    let mut windows = Vec::with_capacity(letters.len().saturating_sub(length.saturating_sub(1)));
    let mut hash = 0u64;
    let leaving = std::iter::repeat_n(None, length).chain(letters.iter().copied().map(Some));
    for (index, (entering, leaving)) in letters.iter().zip(leaving).enumerate() {
        hash = (times(hash, BASE) + u64::from(*entering)) % MODULUS;
        if let Some(leaving) = leaving {
            hash = (hash + MODULUS - times(highest, u64::from(leaving))) % MODULUS;
        }
        if index + 1 >= length {
            windows.push(hash);
        }
    }
    windows
}

/// Whether people end a letter with this line: "Best regards,".
pub fn is_closing(line: &str) -> bool {
    // Longer than any of them.
    if line.len() > 4 * LINE_LETTERS_MIN {
        return false;
    }
    let letters: String = letters(line).into_iter().collect();
    CLOSINGS.contains(&letters.as_str())
}

/// One line as mail programs quote it.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// Quote marks before it.
    depth: usize,
    bare: &'a str,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Self {
        let (mut depth, mut rest) = (0, line.trim());
        while let Some(quoted) = rest.strip_prefix(['>', '|']) {
            (depth, rest) = (depth + 1, quoted.trim_start());
        }
        Self { depth, bare: rest }
    }

    fn is_empty(&self) -> bool {
        self.bare.is_empty()
    }

    /// Attributions, headers of forwarded mails and signatures name addresses; they differ from mail to mail less than
    /// what people write.
    fn names_an_address(&self) -> bool {
        let is_one =
            |word: &str| word.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
        self.bare.split_whitespace().any(is_one)
    }

    fn is_closing(&self) -> bool {
        is_closing(self.bare)
    }
}

/// What somebody wrote about the matter.
#[derive(Default)]
struct Telling {
    /// Lines long enough to tell where they are from.
    lines: Vec<Vec<char>>,
    /// Shorter ones that follow each other, together.
    runs: Vec<Vec<char>>,
}

impl Telling {
    fn read(text: &str) -> Self {
        let lines: Vec<Line<'_>> = text.lines().map(Line::read).collect();
        let mut telling = Self::default();
        let (mut run, mut depth) = (Vec::new(), 0);
        let mut rest = lines.as_slice();
        while let Some((line, after)) = rest.split_first() {
            let passed_over = passed_over(line, after);
            let letters = if passed_over == 0 { letters(line.bare) } else { Vec::new() };
            let is_long = letters.len() >= LINE_LETTERS_MIN;
            if passed_over > 0 || is_long || line.depth != depth {
                telling.runs.push(std::mem::take(&mut run));
                depth = line.depth;
            }
            if is_long {
                telling.lines.push(letters);
            } else {
                run.extend(letters);
            }
            rest = rest.get(passed_over.max(1)..).unwrap_or_default();
        }
        telling.runs.push(run);
        telling
    }
}

/// How many lines from here on anybody may repeat.
fn passed_over(line: &Line<'_>, after: &[Line<'_>]) -> usize {
    let same_depth = |next: &&Line<'_>| next.depth == line.depth;
    if line.bare == "--" || (line.is_closing() && is_signature(line, after)) {
        return 1 + after.iter().take_while(same_depth).count();
    }
    if line.bare.starts_with("-----BEGIN PGP ") && !line.bare.contains("SIGNED MESSAGE") {
        let end = after.iter().position(|next| next.bare.starts_with("-----END PGP "));
        return 1 + end.map_or(after.len(), |end| end + 1);
    }
    let second = after.split_first().filter(|(second, _)| !line.is_empty() && second.depth == line.depth);
    let introduces = introduces(line, after) || second.is_some_and(|(second, after)| self::introduces(second, after));
    usize::from(introduces || line.names_an_address())
}

/// Whether what follows "Best regards," is short enough to be nothing else.
fn is_signature(line: &Line<'_>, after: &[Line<'_>]) -> bool {
    let block = after.iter().take_while(|next| next.depth == line.depth).filter(|next| !next.is_empty());
    block.take(SIGNATURE_LINES_MAX + 1).count() <= SIGNATURE_LINES_MAX
}

/// "On Monday, Dana wrote:" above what is quoted.
fn introduces(line: &Line<'_>, after: &[Line<'_>]) -> bool {
    line.bare.ends_with(':') && after.iter().find(|next| !next.is_empty()).is_some_and(|next| next.depth > line.depth)
}

#[cfg(test)]
mod tests;
