//! Physical lines, and the fields of a line.
//!
//! In NPPES a row is a line. Reading line by line keeps a damaged row (an open quote) from swallowing the rows behind it,
//! and makes the place to resume at a plain line number. A quoted line break, which spreadsheets allow, is joined only
//! when the joined row has exactly the fields of the header.

use std::{
    borrow::Cow,
    io::{self, BufRead},
};

/// A line longer than this is damage, not data: the longest real rows have about 20 kB.
pub const LONGEST_LINE: usize = 1 << 20;

/// Reads lines and counts them.
pub struct Lines<R> {
    from: R,
    /// The line read last, counted from one.
    pub number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Lines from here on; the first one has number 1.
    pub fn new(from: R) -> Self {
        Self {
            from,
            number: 0,
            buffer: Vec::new(),
        }
    }

    /// The next line without its end, as text; `None` at the end of the file. Bytes that are not UTF-8 are read as Latin-1.
    /// A line beyond all measure is cut.
    pub fn next_line(&mut self) -> io::Result<Option<String>> {
        self.buffer.clear();
        if !self.fill()? {
            return Ok(None);
        }
        self.number += 1;
        let line = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if self.number == 1 {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        } else {
            line
        };
        Ok(Some(text(line).into_owned()))
    }

    /// Passes over lines until `number` of them have been read.
    pub fn skip_to(&mut self, number: u64) -> io::Result<()> {
        while self.number < number {
            self.buffer.clear();
            if !self.fill()? {
                break;
            }
            self.number += 1;
        }
        Ok(())
    }

    /// Appends up to the next line feed to the buffer, keeping no more than the longest line. False at the end.
    fn fill(&mut self) -> io::Result<bool> {
        let mut any = false;
        loop {
            let available = self.from.fill_buf()?;
            if available.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = available.iter().position(|&b| b == b'\n');
            let taken = end.map_or(available.len(), |at| at + 1);
            let room = LONGEST_LINE.saturating_sub(self.buffer.len());
            self.buffer.extend_from_slice(&available[..taken.min(room)]);
            self.from.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&b| char::from(b)).collect()),
    }
}

/// The fields of one row, held in one buffer that is used again for the next.
#[derive(Default)]
pub struct Fields {
    text: String,
    ends: Vec<usize>,
}

impl Fields {
    /// Takes a row apart (RFC 4180). False if a quote is left open at its end.
    pub fn split(&mut self, line: &str) -> bool {
        self.text.clear();
        self.ends.clear();
        let mut rest = line;
        loop {
            let quoted = rest.trim_start_matches(' ').strip_prefix('"');
            rest = match quoted {
                Some(inside) => match self.quoted(inside) {
                    Some(rest) => rest,
                    None => return false,
                },
                None => rest,
            };
            let end = rest.find(',').unwrap_or(rest.len());
            self.text.push_str(&rest[..end]);
            self.ends.push(self.text.len());
            match rest.get(end + 1..) {
                Some(behind) => rest = behind,
                None => return true,
            }
        }
    }

    /// Takes the inside of a quoted field; what follows the closing quote, or `None` if it never closes.
    fn quoted<'t>(&mut self, mut rest: &'t str) -> Option<&'t str> {
        loop {
            let quote = rest.find('"')?;
            self.text.push_str(&rest[..quote]);
            rest = &rest[quote + 1..];
            match rest.strip_prefix('"') {
                Some(behind) => {
                    self.text.push('"');
                    rest = behind;
                }
                None => return Some(rest),
            }
        }
    }

    /// How many fields the row has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is nothing in the row: spreadsheets append such rows.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The field at a position counted from zero; empty beyond the end.
    pub fn get(&self, at: usize) -> &str {
        let end = self.ends.get(at).copied().unwrap_or_default();
        let start = if at == 0 {
            0
        } else {
            self.ends.get(at - 1).copied().unwrap_or_default()
        };
        self.text.get(start..end).unwrap_or_default()
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Option<Vec<String>> {
        let mut fields = Fields::default();
        fields.split(line).then(|| fields.iter().map(str::to_owned).collect())
    }

    #[test]
    fn fields_are_told_apart() {
        assert_eq!(fields("a,,c"), Some(vec!["a".into(), String::new(), "c".into()]));
        assert_eq!(
            fields(r#""a","b, ""c""","d""#),
            Some(vec!["a".into(), r#"b, "c""#.into(), "d".into()])
        );
        assert_eq!(fields(r#" "a",b"#), Some(vec!["a".into(), "b".into()]));
        assert_eq!(fields("a,"), Some(vec!["a".into(), String::new()]));
        assert_eq!(fields(""), Some(vec![String::new()]));
        assert_eq!(fields(r#"a,"open"#), None);
    }

    #[test]
    fn lines_lose_their_end_their_mark_and_no_letters() {
        let mut lines = Lines::new(&b"\xef\xbb\xbfNPI,x\r\nMU\xd1OZ\nMU\xc3\x91OZ"[..]);
        let mut read = Vec::new();
        while let Some(line) = lines.next_line().expect("readable") {
            read.push((lines.number, line));
        }
        assert_eq!(read, [(1, "NPI,x".into()), (2, "MUÑOZ".into()), (3, "MUÑOZ".into())]);
        let mut lines = Lines::new(&b"1\n2\n3\n"[..]);
        lines.skip_to(2).expect("readable");
        assert_eq!(lines.next_line().expect("readable").as_deref(), Some("3"));
    }

    #[test]
    fn a_line_beyond_all_measure_is_cut() {
        let mut long = vec![b'x'; LONGEST_LINE + 10];
        long.extend_from_slice(b"\nnext\n");
        let mut lines = Lines::new(&long[..]);
        assert_eq!(
            lines.next_line().expect("readable").map(|l| l.len()),
            Some(LONGEST_LINE)
        );
        assert_eq!(lines.next_line().expect("readable").as_deref(), Some("next"));
    }
}
