//! The source files of a run that interpreters have loaded. Logs refer to them by their numbers. forkcov
//! alone writes this file, and no process maps it.

use super::super::run_directory::{RunFile, RunFiles};
use std::io;

/// The first bytes of the file; the digit is the version of the format.
pub(in crate::data) const MAGIC: [u8; 8] = *b"fcSourc1";

/// The list of a run, during the run.
#[derive(Debug)]
pub struct SourceList {
    file: RunFile,
    size: u64,
    /// How many sources it has.
    count: u32,
}

impl SourceList {
    /// Creates the list of a run.
    ///
    /// # Errors
    /// When it cannot be created or written.
    pub fn create(files: &RunFiles) -> io::Result<Self> {
        let file = files.directory.create_file(&files.names.source_list())?;
        match file.write_at(&MAGIC, 0) {
            Ok(()) => Ok(Self { file, size: MAGIC.len() as u64, count: 0 }),
            Err(error) => {
                file.remove();
                Err(error)
            }
        }
    }

    /// Adds a source file. Gives its number, from 1 on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, source: &[u8]) -> io::Result<u32> {
        let length = u32::try_from(source.len()).map_err(io::Error::other)?;
        // The length comes last, as forkcov can be killed in between.
        self.file.write_at(source, self.size + 4)?;
        self.file.write_at(&length.to_le_bytes(), self.size)?;
        self.size += 4 + u64::from(length);
        self.count += 1;
        Ok(self.count)
    }
}

/// The source files of a list, in the order of their numbers. An entry that is cut short is left out.
///
/// # Errors
/// When it is no such list.
pub fn read(list: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    let mut rest = list.strip_prefix(&MAGIC).ok_or("not a list of sources, or of another version")?;
    let mut sources = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((source, after)) = after.split_at_checked(length).filter(|_| length > 0) else { break };
        sources.push(source);
        rest = after;
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{RunDirectory, RunNames};
    use std::fs;

    #[test]
    fn what_is_written_is_read_and_an_entry_that_is_cut_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let names = RunNames { base: "data".into(), host: "host".to_owned(), run: "ab".to_owned() };
        let files = RunFiles { directory: RunDirectory::open(directory.path()).unwrap(), names };
        let mut list = SourceList::create(&files).unwrap();
        assert_eq!((list.add(b"/a.py").unwrap(), list.add(b"/b\xff.py").unwrap()), (1, 2));
        let bytes = fs::read(list.file.path()).unwrap();
        assert_eq!(read(&bytes).unwrap(), [&b"/a.py"[..], b"/b\xff.py"]);
        for cut in 0..bytes.len() {
            let read = read(&bytes[..cut]);
            assert_eq!(read.map(|read| read.len()).ok(), (cut >= 8).then_some(usize::from(cut >= 17)));
        }
        assert_eq!(read(&[&bytes[..], &[0; 20]].concat()).unwrap().len(), 2, "zeros are no entry");
    }
}
