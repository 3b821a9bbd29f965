//! The code of an executable with everything inserted, in a file that takes its place.
//!
//! Writing into the memory of a process copies each page that is written. A file with the same content that
//! is mapped instead costs two stops, and processes share its pages. It has the name of the executable, but
//! another device and inode.

use super::pristine_code::PristineCode;
use crate::ptrace::{NamedFile, PassedFile};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// No more code is kept for an executable, in bytes.
const MOST: u64 = 1 << 26;

/// A file that takes the place of an executable's code.
#[derive(Debug)]
pub struct StandIn {
    file: NamedFile,
    path: PathBuf,
    /// The part of the file, and of the executable.
    offset: u64,
    length: u64,
    /// The executable's own code. An object can be in several files, of which other code may differ.
    original: Vec<u8>,
}

impl StandIn {
    /// Makes the file for the code of an executable, changed at these addresses. `None` if one is not in that
    /// code, or forkcov may make no such file.
    pub fn new<'b>(code: &PristineCode, changes: impl Iterator<Item = (u64, &'b [u8])>) -> Option<Self> {
        let (path, offset, length) = (code.name.clone()?, code.offset, code.range.end - code.range.start);
        if length > MOST {
            return None;
        }
        let mut original = vec![0; length as usize];
        code.file.read_exact_at(&mut original, offset).ok()?;
        let mut content = original.clone();
        for (address, changed) in changes {
            let at = usize::try_from(address.checked_sub(code.range.start)?).ok()?;
            content.get_mut(at..)?.get_mut(..changed.len())?.copy_from_slice(changed);
        }
        let file = NamedFile::new(&path, offset, &content).ok()?;
        Some(Self { file, path, offset, length, original })
    }

    /// The file, to be mapped over this code, if that is the same, and the process sees it by the same name.
    pub fn over(&self, code: &PristineCode) -> Option<PassedFile<'_>> {
        let length = code.range.end - code.range.start;
        let is_same =
            (&code.name, code.offset, length) == (&Some(self.path.clone()), self.offset, self.length);
        let is_same = is_same && code.has(code.range.start, &self.original);
        is_same.then(|| self.file.over(code.range.clone(), code.offset))
    }

    /// Device and inode, as `/proc/PID/maps` has them.
    pub fn identity(&self) -> (u64, u64) {
        self.file.identity()
    }
}
