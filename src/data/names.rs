//! The names of the files of a run, and how to find them. They are in the private directory of the run, and
//! stand beside the data file after `run --parallel-mode`.
//!
//! | file | name |
//! |---|---|
//! | hit file | `DATAFILE.HOST.PID.RANDOM`, RANDOM being 16 hexadecimal digits |
//! | object table | `DATAFILE.HOST.RUN.NUMBER.object` |
//! | runtime log | `DATAFILE.HOST.RUN.NUMBER.runtime` |
//! | counters of a process | `DATAFILE.HOST.RUN.NUMBER.counters` |
//! | sources of a run's runtime logs | `DATAFILE.HOST.RUN.sources` |
//! | source snapshots of a run | `DATAFILE.HOST.RUN.snapshots` |
//!
//! HOST has no dot. So the name of the data file can be found in these names, even if it has dots itself.

pub use crate::output_file::directory_of;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What a file beside a data file is, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunFileKind {
    /// The hit file of one process.
    HitFile,
    /// The table of one object of a run.
    ObjectTable {
        /// The run.
        run: String,
    },
    /// Which lines a process of a run ran in an interpreter.
    RuntimeLog {
        /// The run.
        run: String,
    },
    /// The sources that the runtime logs of a run refer to.
    SourceList {
        /// The run.
        run: String,
    },
    /// The source snapshots of a run.
    Snapshots {
        /// The run.
        run: String,
    },
    /// The counters of a self-counting process.
    Counters {
        /// The run.
        run: String,
    },
}

/// The name of a file beside a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// The file name of the data file.
    pub base: OsString,
    /// What it is.
    pub kind: RunFileKind,
}

/// The names of the files of one run.
#[derive(Debug, Clone)]
pub struct RunNames {
    /// The file name of the data file that the run writes, or would write.
    pub base: OsString,
    /// The name of the host that the run is on, as gethostname(2) gives it.
    pub host: String,
    /// The run's random identifier, in hexadecimal.
    pub run: String,
}

impl RunNames {
    /// A new name for the hit file of a process.
    pub fn hit_file(&self, pid: i32) -> OsString {
        self.suffixed(&format!("{pid}.{:016x}", fastrand::u64(..)))
    }

    /// The name of the object table with this number.
    pub fn object_table(&self, number: u32) -> OsString {
        self.of_run(&format!("{number}.object"))
    }

    /// The name of the runtime log with this number.
    pub fn runtime_log(&self, number: u32) -> OsString {
        self.of_run(&format!("{number}.runtime"))
    }

    /// The name of the list of the sources that runtime logs refer to.
    pub fn source_list(&self) -> OsString {
        self.of_run("sources")
    }

    /// The name of the counters with this number.
    pub fn counters(&self, number: u64) -> OsString {
        self.of_run(&format!("{number}.counters"))
    }

    /// The name of the file that says which snapshots of its sources the run used.
    pub fn snapshots(&self) -> OsString {
        self.of_run("snapshots")
    }

    fn of_run(&self, suffix: &str) -> OsString {
        self.suffixed(&format!("{}.{suffix}", self.run))
    }

    fn suffixed(&self, suffix: &str) -> OsString {
        let mut name = self.base.clone();
        name.push(format!(".{}.{suffix}", host_part(&self.host)));
        name
    }
}

/// `host` as part of a file name: letters, digits, `-` and `_` stay, all else becomes `-`.
pub fn host_part(host: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let part: String = host.chars().take(64).map(safe).collect();
    if part.is_empty() { "localhost".to_owned() } else { part }
}

/// What `path` is, by its name alone; `None` if it has no such name.
pub fn parse(path: &Path) -> Option<FileName> {
    let name = path.file_name()?.as_bytes();
    let mut parts = name.rsplitn(5, |byte| *byte == b'.');
    let [last, third, second, first] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let rest = parts.next();
    let whole = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if is_decimal(third) && is_hexadecimal(second) && is_host(first) {
        let run = text(second);
        let kind = match last {
            b"object" => Some(RunFileKind::ObjectTable { run }),
            b"runtime" => Some(RunFileKind::RuntimeLog { run }),
            b"counters" => Some(RunFileKind::Counters { run }),
            _ => None,
        };
        if let Some(kind) = kind {
            return Some(FileName { base: whole(rest?), kind });
        }
    }
    // The other names have one part less: the base extends to the host.
    let host = second;
    let base = whole(&name[..name.len() - last.len() - third.len() - host.len() - 3]);
    let kind = if last == b"snapshots" && is_hexadecimal(third) {
        RunFileKind::Snapshots { run: text(third) }
    } else if last == b"sources" && is_hexadecimal(third) {
        RunFileKind::SourceList { run: text(third) }
    } else if last.len() == 16 && is_hexadecimal(last) && is_decimal(third) {
        RunFileKind::HitFile
    } else {
        return None;
    };
    (!base.is_empty() && is_host(host)).then_some(FileName { base, kind })
}

/// The number of the runtime log `path`.
pub fn runtime_log_number(path: &Path) -> Option<u32> {
    Path::new(path.file_stem()?).extension()?.to_str()?.parse().ok()
}

/// The file of the same run with this suffix, beside the runtime log `path`.
pub fn beside_runtime_log(path: &Path, suffix: &str) -> Option<PathBuf> {
    let mut name = Path::new(path.file_stem()?).file_stem()?.to_owned();
    name.push(".");
    name.push(suffix);
    Some(path.with_file_name(name))
}

/// The hit files, object tables, runtime logs, counters and snapshots beside `data_file`, sorted.
///
/// # Errors
/// When its directory cannot be read. A missing directory is no error.
pub fn beside(data_file: &Path) -> io::Result<Vec<PathBuf>> {
    let Some(base) = data_file.file_name() else { return Ok(Vec::new()) };
    in_directory(directory_of(data_file), base)
}

/// The hit files, object tables, runtime logs, counters and snapshots in `directory` of a data file
/// called `base`, sorted.
///
/// # Errors
/// When the directory cannot be read. A missing directory is no error.
pub fn in_directory(directory: &Path, base: &OsStr) -> io::Result<Vec<PathBuf>> {
    let entries = match directory.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if parse(Path::new(&name)).is_some_and(|name| name.base == base) {
            // A plain name stays plain, because users see these paths.
            found.push(if directory == Path::new(".") { PathBuf::from(name) } else { directory.join(name) });
        }
    }
    found.sort();
    Ok(found)
}

fn is_host(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_decimal(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(u8::is_ascii_digit)
}

fn is_hexadecimal(part: &[u8]) -> bool {
    !part.is_empty() && part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: OsString) -> (OsString, RunFileKind) {
        let name = parse(Path::new(&name)).unwrap_or_else(|| panic!("{name:?} is no such name"));
        (name.base, name.kind)
    }

    #[test]
    fn names_tell_their_data_file_and_kind() {
        for base in ["forkcov.data", "x", "a.b.c.d.e", "forkcov.data.host.12.data", "-"] {
            let base = OsString::from(base);
            let run = "00ff".to_owned();
            let host = "ci.example".to_owned();
            let files = RunNames { base: base.clone(), host, run: run.clone() };
            assert_eq!(parsed(files.hit_file(12)), (base.clone(), RunFileKind::HitFile));
            assert_eq!(
                parsed(files.object_table(3)),
                (base.clone(), RunFileKind::ObjectTable { run: run.clone() })
            );
            assert_eq!(
                parsed(files.runtime_log(3)),
                (base.clone(), RunFileKind::RuntimeLog { run: run.clone() })
            );
            assert_eq!(
                parsed(files.snapshots()),
                (base.clone(), RunFileKind::Snapshots { run: run.clone() })
            );
            assert_eq!(
                parsed(files.source_list()),
                (base.clone(), RunFileKind::SourceList { run: run.clone() })
            );
            let log = PathBuf::from(files.runtime_log(3));
            assert_eq!(runtime_log_number(&log), Some(3));
            assert_eq!(beside_runtime_log(&log, "12.runtime"), Some(files.runtime_log(12).into()));
            assert_eq!(beside_runtime_log(&log, "sources"), Some(files.source_list().into()));
            assert_eq!(parsed(files.counters(0)), (base, RunFileKind::Counters { run }));
        }
    }

    #[test]
    fn other_names_are_not_ours() {
        for name in
            ["forkcov.data", "forkcov.data.bak", "forkcov.data.h.1.x", "h.1.0123456789abcdef", "a..b.c.d"]
        {
            assert_eq!(parse(Path::new(name)), None, "{name}");
        }
        assert_eq!(parse(Path::new(".h.1.0123456789abcdef")), None);
    }

    #[test]
    fn a_host_cannot_leave_the_directory() {
        assert_eq!(host_part("../a b.c"), "---a-b-c");
        assert_eq!(host_part(""), "localhost");
        assert_eq!(host_part(&"é".repeat(300)).len(), 64);
    }

    #[test]
    fn only_the_files_of_one_data_file_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let ours = directory.path().join("a.data");
        let of = |base: &str| RunNames { base: base.into(), host: "h".to_owned(), run: "0".to_owned() };
        let (files, others) = (of("a.data"), of("a.data.b"));
        let hits = files.hit_file(1);
        for name in [&hits, &others.hit_file(1), &files.object_table(0), &files.base] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let found = beside(&ours).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found.contains(&directory.path().join(hits)));
        assert!(beside(&directory.path().join("none/a.data")).unwrap().is_empty());
    }
}
