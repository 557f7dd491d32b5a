//! Mails in one file, as mail programs and archives exchange threads: the “default” mbox of RFC 4155 appendix A. Lines
//! that would begin a mail are quoted so that no `>` is lost when they are read back (mboxrd, as qmail writes it).

use jiff::Timestamp;

/// Where there is no address to name, as mail servers write it.
const NOBODY: &str = "MAILER-DAEMON";

/// One mail of an mbox: its separator, the mail with LF line ends, an empty line. `author`: address, or empty.
pub fn entry(raw: &[u8], author: &str, received_at: Timestamp) -> Vec<u8> {
    let is_plain = !author.is_empty() && author.chars().all(|c| c.is_ascii_graphic());
    let author = if is_plain { author } else { NOBODY };
    // asctime in UTC, with the day in two columns.
    let mut mail = format!("From {author} {}\n", received_at.strftime("%a %b %e %H:%M:%S %Y")).into_bytes();
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if begins_a_mail(line) {
            mail.push(b'>');
        }
        mail.extend_from_slice(line);
        mail.push(b'\n');
    }
    mail.push(b'\n');
    mail
}

/// `From `, `>From `, `>>From `…
fn begins_a_mail(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|byte| **byte == b'>').count();
    line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_for_byte() {
        let raw =
            b"From: Vera <vera@vm.example.net>\r\nSubject: Hello\r\n\r\nFrom here on\r\n>From there\r\n From\r\nlast";
        let written = entry(raw, "vera@vm.example.net", "2026-12-07T09:02:03Z".parse().unwrap());
        let expected = "From vera@vm.example.net Mon Dec  7 09:02:03 2026\n\
                        From: Vera <vera@vm.example.net>\nSubject: Hello\n\n>From here on\n>>From there\n From\nlast\n\n";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn whoever_has_no_plain_address_is_nobody() {
        for author in ["", "\"a b\"@example.net", "a\nFrom x", "ü@example.net"] {
            let written = entry(b"\n", author, Timestamp::UNIX_EPOCH);
            assert_eq!(written, b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n\n\n", "{author:?}");
        }
    }
}
