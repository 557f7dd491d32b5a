//! Scissors for MIME, by hand and by exact bytes (RFC 2046 section 5.1.1), so that no reader the program uses judges its
//! own letters. Line ends are CRLF. It decodes nothing but what it must compare.

/// The header of an entity, unfolded, one field a line.
pub fn header(entity: &[u8]) -> String {
    let end = find(entity, b"\r\n\r\n").expect("a header");
    String::from_utf8_lossy(&entity[..end]).replace("\r\n ", " ").replace("\r\n\t", " ").replace("\r\n", "\n")
}

pub fn body(entity: &[u8]) -> &[u8] {
    &entity[find(entity, b"\r\n\r\n").expect("a header") + 4..]
}

/// The first field of this name.
pub fn field(entity: &[u8], name: &str) -> String {
    let header = header(entity);
    let mut fields = header.lines().filter_map(|line| line.split_once(':'));
    let found = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// The parts of a multipart entity, each with its header. The line end before a delimiter belongs to the delimiter.
pub fn parts(entity: &[u8]) -> Vec<&[u8]> {
    let content_type = field(entity, "Content-Type");
    let (_, boundary) = content_type.split_once("boundary=").unwrap_or_else(|| panic!("no boundary: {content_type}"));
    let boundary = boundary.split(';').next().unwrap().trim().trim_matches('"');
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = &entity[find(entity, b"\r\n\r\n").unwrap() + 2..];
    let mut parts = Vec::new();
    rest = &rest[find(rest, delimiter.as_bytes()).expect("a first delimiter") + delimiter.len()..];
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n").expect("a delimiter stands alone on its line");
        let end = find(rest, delimiter.as_bytes()).expect("the multipart is closed");
        parts.push(&rest[..end]);
        rest = &rest[end + delimiter.len()..];
    }
    parts
}

/// The bytes in a part, without its transfer encoding.
pub fn content(part: &[u8]) -> Vec<u8> {
    match field(part, "Content-Transfer-Encoding").as_str() {
        "base64" => {
            let digits: Vec<u8> = body(part).iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            data_encoding::BASE64.decode(&digits).expect("base64")
        }
        "7bit" => body(part).to_vec(),
        other => panic!("not cut here: {other}"),
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    // By the first byte: a window over 20 MB is slow where nothing is optimised.
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == wanted[0]) {
        if bytes[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}
