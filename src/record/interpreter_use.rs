//! Which interpreters a run has met.

use super::injected_probe::KnownLog;
use crate::data::RunFiles;
use crate::data::runtime_log::SourceList;
use crate::real_path::RealPaths;
use crate::runtime::Runtime;
use std::collections::HashMap;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What a run knows of the interpreters in its processes.
#[derive(Debug, Default)]
pub(super) struct InterpreterUse {
    /// The runtime logs, by their numbers.
    pub(super) logs: Vec<KnownLog>,
    /// The runtimes of which a probe was injected.
    pub(super) runtimes: Vec<&'static dyn Runtime>,
    /// The sources that interpreters have loaded and that count, and their numbers in the list.
    pub(super) sources: HashMap<PathBuf, u32>,
    list: Option<SourceList>,
    /// The real paths of sources that exist.
    real_paths: HashMap<PathBuf, PathBuf>,
}

impl InterpreterUse {
    /// The number of a source. A new one is added to the list of the run.
    pub(super) fn number(&mut self, files: &RunFiles, source: PathBuf) -> io::Result<u32> {
        if let Some(number) = self.sources.get(&source) {
            return Ok(*number);
        }
        let list = match &mut self.list {
            Some(list) => list,
            none => none.insert(SourceList::create(files)?),
        };
        let number = list.add(source.as_os_str().as_bytes())?;
        self.sources.insert(source, number);
        Ok(number)
    }

    /// The path of a source without symbolic links: it may be loaded by several names.
    pub(super) fn real_path(&mut self, source: PathBuf) -> PathBuf {
        if let Some(known) = self.real_paths.get(&source) {
            return known.clone();
        }
        let real = RealPaths::default().resolve(&source);
        // What is not there can be written later.
        if real.is_file {
            self.real_paths.insert(source, real.path.clone());
        }
        real.path
    }
}
