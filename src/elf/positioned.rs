//! Reads a file at given offsets. The file offset of the descriptor does not change, and the first error
//! is kept.

use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use object::read::{ReadCache, ReadCacheOps};

/// The parts of a file that were read, each once.
///
/// The file is not mapped: if another process truncates it, there must be an error and not SIGBUS.
pub(crate) type FileCache<'f> = ReadCache<PositionedFile<'f>>;

/// A file, and the offset of the next read.
pub(crate) struct PositionedFile<'f> {
    file: &'f File,
    position: u64,
    /// The first error: `ReadCacheOps` cannot return one.
    failure: &'f OnceCell<io::Error>,
}

impl<'f> PositionedFile<'f> {
    pub(crate) fn new(file: &'f File, failure: &'f OnceCell<io::Error>) -> Self {
        Self { file, position: 0, failure }
    }

    fn keep<T>(&self, result: io::Result<T>) -> Result<T, ()> {
        result.map_err(|error| {
            // Later errors are consequences of the first.
            let _ = self.failure.set(error);
        })
    }
}

impl ReadCacheOps for PositionedFile<'_> {
    fn len(&mut self) -> Result<u64, ()> {
        self.keep(self.file.metadata().map(|metadata| metadata.len()))
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
        self.keep(self.file.read_exact_at(buffer, self.position))?;
        self.position += buffer.len() as u64;
        Ok(())
    }
}
