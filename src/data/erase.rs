//! `erase`: removes a data file and all files of forkcov beside it.

use super::combine::{check_removable, remove_leftovers};
use super::error::Error;
use super::names;
use super::run_directory::RunDirectory;
use super::target::Target;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Files that SQLite leaves beside a data file that was edited by hand.
const SQLITE_SUFFIXES: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Removes `data_file`, the hit files, object tables, runtime logs and snapshots beside it, the temporary
/// files of a killed `combine`, and what killed runs have left. Missing files are no error.
///
/// # Errors
/// When a file cannot be removed; the others are removed nevertheless. When `data_file` is a file of another
/// program, nothing is removed.
pub fn erase(data_file: &Path) -> Result<(), Error> {
    check_removable(data_file)?;
    let beside = names::beside(data_file).map_err(Error::io("list", names::directory_of(data_file)))?;
    let of_sqlite = SQLITE_SUFFIXES.map(|suffix| {
        let mut path = data_file.as_os_str().to_owned();
        path.push(suffix);
        PathBuf::from(path)
    });
    let mut result = Ok(());
    for path in beside.into_iter().chain(of_sqlite).chain([data_file.to_owned()]) {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                result = Err(Error::io("remove", &path)(error))
            }
            _ => {}
        }
    }
    if let Ok(target) = Target::of(data_file) {
        RunDirectory::of_data_file(&target.resolved()).ended.iter().for_each(RunDirectory::remove);
        remove_leftovers(&target);
    }
    result
}
