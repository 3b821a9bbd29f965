//! Counters of self-counting processes that were left when forkcov was killed.

use super::super::names::RunNames;
use super::super::{ProcessStart, counters};
use super::run_of;
use crate::byte_text;
use hashbrown::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Counters that a process had in an object.
#[derive(Debug, Clone)]
pub(super) struct LeftoverCounters {
    /// The file name of the object's table.
    pub(super) table: String,
    /// A byte for each site, not 0 if the process has passed the block that ends with it.
    pub(super) counters: Vec<u8>,
}

/// By the serial of the process; or the damage of the file.
type OfRun = Result<Rc<HashMap<u64, Vec<LeftoverCounters>>>, String>;

/// The counters of the runs that have been read.
#[derive(Debug, Default)]
pub(super) struct Counters {
    by_path: HashMap<PathBuf, OfRun>,
}

impl Counters {
    /// The counters that are left of the process of `hit_file`. A run that was not killed leaves none.
    pub(super) fn left(
        &mut self,
        hit_file: &Path,
        start: &ProcessStart,
    ) -> Result<Vec<LeftoverCounters>, String> {
        // The hit file may have been renamed.
        let Some(files) = run_of(hit_file, start) else { return Ok(Vec::new()) };
        let path = hit_file.with_file_name(files.counters(0));
        let of_run = self.by_path.entry(path).or_insert_with_key(|path| read(path, &files));
        let of_run = of_run.as_ref().map_err(Clone::clone)?;
        Ok(of_run.get(&start.serial).cloned().unwrap_or_default())
    }
}

fn read(path: &Path, files: &RunNames) -> OfRun {
    let mut by_process: HashMap<u64, Vec<LeftoverCounters>> = HashMap::new();
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Rc::default()),
        bytes => bytes.map_err(|error| error.to_string())?,
    };
    for counters::LeftoverCounters { process, object, counters } in counters::read(&bytes)? {
        let table = byte_text::encode_os(files.object_table(object));
        by_process.entry(process).or_default().push(LeftoverCounters { table, counters: counters.to_vec() });
    }
    Ok(Rc::new(by_process))
}
