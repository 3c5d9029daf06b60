//! Files that come from outside: which names and types are taken. The declared type and the first bytes must agree.

use super::line::is_hidden;
use crate::vocab::Fault;

/// Bytes of one file.
pub const MAX_BYTES: usize = 25 << 20;

/// The types that are taken, with the endings that their names may have.
const TYPES: &[(&str, &[&str])] = &[
    ("application/pdf", &["pdf"]),
    ("image/png", &["png"]),
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/tiff", &["tif", "tiff"]),
    ("text/plain", &["txt"]),
    ("text/csv", &["csv"]),
];

/// A file that may be kept: its name as given, and its type.
///
/// # Errors
/// The field that is wrong: `name`, `media_type`, or `content`.
pub fn check(name: &str, declared: &str, content: &[u8]) -> Result<&'static str, Fault> {
    check_name(name)?;
    let declared = declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let Some((media_type, endings)) = TYPES.iter().find(|(of, _)| *of == declared) else {
        let taken = TYPES.iter().map(|(of, _)| *of).collect::<Vec<_>>().join(", ");
        return Err(Fault::new("media_type", "unsupported", format!("taken are {taken}")));
    };
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    if !ending.is_some_and(|ending| endings.contains(&ending.as_str())) {
        let message = format!("a file of this type is called something.{}", endings.join(" or ."));
        return Err(Fault::new("name", "ending", message));
    }
    if content.is_empty() || content.len() > MAX_BYTES {
        return Err(Fault::new("content", "length", format!("1 to {MAX_BYTES} bytes")));
    }
    if !looks_like(media_type, content) {
        let message = format!("the file is not what it says: its bytes are no {media_type}");
        return Err(Fault::new("content", "type_mismatch", message));
    }
    Ok(media_type)
}

/// A name is one word of a folder, not a way through folders, and can be written down anywhere.
fn check_name(name: &str) -> Result<(), Fault> {
    let length = name.chars().count();
    let (code, message) = if !(1..=200).contains(&length) {
        ("length", "1 to 200 characters")
    } else if name.contains(['/', '\\', ':']) || name.starts_with('.') || name.contains("..") {
        ("path", "a file's name, without a path")
    } else if name.chars().any(is_hidden) || name.trim() != name {
        ("characters", "no control characters, no spaces around it")
    } else {
        return Ok(());
    };
    Err(Fault::new("name", code, message))
}

/// Whether the first bytes are those of the type; of text all are looked at.
fn looks_like(media_type: &str, content: &[u8]) -> bool {
    let begins = |marks: &[&[u8]]| marks.iter().any(|mark| content.starts_with(mark));
    match media_type {
        "application/pdf" => begins(&[b"%PDF-"]),
        "image/png" => begins(&[b"\x89PNG\r\n\x1a\n"]),
        "image/jpeg" => begins(&[b"\xff\xd8\xff"]),
        "image/tiff" => begins(&[b"II*\0", b"MM\0*"]),
        "text/plain" | "text/csv" => {
            let control = |b: &u8| *b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t');
            std::str::from_utf8(content).is_ok() && !content.iter().any(control)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, declared: &str, content: &[u8]) -> Option<(String, &'static str)> {
        check(name, declared, content).err().map(|f| (f.field, f.code))
    }

    #[test]
    fn a_file_is_what_its_name_and_type_say() {
        assert_eq!(
            check("Lab results 3.PDF", "application/pdf", b"%PDF-1.7 ..."),
            Ok("application/pdf")
        );
        assert_eq!(
            check("notes.txt", "text/plain; charset=utf-8", "señal\n".as_bytes()),
            Ok("text/plain")
        );
        let field = |field: &str, code| Some((field.to_owned(), code));
        let pdf = b"%PDF-1.7".as_slice();
        assert_eq!(
            refused("bomb.zip", "application/zip", b"PK\x03\x04"),
            field("media_type", "unsupported")
        );
        assert_eq!(
            refused("bomb.pdf", "application/pdf", b"PK\x03\x04"),
            field("content", "type_mismatch")
        );
        assert_eq!(refused("a.pdf.exe", "application/pdf", pdf), field("name", "ending"));
        assert_eq!(
            refused("page.txt", "text/plain", b"a\0b"),
            field("content", "type_mismatch")
        );
        assert_eq!(refused("empty.pdf", "application/pdf", b""), field("content", "length"));
        for path in ["../../etc/passwd.pdf", "a/b.pdf", "C:\\x.pdf", ".hidden.pdf", "a..pdf"] {
            assert_eq!(refused(path, "application/pdf", pdf), field("name", "path"), "{path}");
        }
        for odd in ["a\nb.pdf", "\u{202e}fdp.pdf", " a.pdf"] {
            assert_eq!(
                refused(odd, "application/pdf", pdf),
                field("name", "characters"),
                "{odd:?}"
            );
        }
    }
}
