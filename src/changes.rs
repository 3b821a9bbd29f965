//! Which lines a diff brings: those that it adds, and the new ones of those that it changes.

use crate::git;
use crate::numbers::{self, NumberSet};
use crate::sources::Here;
use diffy::Line;
use diffy::patch_set::{FileOperation, ParseOptions, PatchSet, PatchSetParseError};
use hashbrown::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Why there is no diff.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be understood.
    #[error("not a unified diff: {0}")]
    NotADiff(#[from] PatchSetParseError),
    /// It is of three or more versions.
    #[error("not a unified diff of two versions, but a combined one, of a merge")]
    Combined,
    /// A file of it is too large to be true.
    #[error("line {0} is too far down to be true")]
    TooLarge(usize),
    /// git does not give it.
    #[error(transparent)]
    Git(#[from] git::Error),
}

/// The lines that a diff brings, file by file.
#[derive(Debug, Default)]
pub struct Changes {
    files: HashMap<PathBuf, Rc<Change>>,
}

/// What a diff brings to one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The name of the file in the new version, relative to the root of its repository.
    pub name: PathBuf,
    /// The numbers that the lines have in the new version.
    pub lines: NumberSet,
}

impl Changes {
    /// What has changed in the working tree since its branch left `revision`. New files that git does not know are not in it.
    ///
    /// # Errors
    /// When git cannot be run, or knows no such revision, or none that both have in common.
    pub fn since(revision: &str, here: &Here) -> Result<Self, Error> {
        // What the user has configured must not change the format (git-diff(1)).
        let options = ["diff", "--merge-base", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv"];
        let format =
            ["--no-relative", "--src-prefix=a/", "--dst-prefix=b/", "--find-renames", "--submodule=short"];
        let arguments = [&options[..], &format, &["--end-of-options", revision, "--"]].concat();
        Self::of_diff(&git::output(&arguments)?, here)
    }

    /// What a unified diff brings: of git, or of diff(1). Its file names are relative to the root of the repository, or to the
    /// current directory, with or without the prefixes `a/` and `b/`.
    ///
    /// # Errors
    /// When `diff` is none. An empty one brings nothing.
    pub fn of_diff(diff: &[u8], here: &Here) -> Result<Self, Error> {
        let mut changes = Self::default();
        if diff.trim_ascii().is_empty() {
            return Ok(changes);
        }
        let has = |start: &[u8]| diff.split(|byte| *byte == b'\n').any(|line| line.starts_with(start));
        if has(b"diff --cc ") || has(b"diff --combined ") {
            return Err(Error::Combined);
        }
        let options = if has(b"diff --git ") { ParseOptions::gitdiff() } else { ParseOptions::unidiff() };
        let places = Places::of(here);
        for patch in PatchSet::parse_bytes(diff, options) {
            let patch = patch?;
            let Some(text) = patch.patch().as_text() else { continue };
            let mut lines = NumberSet::default();
            for hunk in text.hunks() {
                let mut number = hunk.new_range().start();
                for line in hunk.lines() {
                    match line {
                        Line::Insert(_) => {
                            lines.insert(line_number(number)?);
                            number += 1;
                        }
                        Line::Context(_) => number += 1,
                        Line::Delete(_) => {}
                    }
                }
            }
            if let Some((name, paths)) = places.find(patch.operation()) {
                let change = Rc::new(Change { name, lines });
                changes.files.extend(paths.into_iter().map(|path| (path, Rc::clone(&change))));
            }
        }
        Ok(changes)
    }

    /// What it brings to the file `path`, absolute and normalised; nothing when the file is not in it.
    pub fn of(&self, path: &Path) -> Option<&Change> {
        self.files.get(path).map(Rc::as_ref)
    }
}

fn line_number(number: usize) -> Result<u32, Error> {
    u32::try_from(number).ok().filter(|line| *line < numbers::LIMIT).ok_or(Error::TooLarge(number))
}

/// Where the file names of a diff can begin.
struct Places<'a> {
    here: &'a Here,
    /// The root of the repository, if this is one, then the current directory, each under all its names.
    bases: Vec<&'a Path>,
}

impl<'a> Places<'a> {
    fn of(here: &'a Here) -> Self {
        let root = |name: &'a PathBuf| name.ancestors().find(|directory| directory.join(".git").exists());
        let roots = here.names().iter().filter_map(root);
        let bases = roots.chain(here.names().iter().map(PathBuf::as_path)).collect();
        Self { here, bases }
    }

    /// The name of the new version, and the paths that it means. A deleted file has none.
    fn find(&self, operation: &FileOperation<[u8]>) -> Option<(PathBuf, Vec<PathBuf>)> {
        let names = match operation {
            FileOperation::Delete(_) => return None,
            // These are told without a prefix.
            FileOperation::Rename { to, .. } | FileOperation::Copy { to, .. } => vec![path(to)],
            FileOperation::Create(name) | FileOperation::Modify { modified: name, .. } => {
                variants(path(name))
            }
        };
        let exists = |name: &&PathBuf| self.bases.iter().any(|base| base.join(name).exists());
        let name = names.iter().find(exists).unwrap_or(&names[0]);
        let base = self.bases.iter().find(|base| base.join(name).exists()).unwrap_or(&self.bases[0]);
        // The other names of the same directory.
        let is_same =
            |other: &&&Path| other.join(name).canonicalize().ok() == base.join(name).canonicalize().ok();
        let mut paths: Vec<PathBuf> =
            self.bases.iter().filter(is_same).flat_map(|base| self.here.names_of(&base.join(name))).collect();
        paths.dedup();
        Some((name.clone(), paths))
    }
}

/// With and without its first component, the likelier one first: a single letter is a prefix of git's (git-config(1),
/// `diff.mnemonicPrefix`).
fn variants(name: PathBuf) -> Vec<PathBuf> {
    let mut components = name.components();
    let first = components.next().map_or(0, |first| first.as_os_str().len());
    let rest = components.as_path().to_owned();
    match first {
        _ if name.is_absolute() || rest.as_os_str().is_empty() => vec![name],
        1 => vec![rest, name],
        _ => vec![name, rest],
    }
}

fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(name))
}

#[cfg(test)]
mod tests;
