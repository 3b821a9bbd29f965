//! What forkcov's fuzzers call: each target reads bytes as a file that somebody else may have written.
//!
//! A target must return, whatever the bytes are: no panic, no endless loop, no memory out of proportion. The
//! coverage-guided fuzzers (`cargo fuzz`, one binary for each target) and `tests/fuzz` share this list.

pub mod mutation;

use forkcov::changes::Changes;
use forkcov::data::hit_file::HitFileContents;
use forkcov::data::object_table::ObjectTable;
use forkcov::data::runtime_log::LogContents;
use forkcov::data::view::{Filter, View};
use forkcov::object::{self, DebugSearch};
use forkcov::object::{Exports, Rendezvous, SignalCalls};
use forkcov::runtime::{self, LinePatterns};
use forkcov::sources::Here;
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A reader of files.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its binary and of the folder of its inputs.
    pub name: &'static str,
    /// Reads the bytes; true if they are a sound file of the kind.
    pub run: fn(&[u8]) -> bool,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "object", run: object },
    Target { name: "hit_file", run: hit_file },
    Target { name: "object_table", run: object_table },
    Target { name: "runtime_log", run: runtime_log },
    Target { name: "data_file", run: data_file },
    Target { name: "diff", run: diff },
    Target { name: "statements", run: statements },
];

/// An ELF file with its DWARF, as it is found mapped into a process.
pub fn object(bytes: &[u8]) -> bool {
    let (file, path) = in_memory(bytes);
    let wants = |_: &Path| true;
    let object = object::read_with(&DebugSearch::none(), &file, &path, &wants);
    let _ = Exports::read(&file, |_| true);
    let _ = Rendezvous::read(&file);
    let _ = SignalCalls::read(&file);
    object.is_ok_and(|object| object.has_units)
}

/// The hit file of one process.
pub fn hit_file(bytes: &[u8]) -> bool {
    let contents = HitFileContents::read(bytes);
    contents.process.is_some() && contents.damage.is_none()
}

/// The table of one object, which hit files name.
pub fn object_table(bytes: &[u8]) -> bool {
    let (_file, path) = in_memory(bytes);
    ObjectTable::read(&path).is_ok()
}

/// What the probe of one process has written.
pub fn runtime_log(bytes: &[u8]) -> bool {
    let contents = LogContents::read(bytes);
    let has_lines = !contents.hits.is_empty() || !contents.inherited.is_empty();
    has_lines && contents.damage.is_none()
}

/// A data file, as the reports read it.
pub fn data_file(bytes: &[u8]) -> bool {
    // SQLite resolves links, and a file in memory has no name that a link can have.
    let mut file = NamedTempFile::new().expect("there is a directory for temporary files");
    file.write_all(bytes).expect("there is room for the input");
    View::load(file.path(), &Filter::default()).is_ok()
}

/// A unified diff (`report --diff`).
pub fn diff(bytes: &[u8]) -> bool {
    Changes::of_diff(bytes, &Here::at("/")).is_ok()
}

/// A source of each runtime.
pub fn statements(bytes: &[u8]) -> bool {
    let everything_counts = LinePatterns::default();
    // All runtimes read it, though one of them knows it.
    let read = runtime::ALL.map(|runtime| runtime.statements(bytes, &everything_counts, &[], true).is_ok());
    read.contains(&true)
}

/// A file with this content, which no directory has, and a path that opens it.
fn in_memory(bytes: &[u8]) -> (File, PathBuf) {
    let file = memfd_create(c"fuzz", MFdFlags::MFD_CLOEXEC).expect("memfd_create(2) works");
    let mut file = File::from(file);
    file.write_all(bytes).expect("there is memory for the input");
    file.rewind().expect("a file in memory can be rewound");
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    (file, path)
}
