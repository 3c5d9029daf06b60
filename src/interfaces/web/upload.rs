//! A form with a file, as browsers send it (multipart/form-data, RFC 7578): the word of the page and one file, which is all that
//! our forms have.

use axum::http::{HeaderMap, header};

use crate::interfaces::http::problem::{Kind, Problem};

/// What is around the file in a body: the word, the boundaries, the heads of the parts.
pub const AROUND: usize = 16 * 1024;

/// What such a form brings.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// The word of the page.
    pub word: String,
    /// What the file is called.
    pub name: String,
    /// What the browser says that it is.
    pub media_type: String,
    /// All of it.
    pub content: Vec<u8>,
}

/// Reads the form.
///
/// # Errors
/// If it is no such form, or no file was chosen.
pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Upload, Problem> {
    let malformed = || Problem::new(Kind::Malformed, "The form is no multipart/form-data with one file.");
    let boundary = boundary(headers).ok_or_else(malformed)?;
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // The first delimiter has no line before it.
    let mut rest = body.strip_prefix(&delimiter[2..]).ok_or_else(malformed)?;
    let mut form = Upload::default();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = find(part, &delimiter).ok_or_else(malformed)?;
        let (part, next) = part.split_at(end);
        rest = next.get(delimiter.len()..).unwrap_or_default();
        let head = find(part, b"\r\n\r\n").ok_or_else(malformed)?;
        let (head, content) = (&part[..head], &part[head + 4..]);
        let head = std::str::from_utf8(head).map_err(|_| malformed())?;
        match quoted(head, "; name=").as_deref() {
            Some("word") => form.word = String::from_utf8_lossy(content).into_owned(),
            Some("file") => {
                form.name = quoted(head, "; filename=").unwrap_or_default();
                form.media_type = media_type(head);
                form.content = content.to_vec();
            }
            _ => return Err(malformed()),
        }
    }
    if !rest.starts_with(b"--") {
        return Err(malformed());
    }
    if form.name.is_empty() {
        return Err(Problem::fault("file", "missing", "choose a file"));
    }
    Ok(form)
}

fn boundary(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (media, rest) = given.split_once(';')?;
    let boundary = rest.trim().strip_prefix("boundary=")?.trim_matches('"');
    let fits = (1..=70).contains(&boundary.len()) && boundary.bytes().all(|b| b.is_ascii_graphic());
    (media.trim().eq_ignore_ascii_case("multipart/form-data") && fits).then_some(boundary)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// A quoted value of the head of a part. Browsers write a quotation mark within as `%22`.
fn quoted(head: &str, before: &str) -> Option<String> {
    let line = head.split("\r\n").find(|line| is_named(line, "content-disposition"))?;
    let from = line.find(before)? + before.len();
    let value = line.get(from..)?.strip_prefix('"')?;
    let value = value.split_once('"')?.0;
    Some(value.replace("%22", "\""))
}

fn media_type(head: &str) -> String {
    let line = head.split("\r\n").find(|line| is_named(line, "content-type"));
    let value = line
        .and_then(|line| line.split_once(':'))
        .map(|(_, value)| value.trim());
    value.unwrap_or_default().to_owned()
}

fn is_named(line: &str, name: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(given, _)| given.trim().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(boundary: &str) -> HeaderMap {
        let value = format!("multipart/form-data; boundary={boundary}");
        HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().expect("a value"))])
    }

    const FORM: &str = "--xyz\r\nContent-Disposition: form-data; name=\"word\"\r\n\r\nabc\r\n--xyz\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\
        %PDF\r\n-- x\r\n\r\n--xyz--\r\n";

    #[test]
    fn a_file_comes_whole_with_its_name_and_the_word() {
        let form = read(&headers("xyz"), FORM.as_bytes()).expect("a form");
        assert_eq!((form.word.as_str(), form.name.as_str()), ("abc", "a \"b\".pdf"));
        assert_eq!(form.media_type, "application/pdf");
        assert_eq!(form.content, b"%PDF\r\n-- x\r\n");
    }

    #[test]
    fn what_is_no_such_form_is_refused() {
        let unknown = FORM.replace("name=\"word\"", "name=\"other\"");
        let nameless = FORM.replace("a %22b%22.pdf", "");
        for body in [
            "",
            "--xyz",
            "--xyz--",
            "--xyz\r\n\r\n",
            &FORM[..FORM.len() - 12],
            &unknown,
            &nameless,
        ] {
            assert!(read(&headers("xyz"), body.as_bytes()).is_err(), "{body}");
        }
        assert!(read(&headers("zyx"), FORM.as_bytes()).is_err());
        assert!(read(&HeaderMap::new(), FORM.as_bytes()).is_err());
    }
}
