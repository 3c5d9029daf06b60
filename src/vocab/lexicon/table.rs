//! Reading a table row by row, with an error that names file, line and reason.

use std::str::FromStr;

/// A row of a table that can't be taken: the table stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {reason}")]
pub struct TableError {
    /// The file's name.
    pub file: &'static str,
    /// Counted from one, the header included.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// A table with exactly the columns that its reader expects.
pub(in crate::vocab) struct Table<'a> {
    file: &'static str,
    reader: csv::Reader<&'a [u8]>,
    record: csv::StringRecord,
    columns: &'static [&'static str],
}

/// One row; cells are asked for by the number of their column.
pub(in crate::vocab) struct Row<'t> {
    file: &'static str,
    line: u64,
    columns: &'static [&'static str],
    record: &'t csv::StringRecord,
}

impl<'a> Table<'a> {
    /// Opens the text of `file`, whose header must be `columns`.
    pub(in crate::vocab) fn open(
        file: &'static str,
        text: &'a str,
        columns: &'static [&'static str],
    ) -> Result<Self, TableError> {
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| refused(file, &e))?;
        if header.iter().ne(columns.iter().copied()) {
            let found = header.iter().collect::<Vec<_>>().join(",");
            return Err(TableError {
                file,
                line: 1,
                reason: format!("the columns should be `{}`, they are `{found}`", columns.join(",")),
            });
        }
        Ok(Self {
            file,
            reader,
            record: csv::StringRecord::new(),
            columns,
        })
    }

    /// The next row, or `None` at the end.
    pub(in crate::vocab) fn next(&mut self) -> Result<Option<Row<'_>>, TableError> {
        let more = self.reader.read_record(&mut self.record);
        if !more.map_err(|e| refused(self.file, &e))? {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        Ok(Some(Row {
            file: self.file,
            line,
            columns: self.columns,
            record: &self.record,
        }))
    }
}

impl<'t> Row<'t> {
    /// The cell of a column.
    pub(in crate::vocab) fn text(&self, column: usize) -> &'t str {
        self.record.get(column).unwrap_or_default()
    }

    /// The cell of a column that must not be empty.
    pub(in crate::vocab) fn required(&self, column: usize) -> Result<&'t str, TableError> {
        match self.text(column) {
            "" => Err(self.fault(format!("`{}` is empty", self.columns[column]))),
            text => Ok(text),
        }
    }

    /// The cell of a column as a number.
    pub(in crate::vocab) fn number<T: FromStr>(&self, column: usize) -> Result<T, TableError> {
        let text = self.text(column);
        let read = text.parse();
        read.map_err(|_| self.fault(format!("`{text}` in `{}` is no number that fits", self.columns[column])))
    }

    /// What is wrong with this row.
    pub(in crate::vocab) fn fault(&self, reason: impl Into<String>) -> TableError {
        TableError {
            file: self.file,
            line: self.line,
            reason: reason.into(),
        }
    }
}

fn refused(file: &'static str, error: &csv::Error) -> TableError {
    TableError {
        file,
        line: error.position().map_or(0, csv::Position::line),
        reason: match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("it has {len} cells instead of {expected_len}")
            }
            _ => error.to_string(),
        },
    }
}
