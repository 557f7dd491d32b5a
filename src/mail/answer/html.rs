//! Mail that is HTML only, as text. Total: HTML that would cost too much is read by a simpler reader, which shows its
//! words without its shape.

use std::sync::LazyLock;

use html2text::config::{self, Config};
use html2text::render::{TextDecorator, TrivialDecorator};
use mail_parser::decoders::html::html_to_text;
use regex::Regex;

/// A long newsletter has some thousand.
const TAGS_MAX: usize = 5_000;
/// Each quote and list puts a mark before every line in it: what is nested deeper costs the square of its size.
const NESTS_MAX: usize = 50;
/// Marks times bytes, at worst.
const MARKED_BYTES_MAX: usize = 16 << 20;
/// html2text 0.17.4 walks into elements by recursion, and so deep can no mail of `TAGS_MAX` be.
const STACK_BYTES: usize = 256 << 20;

static NEST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("(?i)<(?:blockquote|[uod]l)").expect("the pattern is fixed"));

/// A ruler would be drawn as wide as the page.
static RULER: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?i)<hr").expect("the pattern is fixed"));

/// The text of an HTML page. Nothing is wrapped: an address must not fall into two lines.
pub fn text(html: &str) -> String {
    let page = || config::plain_no_decorate().link_footnotes(true).raw_mode(true).allow_width_overflow();
    shaped(html, page).unwrap_or_else(|| words(html))
}

/// The same without anything that was not typed: no marks of links, lists or quotes. `None`: it would cost too much.
pub fn bare(html: &str) -> Option<String> {
    let page = || config::with_decorator(TrivialDecorator::new()).raw_mode(true).allow_width_overflow();
    shaped(html, page)
}

/// The words of a page without its shape.
pub fn words(html: &str) -> String {
    html_to_text(html)
}

fn shaped<D: TextDecorator>(html: &str, page: fn() -> Config<D>) -> Option<String> {
    let nests = NEST.find_iter(html).count();
    if html.matches('<').count() > TAGS_MAX || nests > NESTS_MAX || nests * html.len() > MARKED_BYTES_MAX {
        return None;
    }
    let html = RULER.replace_all(html, "<br");
    let width = html.len().max(80);
    let read = || page().string_from_read(html.as_bytes(), width).ok();
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, read).ok()?;
        reader.join().ok().flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_its_shape() {
        for (html, expected) in [
            ("<p>One &amp; two</p><p>three<br>four</p>", "One & two\n\nthree\nfour\n"),
            ("<style>p {}</style><script>x()</script><title>T</title><p>Text", "Text\n"),
            ("<ul><li>one</li><li>two</li></ul>", "* one\n* two\n"),
            ("<blockquote>quoted</blockquote>mine", "> quoted\n\nmine\n"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb\n"),
            ("a<hr>b", "a\nb\n"),
            ("<a href=\"https://example.net/x\">link</a>", "[link][1]\n\n[1]: https://example.net/x\n"),
            ("<pre>  int x;\n  y();</pre>", "  int x;\n  y();\n"),
            ("no tags at all", "no tags at all\n"),
            ("", ""),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }

    #[test]
    fn hostile_pages_are_read_in_bounded_time() {
        for (name, html) in [
            ("nested", "<div>".repeat(TAGS_MAX)),
            ("nested beyond", "<div>".repeat(200_000)),
            ("formatting", "<b><i><font size=1>".repeat(TAGS_MAX / 3)),
            ("formatting across paragraphs", "<p><a><b>x".repeat(TAGS_MAX / 3)),
            ("tables", "<table><tr><td>".repeat(TAGS_MAX / 3)),
            ("quotes", "<blockquote>x".repeat(TAGS_MAX)),
            ("quotes of many lines", "<blockquote>".repeat(NESTS_MAX) + "<pre>" + &"x\n".repeat(160_000)),
            ("lists", "<ul><li>x".repeat(NESTS_MAX)),
            ("rulers", "<hr>".repeat(TAGS_MAX)),
            ("one word", "x".repeat(1 << 20)),
            ("entities", "&#x1F600;".repeat(100_000)),
        ] {
            let started = std::time::Instant::now();
            let length = text(&html).len();
            println!("{name}: {:?}, {length} bytes", started.elapsed());
            assert!(started.elapsed().as_secs() < 60, "{name}: {:?}", started.elapsed());
            assert!(length < 128 << 20, "{name}: {length} bytes");
        }
    }
}
