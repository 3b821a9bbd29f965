//! The lines that a diff adds or changes, by their numbers in the new version. [`edits`] has both versions.

pub mod edits;

use crate::git;
use crate::numbers::{self, NumberSet};
use crate::sources::Here;
use diffy::Line;
use diffy::patch_set::{FileOperation, FilePatch, ParseOptions, PatchSet, PatchSetParseError};
use hashbrown::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Why a diff cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// It is not a diff, or malformed.
    #[error("not a unified diff: {0}")]
    NotADiff(#[from] PatchSetParseError),
    /// It compares three or more versions.
    #[error("expected a diff of two versions, but got the combined diff of a merge")]
    Combined,
    /// No source file has a line of this number.
    #[error("line number {0} out of range")]
    LineOutOfRange(usize),
    /// git failed to make it.
    #[error(transparent)]
    Git(#[from] git::GitError),
}

/// The lines that a diff adds or changes, by file.
#[derive(Debug, Default)]
pub struct Changes {
    files: HashMap<PathBuf, Rc<Change>>,
}

/// The lines of one file that a diff adds or changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The name of the file in the new version, relative to the root of its repository.
    pub name: PathBuf,
    /// Line numbers in the new version.
    pub lines: NumberSet,
}

impl Changes {
    /// The changes of a unified diff, of git or diff(1). Its file names are relative to the root of the
    /// repository or to the current directory, with or without the prefixes `a/` and `b/`.
    ///
    /// # Errors
    /// When `diff` is not a unified diff of two versions. An empty diff has no changes.
    pub fn of_diff(diff: &[u8], here: &Here) -> Result<Self, DiffError> {
        let mut changes = Self::default();
        let bases = BaseDirectories::of(here);
        for patch in patches(diff)? {
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
            if let Some((name, paths)) = bases.find(patch.operation()) {
                let change = Rc::new(Change { name, lines });
                changes.files.extend(paths.into_iter().map(|path| (path, Rc::clone(&change))));
            }
        }
        Ok(changes)
    }

    /// The change to the file `path`, which is absolute and normalised.
    pub fn of(&self, path: &Path) -> Option<&Change> {
        self.files.get(path).map(Rc::as_ref)
    }
}

/// The diff of what has changed in the working tree since its branch left `revision`. Untracked files are not
/// included.
///
/// # Errors
/// When git cannot be run, there is no such revision, or the branch and the revision have no common ancestor.
pub fn diff_since(revision: &str) -> Result<Vec<u8>, DiffError> {
    // These options override what the user may have configured (git-diff(1)).
    let options = ["diff", "--merge-base", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv"];
    let format =
        ["--no-relative", "--src-prefix=a/", "--dst-prefix=b/", "--find-renames", "--submodule=short"];
    let arguments = [&options[..], &format, &["--end-of-options", revision, "--"]].concat();
    git::output(&arguments).map_err(|error| match (&error, git::root()) {
        // Outside of a repository, `git diff` expects two files, and does not say what is wrong.
        (git::GitError::Failed { .. }, Err(outside)) => outside.into(),
        _ => error.into(),
    })
}

/// What a unified diff says of each file.
fn patches(diff: &[u8]) -> Result<Vec<FilePatch<'_, [u8]>>, DiffError> {
    if diff.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let has = |start: &[u8]| diff.split(|byte| *byte == b'\n').any(|line| line.starts_with(start));
    if has(b"diff --cc ") || has(b"diff --combined ") {
        return Err(DiffError::Combined);
    }
    let options = if has(b"diff --git ") { ParseOptions::gitdiff() } else { ParseOptions::unidiff() };
    Ok(PatchSet::parse_bytes(diff, options).collect::<Result<_, _>>()?)
}

fn line_number(number: usize) -> Result<u32, DiffError> {
    u32::try_from(number).ok().filter(|line| *line < numbers::LIMIT).ok_or(DiffError::LineOutOfRange(number))
}

/// The directories to which the file names of a diff may be relative.
struct BaseDirectories<'a> {
    here: &'a Here,
    /// The root of the repository, if there is one, then the current directory, each under all its names.
    bases: Vec<&'a Path>,
}

impl<'a> BaseDirectories<'a> {
    fn of(here: &'a Here) -> Self {
        let root = |name: &'a PathBuf| name.ancestors().find(|directory| directory.join(".git").exists());
        let roots = here.names().iter().filter_map(root);
        let bases = roots.chain(here.names().iter().map(PathBuf::as_path)).collect();
        Self { here, bases }
    }

    /// The name of a file in the new version, and the absolute paths that it may mean. `None` if the file is
    /// deleted.
    fn find(&self, operation: &FileOperation<[u8]>) -> Option<(PathBuf, Vec<PathBuf>)> {
        let names = match operation {
            FileOperation::Delete(_) => return None,
            // git writes these names without a prefix.
            FileOperation::Rename { to, .. } | FileOperation::Copy { to, .. } => vec![path(to)],
            FileOperation::Create(name) | FileOperation::Modify { modified: name, .. } => {
                variants(path(name))
            }
        };
        let name = self.existing(&names).unwrap_or(&names[0]);
        Some((name.clone(), self.paths(name)))
    }

    /// The first of these names that leads to a file.
    fn existing<'n>(&self, names: &'n [PathBuf]) -> Option<&'n PathBuf> {
        names.iter().find(|name| self.bases.iter().any(|base| base.join(name).exists()))
    }

    /// The absolute paths that a name of a file may mean.
    fn paths(&self, name: &Path) -> Vec<PathBuf> {
        let base = self.bases.iter().find(|base| base.join(name).exists()).unwrap_or(&self.bases[0]);
        // The same directory under its other names.
        let is_same =
            |other: &&&Path| other.join(name).canonicalize().ok() == base.join(name).canonicalize().ok();
        let mut paths: Vec<PathBuf> =
            self.bases.iter().filter(is_same).flat_map(|base| self.here.names_of(&base.join(name))).collect();
        paths.dedup();
        paths
    }
}

/// `name` with and without its first component, the more likely one first: a single letter is a prefix of git
/// (git-config(1), `diff.mnemonicPrefix`).
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
