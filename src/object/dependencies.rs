//! What the reading of an object depends on besides its own file: other files, which sources count, and where forkcov runs.
//! Every question goes through here and is kept with its answer, so that what was read can be used again, for as long as the
//! answers are the same.

use std::cell::{OnceCell, RefCell};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::machine::Capabilities;
use crate::object::debug_files::located::{self, LocatedFile};
use crate::object::debug_files::search::DebugSearch;
use crate::object::file_identity::FileIdentity;
use crate::object::paths;

/// Questions that were asked while an object was read, and the answers to them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependencies {
    /// Of sources, absolute and normalised: whether each counts.
    sources: Vec<(PathBuf, bool)>,
    /// Of sources that forkcov may run beside: whether each is there.
    present: Vec<(PathBuf, bool)>,
    /// Of places where debug information may be: which regular file is there.
    files: Vec<(PathBuf, Option<FileIdentity>)>,
    /// Of files: which directory each really is in.
    directories: Vec<(PathBuf, PathBuf)>,
    /// The current directory, if that was asked for.
    here: Option<PathBuf>,
    /// Some answer was an error, which may be another one next time.
    failed: bool,
}

impl Dependencies {
    /// Whether they would be the same today. `wanted` says which sources count; it is asked once for each, and for all if
    /// they are.
    pub fn hold(&self, wanted: &dyn Fn(&Path) -> bool) -> bool {
        self.files_hold()
            && self.here.as_ref().is_none_or(|here| *here == current_directory())
            && self.directories.iter().all(|(path, directory)| directory_of(path) == *directory)
            && self.present.iter().all(|(path, is_present)| path.exists() == *is_present)
            && self.sources.iter().all(|(path, counts)| wanted(path) == *counts)
    }

    /// Whether the same files are where they were looked for, and nobody has written to them.
    pub fn files_hold(&self) -> bool {
        !self.failed && self.files.iter().all(|(path, file)| identity_at(path).is_ok_and(|now| now == *file))
    }

    /// The files that debug information was read from, or could have been.
    pub fn files(&self) -> impl Iterator<Item = FileIdentity> + '_ {
        self.files.iter().filter_map(|(_, file)| *file)
    }
}

/// Who is asked.
pub(crate) struct Environment<'w> {
    pub(crate) capabilities: Capabilities,
    pub(crate) search: &'w DebugSearch,
    wanted: &'w dyn Fn(&Path) -> bool,
    here: OnceCell<PathBuf>,
    answers: RefCell<Dependencies>,
}

impl<'w> Environment<'w> {
    pub(crate) fn new(
        capabilities: Capabilities,
        search: &'w DebugSearch,
        wanted: &'w dyn Fn(&Path) -> bool,
    ) -> Self {
        Self { capabilities, search, wanted, here: OnceCell::new(), answers: RefCell::default() }
    }

    /// Whether a source counts. It is for the caller not to ask twice.
    pub(crate) fn wants(&self, source: PathBuf) -> bool {
        let counts = (self.wanted)(&source);
        self.answers.borrow_mut().sources.push((source, counts));
        counts
    }

    /// Whether a source is there.
    pub(crate) fn has(&self, source: &Path) -> bool {
        let is_present = source.exists();
        self.answers.borrow_mut().present.push((source.to_owned(), is_present));
        is_present
    }

    /// Opens a file that an object names: see [`LocatedFile::open`].
    pub(crate) fn open(&self, path: &Path) -> io::Result<Option<LocatedFile>> {
        let opened = LocatedFile::open(path);
        let mut answers = self.answers.borrow_mut();
        match opened.as_ref().map(|found| found.as_ref().map(|found| found.identity)) {
            Ok(file) => answers.files.push((path.to_owned(), file)),
            Err(_) => answers.failed = true,
        }
        opened
    }

    /// The directory that a file really is in.
    pub(crate) fn directory_of(&self, file: &Path) -> PathBuf {
        let mut answers = self.answers.borrow_mut();
        if let Some((_, directory)) = answers.directories.iter().find(|(known, _)| known == file) {
            return directory.clone();
        }
        let directory = directory_of(file);
        answers.directories.push((file.to_owned(), directory.clone()));
        directory
    }

    /// `parts` joined as [`paths::join`] does; what is relative lies below the directory that forkcov runs in.
    pub(crate) fn place(&self, parts: &[&[u8]]) -> Option<PathBuf> {
        paths::join(parts).or_else(|| {
            let here = self.here.get_or_init(|| {
                let here = current_directory();
                self.answers.borrow_mut().here = Some(here.clone());
                here
            });
            paths::join(&[&[here.as_os_str().as_bytes()], parts].concat())
        })
    }

    pub(crate) fn into_dependencies(self) -> Dependencies {
        self.answers.into_inner()
    }
}

fn current_directory() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}

fn directory_of(file: &Path) -> PathBuf {
    let real = file.canonicalize();
    let file = real.as_deref().unwrap_or(file);
    file.parent().unwrap_or(Path::new("/")).to_owned()
}

/// The regular file that is at `path`.
fn identity_at(path: &Path) -> io::Result<Option<FileIdentity>> {
    match path.metadata() {
        Ok(metadata) => Ok(metadata.is_file().then(|| FileIdentity::of(&metadata))),
        Err(error) if located::is_absence(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
