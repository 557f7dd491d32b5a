//! Text whose lines a mail program broke only to send them (`format=flowed`, RFC 3676): paragraphs are one line
//! again, quotes stay quotes. Total, and never longer than what came in by more than its quote marks.

/// The text as its author saw it. `delsp`: the blank before a soft break belongs to the break (section 4.1).
pub fn unwrapped(text: &str, delsp: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    // The quote depth of the paragraph that goes on.
    let mut open: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let quoted = line.trim_start_matches('>');
        let depth = line.len() - quoted.len();
        let content = quoted.strip_prefix(' ').unwrap_or(quoted); // Space-stuffing, section 4.4.
        let signature = content == "-- "; // Section 4.3: never flowed.
        if open.is_some_and(|open| open != depth || signature) {
            shown.push('\n'); // Section 4.5: what goes on at another depth does not.
            open = None;
        }
        if open.is_none() {
            shown.extend(std::iter::repeat_n('>', depth));
            if depth > 0 && !content.is_empty() {
                shown.push(' ');
            }
        }
        match content.strip_suffix(' ').filter(|_| !signature) {
            Some(stripped) => {
                shown.push_str(if delsp { stripped } else { content });
                open = Some(depth);
            }
            None => {
                shown.push_str(content);
                shown.push('\n');
                open = None;
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_breaks_go_and_all_else_stays() {
        for (raw, delsp, expected) in [
            ("one \ntwo \nthree\nfour\n", false, "one two three\nfour\n"),
            ("one \ntwo\n", true, "onetwo\n"),
            ("one  \ntwo\n", true, "one two\n"),
            ("> quoted \n> on\nmine\n", false, "> quoted on\nmine\n"),
            (">> deep \n> less\n", false, ">> deep \n> less\n"),
            ("mine \n> quoted\n", false, "mine \n> quoted\n"),
            ("text \n-- \nBob\n", false, "text \n-- \nBob\n"),
            (" >no quote\n From here\n  indented\n", false, ">no quote\nFrom here\n indented\n"),
            ("one \n\ntwo\n", false, "one \ntwo\n"),
            (">\n> x\n", false, ">\n> x\n"),
            ("ends open ", false, "ends open "),
            ("", false, ""),
        ] {
            assert_eq!(unwrapped(raw, delsp), expected, "{raw:?}");
            assert_eq!(unwrapped(&raw.replace('\n', "\r\n"), delsp), expected, "{raw:?} with CRLF");
        }
    }
}
