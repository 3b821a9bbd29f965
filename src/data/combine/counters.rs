//! What processes had counted for themselves when forkcov was killed.

use super::super::{ProcessStart, counters, names};
use super::data_file_of;
use hashbrown::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What a process had counted in an object.
#[derive(Debug, Clone)]
pub(super) struct Left {
    /// The file name of the object's table.
    pub(super) table: String,
    /// A byte for each site, not 0 if the process has come by the block of which that is the last one.
    pub(super) counters: Vec<u8>,
}

/// By the serials of processes; or what is wrong with the file.
type OfRun = Result<Rc<HashMap<u64, Vec<Left>>>, String>;

/// The counters of the runs so far.
#[derive(Debug, Default)]
pub(super) struct Counters {
    by_path: HashMap<PathBuf, OfRun>,
}

impl Counters {
    /// Those that a process of which `hit_file` is had counted, and nobody has taken. Of a run that was not killed there are none.
    pub(super) fn left(&mut self, hit_file: &Path, start: &ProcessStart) -> Result<Vec<Left>, String> {
        // Somebody may have renamed the hit file.
        let Some(data_file) = data_file_of(hit_file) else { return Ok(Vec::new()) };
        let path = names::counters(&data_file, &start.host, &start.run);
        let of_run = self.by_path.entry(path).or_insert_with_key(|path| read(path, &data_file, start));
        let of_run = of_run.as_ref().map_err(Clone::clone)?;
        Ok(of_run.get(&start.serial).cloned().unwrap_or_default())
    }
}

fn read(path: &Path, data_file: &Path, start: &ProcessStart) -> OfRun {
    let mut by_process: HashMap<u64, Vec<Left>> = HashMap::new();
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Rc::default()),
        bytes => bytes.map_err(|error| error.to_string())?,
    };
    for counters::Left { process, object, counters } in counters::read(&bytes)? {
        let table = names::table(data_file, &start.host, &start.run, object);
        let table = table.file_name().unwrap_or_default().to_string_lossy().into_owned();
        by_process.entry(process).or_default().push(Left { table, counters: counters.to_vec() });
    }
    Ok(Rc::new(by_process))
}
