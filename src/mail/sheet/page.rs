//! The lines of an HTML page as people see them: paragraphs, items with their numbers, a row of a table as one line,
//! targets of links beside their text, what is bold. One pass, no recursion; what is nested too deep loses its shape, not
//! its words.

use mail_parser::decoders::html::html_to_text;

use super::{By, Shown};
use crate::mail::own::html::{ATTRIBUTION, Kind, Tag, Tags, kind};

/// People's mail has some dozen.
const OPEN_MAX: usize = 500;
const ROWS_OPEN_MAX: usize = 30;
/// So far up an element is looked for that a tag closes.
const CLOSES_MAX: usize = 30;
const TARGET_BYTES_MAX: usize = 2_000;

/// Between the cells of a row.
const BESIDE: &str = " | ";

/// What begins and ends a line.
const BLOCKS: &[&str] = &[
    "address", "article", "body", "center", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "thead",
    "ul",
];
/// What has an empty line around it.
const PARAGRAPHS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul", "blockquote"];
const HEADINGS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6"];
/// Elements without an end.
const VOID: &[&str] = &["br", "hr", "img", "input", "meta", "link", "area", "base", "col", "wbr", "!doctype"];

pub fn lines(page: &str) -> Vec<Shown> {
    let mut writing = Writing::default();
    let mut tags = Tags::of(page);
    let mut from = 0;
    while let Some(tag) = tags.next() {
        writing.text(page.get(from..tag.at).unwrap_or_default());
        writing.tag(&tag);
        from = tags.text_at().max(tag.end);
        if from > tag.end {
            // Behind `</style` stands its `>`.
            from += page.get(from..).and_then(|rest| rest.find('>')).map_or(0, |at| at + 1);
        }
    }
    writing.text(page.get(from..).unwrap_or_default());
    writing.end()
}

/// An element that is open.
struct Open {
    name: String,
    bold: bool,
    hidden: bool,
    by: Option<By>,
}

/// A row of a table: its cells, each with its lines.
#[derive(Default)]
struct Row {
    cells: Vec<Vec<Shown>>,
}

#[derive(Default)]
struct Writing {
    lines: Vec<Shown>,
    rows: Vec<Row>,
    line: String,
    /// Letters of the line in all, and in bold.
    letters: usize,
    bold_letters: usize,
    space: bool,
    open: Vec<Open>,
    lists: Vec<Option<usize>>,
    /// The target of the link that is open, and where its text began.
    link: Option<(String, usize)>,
    /// All from here on is the mail that is answered.
    ended: bool,
    pre: usize,
}

impl Writing {
    fn text(&mut self, text: &str) {
        if text.is_empty() || self.open.iter().rev().take(CLOSES_MAX).any(|open| open.hidden) {
            return;
        }
        let text = without_comments(text);
        if self.pre > 0 {
            let decoded: Vec<String> = text.split('\n').map(decoded).collect();
            for (index, line) in decoded.iter().enumerate() {
                if index > 0 {
                    self.flush();
                }
                self.words(line);
            }
            return;
        }
        let starts = text.starts_with(char::is_whitespace);
        let ends = text.ends_with(char::is_whitespace);
        let words = decoded(&text);
        self.space |= starts;
        if !words.trim().is_empty() {
            self.words(words.trim_matches(|c: char| c == ' ' || c == '\n'));
            self.space = ends;
        }
    }

    fn words(&mut self, words: &str) {
        if self.space && !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
        self.space = false;
        let letters = words.chars().filter(|c| c.is_alphanumeric()).count();
        self.letters += letters;
        if self.open.iter().rev().take(CLOSES_MAX).any(|open| open.bold) {
            self.bold_letters += letters;
        }
        self.line.push_str(words);
    }

    fn by(&self) -> Option<By> {
        let marked = self.open.iter().rev().take(CLOSES_MAX).find_map(|open| open.by);
        marked.or(self.ended.then_some(By::Quoted))
    }

    /// Ends the line, if one was begun.
    fn flush(&mut self) {
        if !self.line.trim().is_empty() {
            self.put_line();
        }
        self.line.clear();
        (self.letters, self.bold_letters, self.space) = (0, 0, false);
        if let Some((_, from)) = &mut self.link {
            *from = 0;
        }
    }

    fn put_line(&mut self) {
        let strong = self.letters > 1 && self.bold_letters + 2 >= self.letters && self.bold_letters > 0;
        let text = std::mem::take(&mut self.line).trim_end().to_owned();
        let shown = Shown { text, strong, by: self.by() };
        self.put(shown);
    }

    fn put(&mut self, shown: Shown) {
        match self.rows.last_mut() {
            Some(row) => match row.cells.last_mut() {
                Some(cell) => cell.push(shown),
                None => row.cells.push(vec![shown]),
            },
            None => self.lines.push(shown),
        }
    }

    /// An empty line, if there is none yet.
    fn gap(&mut self) {
        self.flush();
        let last = match self.rows.last() {
            Some(row) => row.cells.last().and_then(|cell| cell.last()),
            None => self.lines.last(),
        };
        if last.is_some_and(|line| !line.text.is_empty()) {
            let by = self.by();
            self.put(Shown { by, ..Shown::default() });
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let closes = tag.text.starts_with("</");
        let name: String = tag.text.trim_start_matches(['<', '/']).chars().take(12).collect();
        let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '!').collect();
        let name = name.to_ascii_lowercase();
        match (name.as_str(), closes) {
            ("br", _) => {
                if self.line.trim().is_empty() {
                    self.put_line();
                }
                self.flush();
            }
            ("tr", _) => self.row(closes),
            ("table", true) => {
                self.end_row();
                self.gap();
            }
            ("td" | "th", _) => {
                self.flush();
                if let Some(row) = self.rows.last_mut().filter(|_| !closes) {
                    row.cells.push(Vec::new());
                }
            }
            ("a", false) => {
                let target = attribute(tag.text, "href").map(|target| decoded(&target)).unwrap_or_default();
                self.link = Some((target.trim().to_owned(), self.line.len()));
            }
            ("a", true) => self.target(),
            (name, _) if PARAGRAPHS.contains(&name) => self.gap(),
            (name, _) if BLOCKS.contains(&name) => self.flush(),
            _ => {}
        }
        match (name.as_str(), closes) {
            ("ol", false) => {
                self.lists.push(Some(attribute(tag.text, "start").and_then(|n| n.parse().ok()).unwrap_or(1)))
            }
            ("ul", false) => self.lists.push(None),
            ("ol" | "ul", true) => {
                self.lists.pop();
            }
            ("li", false) => self.item(),
            _ => {}
        }
        self.lists.truncate(OPEN_MAX);
        if closes { self.close(&name) } else { self.opens(name, tag) }
    }

    fn item(&mut self) {
        self.line = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{}. ", *number - 1)
            }
            _ => "* ".to_owned(),
        };
    }

    fn opens(&mut self, name: String, tag: &Tag<'_>) {
        let lower = tag.text.to_ascii_lowercase();
        let marked = kind(tag.name, tag.text);
        if matches!(marked, Some(Kind::End)) && !self.is_quoted() {
            self.gap();
            self.ended = true;
        }
        if VOID.contains(&name.as_str()) || lower.trim_end_matches('>').ends_with('/') || self.open.len() >= OPEN_MAX {
            return;
        }
        let styled = |style: &str| lower.replace(' ', "").contains(style);
        let bold = matches!(name.as_str(), "b" | "strong")
            || HEADINGS.contains(&name.as_str())
            || ["font-weight:bold", "font-weight:6", "font-weight:7", "font-weight:8", "font-weight:9"]
                .iter()
                .any(|s| styled(s));
        let hidden = matches!(name.as_str(), "head" | "title" | "template") || styled("display:none");
        let by = match marked {
            _ if name == "blockquote" => Some(By::Quoted),
            Some(Kind::Mark(ATTRIBUTION)) => Some(By::Quoted),
            Some(Kind::Mark(_)) => Some(By::Signature),
            _ => None,
        };
        if by.is_some() {
            self.flush();
        }
        self.pre += usize::from(name == "pre");
        self.open.push(Open { name, bold, hidden, by });
    }

    fn is_quoted(&self) -> bool {
        self.open.iter().rev().take(CLOSES_MAX).any(|open| open.by == Some(By::Quoted))
    }

    fn close(&mut self, name: &str) {
        let Some(above) = self.open.iter().rev().take(CLOSES_MAX).position(|open| open.name == name) else { return };
        let from = self.open.len() - 1 - above;
        if self.open.iter().skip(from).any(|open| open.by.is_some()) {
            self.flush();
        }
        self.pre -= self.open.iter().skip(from).filter(|open| open.name == "pre").count().min(self.pre);
        self.open.truncate(from);
    }

    /// Where the link leads, unless its text says so.
    fn target(&mut self) {
        let Some((target, from)) = self.link.take() else { return };
        let (target, is_address) = match target.get(..7).filter(|start| start.eq_ignore_ascii_case("mailto:")) {
            Some(_) => (target.get(7..).unwrap_or_default().split('?').next().unwrap_or_default().to_owned(), true),
            None => (target, false),
        };
        let shown = self.line.get(from.min(self.line.len())..).unwrap_or_default();
        let bare = |text: &str| {
            let text = text.trim().to_lowercase();
            let text = text.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
            text.to_owned()
        };
        let says = bare(shown).contains(&bare(&target)) && (is_address || shown.contains("://"));
        let known = is_address || target.to_ascii_lowercase().starts_with("http");
        if known
            && !says
            && !target.is_empty()
            && target.len() <= TARGET_BYTES_MAX
            && !target.contains(char::is_whitespace)
        {
            self.space = true;
            self.words(&format!("<{target}>"));
        }
    }

    fn row(&mut self, closes: bool) {
        self.flush();
        if closes || self.rows.last().is_some_and(|row| row.cells.is_empty()) {
            self.end_row();
        }
        if !closes && self.rows.len() < ROWS_OPEN_MAX {
            self.rows.push(Row::default());
        }
    }

    /// A row of questions and answers is one line; what frames a whole mail keeps its lines.
    fn end_row(&mut self) {
        self.flush();
        let Some(row) = self.rows.pop() else { return };
        let cells: Vec<Vec<Shown>> = row
            .cells
            .into_iter()
            .map(|cell| cell.into_iter().skip_while(|line| line.text.is_empty()).collect())
            .filter(|cell: &Vec<Shown>| !cell.is_empty())
            .collect();
        let Some((last, before)) = cells.split_last() else { return };
        if before.is_empty() || before.iter().any(|cell| cell.iter().filter(|line| !line.text.is_empty()).count() > 6) {
            for line in cells.into_iter().flatten() {
                self.put(line);
            }
            return;
        }
        let mut joined: Vec<String> = Vec::new();
        for cell in before {
            let words: Vec<&str> = cell.iter().map(|line| line.text.trim()).filter(|text| !text.is_empty()).collect();
            joined.push(words.join(" "));
        }
        let by = last.first().and_then(|line| line.by);
        let mut last = last.iter().cloned();
        joined.extend(last.next().map(|line| line.text));
        self.put(Shown { text: joined.join(BESIDE), strong: false, by });
        for line in last {
            self.put(line);
        }
    }

    fn end(mut self) -> Vec<Shown> {
        self.flush();
        while !self.rows.is_empty() {
            self.end_row();
        }
        while self.lines.last().is_some_and(|line| line.text.is_empty()) {
            self.lines.pop();
        }
        self.lines
    }
}

/// Entities as characters, blanks as one.
fn decoded(text: &str) -> String {
    let text = text.replace(['<', '>'], " ");
    let text = if text.contains('&') { html_to_text(&text.replace(['\n', '\r', '\t'], " ")) } else { text };
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_comments(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        shown.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    shown + rest
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase().replace(['\n', '\r', '\t'], " ");
    let at = lower.find(&format!(" {name}="))? + name.len() + 2;
    let value = tag.get(at..)?;
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split(|c: char| c.is_whitespace() || c == '>').next()?,
    };
    Some(value.to_owned())
}
