//! How the files of an index lie in memory: in huge pages where the system has them (Linux 6.16 and later, on ext4, XFS and
//! others), and all of what is searched soon after the start.
//!
//! A search jumps about in gigabytes of mapped files. With pages of 4 KiB most jumps also cost a walk through the page
//! tables, which lie in memory themselves, and each first jump to a page a fault; with pages of 2 MiB hardly any does.

use std::{fs, io, path::Path};

#[cfg(target_os = "linux")]
use tantivy::directory::Advice;
use tantivy::directory::MmapDirectory;

/// A huge page in bytes.
const HUGE: usize = 2 << 20;

/// A page in bytes, or less than one.
const PAGE: usize = 4096;

/// Whether the files of a folder fit into half of the memory. Where they do not, huge pages would push out of memory what is
/// needed together with what is not.
pub fn fit(folder: &Path) -> bool {
    memory().is_none_or(|memory| bytes(folder) < memory / 2)
}

/// Bytes of the files of a folder.
pub fn bytes(folder: &Path) -> u64 {
    let sizes = fs::read_dir(folder).into_iter().flatten().flatten();
    sizes.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
}

/// Bytes of memory that this process may have; Linux only.
fn memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok()?;
    let machine = machine.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let machine = machine.split_whitespace().next()?.parse::<u64>().ok()? * 1024;
    // What a container may have; "max" without a limit.
    let container = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let container = container.and_then(|text| text.trim().parse().ok());
    Some(container.map_or(machine, |container| machine.min(container)))
}

/// The files of a folder, mapped in huge pages if `huge` and the system has them.
pub fn directory(folder: &Path, huge: bool) -> tantivy::Result<MmapDirectory> {
    #[cfg(target_os = "linux")]
    if huge {
        return Ok(MmapDirectory::open_with_madvice(folder, Advice::HugePage)?);
    }
    let _ = huge;
    Ok(MmapDirectory::open(folder)?)
}

/// Reads something of each page, so that no search has to wait for the disk or for the page to be mapped.
pub fn touch(bytes: &[u8]) {
    let sum = bytes.iter().step_by(PAGE).fold(0, |sum, byte| sum ^ byte);
    std::hint::black_box(sum);
}

/// Writes by whole huge pages: the system keeps what was just written in pages as large as the pieces in which it came.
pub struct HugeWriter<W> {
    inner: W,
    page: Vec<u8>,
}

impl<W: io::Write> HugeWriter<W> {
    /// Starts at the beginning of `inner`.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            page: Vec::new(),
        }
    }

    /// Writes the rest. Gives back the inner writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.inner.write_all(&self.page)?;
        Ok(self.inner)
    }
}

impl<W: io::Write> io::Write for HugeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(HUGE - self.page.len());
        self.page.extend_from_slice(&bytes[..taken]);
        if self.page.len() == HUGE {
            self.inner.write_all(&self.page)?;
            self.page.clear();
        }
        Ok(taken)
    }

    /// Leaves the page that is not full yet for [`Self::finish`].
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Keeps the lengths of what it is given.
    #[derive(Default)]
    struct Pieces {
        lengths: Vec<usize>,
        bytes: Vec<u8>,
    }

    impl io::Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.lengths.push(bytes.len());
            self.bytes.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn whatever_is_written_goes_out_by_whole_pages() -> io::Result<()> {
        let mut writer = HugeWriter::new(Pieces::default());
        let mut all = Vec::new();
        for (number, length) in [1, 0, 700_001, HUGE - 1, 3 * HUGE + 5, 2, HUGE].into_iter().enumerate() {
            let part = vec![number as u8; length];
            writer.write_all(&part)?;
            all.extend_from_slice(&part);
        }
        let pieces = writer.finish()?;
        assert!(pieces.bytes == all, "the same bytes");
        let (last, whole) = pieces.lengths.split_last().expect("pieces");
        assert!(whole.iter().all(|length| *length == HUGE), "{whole:?}");
        assert_eq!(*last, all.len() % HUGE);
        Ok(())
    }

    #[test]
    fn a_folder_that_is_not_there_fits() {
        assert!(fit(Path::new("/nowhere/at/all")));
    }
}
