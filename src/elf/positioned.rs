//! Reads a file at given offsets. The file offset of the descriptor does not change, and the first error
//! is kept.

use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use nix::unistd::{Whence, lseek};
use object::read::{ReadCache, ReadCacheOps};

/// The parts of a file that were read, each once.
///
/// The file is not mapped: if another process truncates it, there must be an error and not SIGBUS.
pub(crate) type FileCache<'f> = ReadCache<PositionedFile<'f>>;

/// What is read of a file, in bytes: this, and so many times what it takes on disk. A damaged file can claim
/// that its parts overlap, and a sparse one that they are huge.
const LEAST_ROOM: u64 = 64 << 20;
const MOST_READ: u64 = 16;

/// A file, and the offset of the next read.
pub(crate) struct PositionedFile<'f> {
    file: &'f File,
    position: u64,
    /// How many more bytes are read.
    room: u64,
    /// The first error: `ReadCacheOps` cannot return one.
    failure: &'f OnceCell<io::Error>,
}

impl<'f> PositionedFile<'f> {
    pub(crate) fn new(file: &'f File, failure: &'f OnceCell<io::Error>) -> Self {
        let room = LEAST_ROOM.saturating_add(on_disk(file).saturating_mul(MOST_READ));
        Self { file, position: 0, room, failure }
    }

    /// Takes bytes that will be read into account.
    fn take(&mut self, bytes: usize) -> Result<(), ()> {
        let rest = self.room.checked_sub(bytes as u64);
        self.room = self.keep(rest.ok_or_else(too_large))?;
        Ok(())
    }

    fn keep<T>(&self, result: io::Result<T>) -> Result<T, ()> {
        result.map_err(|error| {
            // Later errors are consequences of the first.
            let _ = self.failure.set(error);
        })
    }
}

/// How many bytes of a file are on disk. Only where there are holes, the number of blocks says so: some file
/// systems do not know it.
fn on_disk(file: &File) -> u64 {
    let Ok(metadata) = file.metadata() else { return 0 };
    let (length, blocks) = (metadata.len(), metadata.blocks().saturating_mul(512));
    if blocks >= length || !has_hole(file, length) { length } else { blocks }
}

/// Whether a file has a hole before its end (lseek(2)). The file offset does not change.
fn has_hole(file: &File, length: u64) -> bool {
    let Ok(before) = lseek(file, 0, Whence::SeekCur) else { return false };
    let hole = lseek(file, 0, Whence::SeekHole);
    let _ = lseek(file, before, Whence::SeekSet);
    hole.is_ok_and(|hole| hole.cast_unsigned() < length)
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "its parts take much more memory than the file has on disk")
}

impl ReadCacheOps for PositionedFile<'_> {
    fn len(&mut self) -> Result<u64, ()> {
        let length = self.keep(self.file.metadata().map(|metadata| metadata.len()))?;
        // The memory for a read is allocated before it: none may be larger than the room.
        if length > self.room { self.keep(Err(too_large())) } else { Ok(length) }
    }

    fn seek(&mut self, position: u64) -> Result<u64, ()> {
        self.position = position;
        Ok(position)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ()> {
        let read = loop {
            match self.file.read_at(buffer, self.position) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break self.keep(other)?,
            }
        };
        self.position += read as u64;
        Ok(read)
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), ()> {
        self.take(buffer.len())?;
        self.keep(self.file.read_exact_at(buffer, self.position))?;
        self.position += buffer.len() as u64;
        Ok(())
    }
}
