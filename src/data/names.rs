//! The names of the files beside a data file, and how to find them:
//! hit files are `DATAFILE.HOST.PID.RANDOM`, object tables `DATAFILE.HOST.RUN.ID.object`.

use std::io;
use std::path::{Path, PathBuf};

/// The hit files and object tables beside `data_file`, sorted.
///
/// # Errors
/// When its directory cannot be read; that there is none is no error.
pub fn beside(data_file: &Path) -> io::Result<Vec<PathBuf>> {
    let directory = match data_file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Some(name) = data_file.file_name() else { return Ok(Vec::new()) };
    let entries = match directory.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let prefix = format!("{}.", name.to_string_lossy());
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().strip_prefix(&prefix).is_some_and(|rest| rest.split('.').count() >= 3) {
            found.push(data_file.with_file_name(name));
        }
    }
    found.sort();
    Ok(found)
}
