//! The names of the files beside a data file: hit files are `DATAFILE.HOST.PID.RANDOM`, object tables
//! `DATAFILE.HOST.RUN.NUMBER.object`, the lock of a run `DATAFILE.HOST.RUN.run`. No two processes, runs or hosts ever share one.

use std::io;
use std::path::{Path, PathBuf};

/// The name of a new hit file.
pub fn hit_file(data_file: &Path, host: &str, pid: i32) -> PathBuf {
    suffixed(data_file, &format!("{}.{pid}.{:08x}", plain(host), fastrand::u32(..)))
}

/// The name of an object table: the `number`th of a run.
pub fn table(data_file: &Path, host: &str, run: &str, number: usize) -> PathBuf {
    suffixed(data_file, &format!("{}.{run}.{number}.object", plain(host)))
}

/// The name of a run's lock.
pub fn run_lock(data_file: &Path, host: &str, run: &str) -> PathBuf {
    suffixed(data_file, &format!("{}.{run}.run", plain(host)))
}

/// Whether a name is that of an object table or a lock, which only go along with hit files.
pub fn is_companion(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "object" || extension == "run")
}

/// Whether a name is that of an object table or a lock of this run.
pub fn is_companion_of(path: &Path, run: &str) -> bool {
    is_companion(path)
        && path.file_name().is_some_and(|name| name.to_string_lossy().contains(&format!(".{run}.")))
}

/// The data file that a hit file is beside.
pub fn data_file_of(hit_file: &Path) -> PathBuf {
    let name = hit_file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    hit_file.with_file_name(name.rsplitn(4, '.').nth(3).unwrap_or(&name))
}

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
        let name = entry?.file_name();
        if name.to_string_lossy().strip_prefix(&prefix).is_some_and(|rest| rest.split('.').count() >= 3) {
            found.push(data_file.with_file_name(name));
        }
    }
    found.sort();
    Ok(found)
}

fn suffixed(data_file: &Path, suffix: &str) -> PathBuf {
    let mut name = data_file.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    data_file.with_file_name(name)
}

/// A host's name as one part of a file's: no dot and no slash.
fn plain(host: &str) -> String {
    let kept = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let name: String = host.chars().map(|character| if kept(character) { character } else { '-' }).collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_cannot_lead_elsewhere() {
        let path = hit_file(Path::new("out/forkcov.data"), "../a.b", 7);
        assert_eq!(path.parent(), Some(Path::new("out")));
        assert!(path.to_string_lossy().starts_with("out/forkcov.data.---a-b.7."), "{}", path.display());
    }

    #[test]
    fn what_is_named_is_found_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let data_file = directory.path().join("forkcov.data");
        let mut named = vec![
            hit_file(&data_file, "host", 7),
            table(&data_file, "host", "a", 0),
            run_lock(&data_file, "host", "a"),
        ];
        named.sort();
        let others = ["forkcov.data", "forkcov.data-journal", "forkcov.data.old", "other.data.host.1.2"];
        for path in named.iter().cloned().chain(others.map(|name| directory.path().join(name))) {
            std::fs::write(path, "").unwrap();
        }
        assert_eq!(beside(&data_file).unwrap(), named);
        assert!(named.iter().filter(|path| !is_companion(path)).all(|path| data_file_of(path) == data_file));
    }
}
