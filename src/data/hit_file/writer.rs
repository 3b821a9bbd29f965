//! Writing a hit file.

use super::super::error::named;
use super::super::{Exit, Image, ProcessStart, names};
use super::hits::Hits;
use super::segment::{self, End, LogName, Metadata, TableName};
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The hit file of one process, for the one who traces it.
///
/// It holds no open descriptor between calls, for there may be thousands: it opens the file anew to append.
/// Every error names the file and keeps the kind of its cause ([`ErrorKind::StorageFull`], say); a call that
/// fails leaves the file as it was.
#[derive(Debug)]
pub struct HitFile {
    path: PathBuf,
    /// Where the next segment goes: nobody else appends.
    length: u64,
}

impl HitFile {
    /// Creates a hit file beside `data_file` under a new name. A relative `data_file` is looked up from the
    /// current directory at every call.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn create(data_file: &Path, start: &ProcessStart) -> io::Result<Self> {
        let bytes = segment::encode(start, 0)?;
        loop {
            let path = names::hit_file(data_file, &start.host, start.pid);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                // Another program drew the same number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(named("create", &path, &error)),
                Ok(file) => {
                    let mut created = Self { path, length: 0 };
                    return match created.append_to(&file, &bytes) {
                        Ok(()) => Ok(created),
                        Err(error) => {
                            let _ = fs::remove_file(&created.path);
                            Err(error)
                        }
                    };
                }
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records that the process runs `image` from now on.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn image(&mut self, image: &Image) -> io::Result<()> {
        self.append(image)
    }

    /// Makes room for the hits of one more object, of which [`ObjectTable`](super::super::table::ObjectTable)
    /// `table_name` says what its `sites` mean. The same table may come again, after an exec: the hits of
    /// both count.
    ///
    /// The room is taken from the disk here, so that a full disk is an error here and no SIGBUS later.
    ///
    /// # Errors
    /// When there is no room, or the file cannot be opened, written or mapped.
    pub fn object(&mut self, table_name: &str, sites: usize) -> io::Result<Hits> {
        let count = u32::try_from(sites).map_err(|_| {
            named("write", &self.path, &io::Error::new(ErrorKind::InvalidInput, "2^32 sites"))
        })?;
        let bytes = segment::encode(&TableName { table: table_name.to_owned() }, count)?;
        let file = self.open()?;
        let total = bytes.len() as u64 + u64::from(count);
        // Room first, header after: a header whose sites are missing is then never the mark of a kill.
        let written = allocate(&file, self.length, total)
            .and_then(|()| file.write_all_at(&bytes, self.length))
            .and_then(|()| Hits::map(&file, self.length + bytes.len() as u64, sites));
        match written {
            Ok(hits) => {
                self.length += total;
                Ok(hits)
            }
            Err(error) => Err(self.undo(&file, &error)),
        }
    }

    /// Records that the process writes to the Python log of this name. The same may come again.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn python(&mut self, log: &str) -> io::Result<()> {
        self.append(&LogName { log: log.to_owned() })
    }

    /// Records how the process ended, and when (seconds since the epoch).
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn end(&mut self, exit: Exit, ended: f64) -> io::Result<()> {
        self.append(&End { exit, ended })
    }

    fn append<T: Metadata>(&mut self, value: &T) -> io::Result<()> {
        let bytes = segment::encode(value, 0)?;
        let file = self.open()?;
        self.append_to(&file, &bytes)
    }

    fn append_to(&mut self, file: &File, bytes: &[u8]) -> io::Result<()> {
        file.write_all_at(bytes, self.length).map_err(|error| self.undo(file, &error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// For reading too: a shared mapping that can be written asks for it (mmap(2), EACCES).
    fn open(&self) -> io::Result<File> {
        let opened = OpenOptions::new().read(true).write(true).open(&self.path);
        opened.map_err(|error| named("open", &self.path, &error))
    }

    /// Takes back what a failed call wrote. If this fails too, a reader takes the rest for a torn tail.
    fn undo(&self, file: &File, error: &io::Error) -> io::Error {
        let _ = file.set_len(self.length);
        named("write", &self.path, error)
    }
}

/// Zeros to write at once: not more than this is written where fallocate(2) could do.
const ZEROS: [u8; 1 << 14] = [0; 1 << 14];

/// Takes `length` bytes at `offset` from the disk; they read as zero.
pub(in crate::data) fn allocate(file: &File, offset: u64, length: u64) -> io::Result<()> {
    // A write reserves its blocks, too, without choosing them yet: on ext4, removing a file that lived for a
    // moment then costs a fraction of what it costs after fallocate(2).
    if length <= ZEROS.len() as u64 {
        return write_zeros(file, offset, length);
    }
    let signed = |number: u64| i64::try_from(number).map_err(io::Error::other);
    loop {
        match fallocate(file, FallocateFlags::empty(), signed(offset)?, signed(length)?) {
            Err(Errno::EINTR) => {}
            // The file system cannot (NFS before 4.2, say).
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => return write_zeros(file, offset, length),
            result => return Ok(result?),
        }
    }
}

fn write_zeros(file: &File, offset: u64, length: u64) -> io::Result<()> {
    let end = offset + length;
    for at in (offset..end).step_by(ZEROS.len()) {
        let rest = usize::try_from(end - at).unwrap_or(usize::MAX);
        file.write_all_at(&ZEROS[..rest.min(ZEROS.len())], at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_take_the_room_where_fallocate_cannot() {
        let file = tempfile::tempfile().unwrap();
        for length in [0, 1, 1 << 14, (1 << 14) + 1, 100_000] {
            write_zeros(&file, 10, length).unwrap();
            assert!(length == 0 || file.metadata().unwrap().len() == 10 + length);
        }
    }
}
