//! What an object's tables depend on besides its own file: other files, which sources are wanted, and
//! the current directory. Every question about these goes through [`Environment`], which records it with
//! the answer. As long as the answers are the same, the tables need not be read again.

pub(crate) mod file_identity;
pub(crate) mod located;
mod looks;
pub(crate) mod search;
pub(crate) mod source_digest;
pub(crate) mod sources;

use std::cell::{OnceCell, RefCell};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::machine::Capabilities;
use crate::object::environment::file_identity::FileIdentity;
use crate::object::environment::located::LocatedFile;
use crate::object::environment::looks::Looks;
use crate::object::environment::search::DebugSearch;
use crate::object::environment::source_digest::Md5;
use crate::object::environment::sources::{SourceContent, SourceRoot};
use crate::object::paths;
use crate::real_path::{RealPaths, ResolvedPath, normalised};

/// The questions that were asked while an object was read, and the answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependencies {
    /// For sources, by their real paths, or relative ones if they are nowhere: is it wanted?
    sources: Vec<(PathBuf, bool)>,
    /// Where the names of sources lead to.
    looks: Looks,
    /// For paths where debug information may be: which regular file is there?
    files: Vec<(PathBuf, Option<FileIdentity>)>,
    /// For files: in which directory is it, with symbolic links resolved?
    directories: Vec<(PathBuf, PathBuf)>,
    /// The current directory, if it was asked for.
    here: Option<PathBuf>,
    /// One of the answers was an error, which may not occur next time.
    failed: bool,
}

impl Dependencies {
    /// Are the answers the same today? `wanted` says which sources are wanted. It is called once for
    /// each source, until an answer differs.
    pub fn hold(&self, wanted: &dyn Fn(&Path) -> bool) -> bool {
        self.here.as_ref().is_none_or(|here| *here == current_directory())
            && self.directories.iter().all(|(path, directory)| directory_of(path) == *directory)
            && self.looks.if_held().is_some_and(|seen| self.files_hold_with(&seen))
            && self.sources.iter().all(|(path, counts)| wanted(path) == *counts)
    }

    /// Are the same files at the same paths, and unchanged?
    pub fn files_hold(&self) -> bool {
        self.files_hold_with(&HashMap::new())
    }

    /// To be called before the answers are kept: makes [`Dependencies::hold`] quick.
    pub fn note_directories(&mut self) {
        self.looks.note_directories();
    }

    /// Are the same files at the same paths, and unchanged? These have just been `seen`.
    fn files_hold_with(&self, seen: &HashMap<PathBuf, FileIdentity>) -> bool {
        let is_same = |(path, file): &(PathBuf, Option<FileIdentity>)| match seen.get(path) {
            Some(now) => *file == Some(*now),
            None => identity_at(path).is_ok_and(|now| now == *file),
        };
        !self.failed && self.files.iter().all(is_same)
    }

    /// The files from which debug information was read, or could have been.
    pub fn files(&self) -> impl Iterator<Item = FileIdentity> + '_ {
        self.files.iter().filter_map(|(_, file)| *file)
    }
}

/// Answers questions about everything outside of the object's file, and records them.
pub(crate) struct Environment<'w> {
    pub(crate) capabilities: Capabilities,
    pub(crate) search: &'w DebugSearch,
    wanted: &'w dyn Fn(&Path) -> bool,
    /// The path of the object.
    object: PathBuf,
    here: OnceCell<PathBuf>,
    roots: OnceCell<Vec<SourceRoot>>,
    real_paths: RealPaths,
    answers: RefCell<Dependencies>,
}

impl<'w> Environment<'w> {
    pub(crate) fn new(
        capabilities: Capabilities,
        search: &'w DebugSearch,
        wanted: &'w dyn Fn(&Path) -> bool,
        object: &Path,
    ) -> Self {
        Self {
            capabilities,
            search,
            wanted,
            object: object.to_owned(),
            here: OnceCell::new(),
            roots: OnceCell::new(),
            real_paths: RealPaths::default(),
            answers: RefCell::default(),
        }
    }

    /// Is a source wanted? The caller must not ask twice.
    pub(crate) fn wants(&self, source: PathBuf) -> bool {
        let counts = (self.wanted)(&source);
        self.answers.borrow_mut().sources.push((source, counts));
        counts
    }

    /// The file that the absolute name of a source leads to.
    pub(crate) fn source(&self, name: &Path) -> ResolvedPath {
        self.real_paths.resolve(name)
    }

    /// The real path of a source, if there is a regular file with this absolute name.
    pub(crate) fn existing_source(&self, name: &Path) -> Option<PathBuf> {
        self.real_paths.file(name)
    }

    /// Is `path` a directory?
    pub(crate) fn is_directory(&self, path: &Path) -> bool {
        self.real_paths.directory(path).is_some()
    }

    /// The directories in which a source with a relative name may be, the most likely first.
    pub(crate) fn roots(&self) -> &[SourceRoot] {
        self.roots.get_or_init(|| {
            let own = self.directory_of(&self.object);
            sources::roots(&self.search.sources, &own, self.here(), &self.real_paths)
        })
    }

    /// The module of Go with its `go.mod` in `directory`.
    pub(crate) fn go_module(&self, directory: &Path) -> Option<String> {
        let found = self.open(&directory.join("go.mod")).ok()??;
        sources::go_module(&found.file)
    }

    /// What is in the source `path`, if it can be read.
    pub(crate) fn content(&self, path: &Path, with_md5: bool) -> Option<SourceContent> {
        let identity = identity_at(path).ok().flatten()?;
        self.answers.borrow_mut().files.push((path.to_owned(), Some(identity)));
        SourceContent::of(path, identity, with_md5)
    }

    /// Whether the source `path`, whose length is known, is not what was compiled: one of the checksums of
    /// that is another.
    pub(crate) fn differs(&self, path: &Path, compiled: &[Md5]) -> bool {
        !compiled.is_empty() && sources::differs(path, compiled)
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

    /// The directory of a file, with symbolic links resolved.
    pub(crate) fn directory_of(&self, file: &Path) -> PathBuf {
        let mut answers = self.answers.borrow_mut();
        if let Some((_, directory)) = answers.directories.iter().find(|(known, _)| known == file) {
            return directory.clone();
        }
        let directory = directory_of(file);
        answers.directories.push((file.to_owned(), directory.clone()));
        directory
    }

    /// `parts` joined as by [`paths::join`]. A relative path is taken to be below the current directory.
    pub(crate) fn place(&self, parts: &[&[u8]]) -> Option<PathBuf> {
        paths::join(parts).or_else(|| paths::join(&[&[self.here().as_os_str().as_bytes()], parts].concat()))
    }

    /// The path of a source with a relative name that leads nowhere.
    pub(crate) fn assumed(&self, name: &Path) -> PathBuf {
        normalised(&self.here().join(name))
    }

    fn here(&self) -> &Path {
        self.here.get_or_init(|| {
            let here = current_directory();
            self.answers.borrow_mut().here = Some(here.clone());
            here
        })
    }

    /// All questions so far, with their answers.
    pub(crate) fn into_dependencies(self) -> Dependencies {
        let looks = Looks::of(&self.real_paths);
        Dependencies { looks, ..self.answers.into_inner() }
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

/// The regular file at `path`.
fn identity_at(path: &Path) -> io::Result<Option<FileIdentity>> {
    match path.metadata() {
        Ok(metadata) => Ok(metadata.is_file().then(|| FileIdentity::of(&metadata))),
        Err(error) if located::is_absence(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
