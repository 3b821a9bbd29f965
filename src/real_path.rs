//! Which file a path leads to: its path with all symbolic links resolved, so that a file with several names
//! is one. Hard links stay several files: no path of theirs is the real one.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::fs::{self, Metadata};
use std::path::{Component, Path, PathBuf};

/// What is at a path in a directory without symbolic links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathTarget {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to the regular file with this real path.
    FileLink(PathBuf),
    /// A symbolic link to the directory with this real path.
    DirectoryLink(PathBuf),
    /// A device, or a symbolic link to one or to nothing.
    Other,
    /// Nothing.
    Missing,
}

/// Where a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedPath {
    /// The path without symbolic links, as far as it exists.
    pub path: PathBuf,
    /// Whether a regular file is there.
    pub is_file: bool,
}

/// Resolves paths, and looks at each place once.
#[derive(Debug, Default)]
pub struct RealPaths {
    /// The real paths of directories; they follow from `targets`.
    directories: RefCell<HashMap<PathBuf, Option<PathBuf>>>,
    targets: RefCell<HashMap<PathBuf, PathTarget>>,
}

impl RealPaths {
    /// Where the absolute `path` leads to. A `..` behind a symbolic link is the parent of its target if that
    /// exists (path_resolution(7)); otherwise `..` is resolved by spelling.
    pub fn resolve(&self, path: &Path) -> ResolvedPath {
        if let Some(found) = self.find(path) {
            return found;
        }
        let spelled = normalised(path);
        if spelled != path
            && let Some(found) = self.find(&spelled)
        {
            return found;
        }
        let existing = spelled.ancestors().skip(1).find_map(|ancestor| {
            let rest = spelled.strip_prefix(ancestor).ok()?;
            Some(self.directory(ancestor)?.join(rest))
        });
        ResolvedPath { path: existing.unwrap_or(spelled), is_file: false }
    }

    /// The real path of `path`, if a regular file is there.
    pub fn file(&self, path: &Path) -> Option<PathBuf> {
        let found = self.find(path).or_else(|| self.find(&normalised(path)))?;
        found.is_file.then_some(found.path)
    }

    /// The real path of the directory at the absolute `path`; `None` if there is none.
    pub fn directory(&self, path: &Path) -> Option<PathBuf> {
        if let Some(known) = self.directories.borrow().get(path) {
            return known.clone();
        }
        let real = self.resolve_directory(path);
        self.directories.borrow_mut().insert(path.to_owned(), real.clone());
        real
    }

    /// By way of the directory above it, which is known already if another one in it was asked for.
    fn resolve_directory(&self, path: &Path) -> Option<PathBuf> {
        let Some(parent) = path.parent() else { return path.is_absolute().then(|| path.to_owned()) };
        let mut at = self.directory(parent)?;
        let Some(name) = path.file_name() else {
            // It ends with `..`, and the parent of the root is the root.
            at.pop();
            return Some(at);
        };
        at.push(name);
        match self.target(&at) {
            PathTarget::Directory => Some(at),
            PathTarget::DirectoryLink(real) => Some(real),
            _ => None,
        }
    }

    /// All that was looked at, in real directories. Every answer follows from this.
    pub fn targets(&self) -> Vec<(PathBuf, PathTarget)> {
        self.targets.borrow().iter().map(|(path, target)| (path.clone(), target.clone())).collect()
    }

    /// `None` if nothing is there.
    fn find(&self, path: &Path) -> Option<ResolvedPath> {
        let at = self.directory(path.parent()?)?.join(path.file_name()?);
        match self.target(&at) {
            PathTarget::File => Some(ResolvedPath { path: at, is_file: true }),
            PathTarget::FileLink(path) => Some(ResolvedPath { path, is_file: true }),
            PathTarget::Directory | PathTarget::Other => Some(ResolvedPath { path: at, is_file: false }),
            PathTarget::DirectoryLink(path) => Some(ResolvedPath { path, is_file: false }),
            PathTarget::Missing => None,
        }
    }

    /// What is at `path`, in a directory without symbolic links.
    fn target(&self, path: &Path) -> PathTarget {
        if let Some(known) = self.targets.borrow().get(path) {
            return known.clone();
        }
        let (target, _) = look_at(path);
        self.targets.borrow_mut().insert(path.to_owned(), target.clone());
        target
    }
}

/// What is at `path`, in a directory without symbolic links; and the metadata of a file there.
pub fn look_at(path: &Path) -> (PathTarget, Option<Metadata>) {
    let Ok(metadata) = path.symlink_metadata() else { return (PathTarget::Missing, None) };
    if metadata.is_file() {
        return (PathTarget::File, Some(metadata));
    }
    if metadata.is_dir() {
        return (PathTarget::Directory, None);
    }
    let link = metadata.is_symlink().then(|| path.canonicalize().ok()).flatten();
    let target = link.and_then(|real| match fs::metadata(&real).ok()? {
        found if found.is_file() => Some(PathTarget::FileLink(real)),
        found if found.is_dir() => Some(PathTarget::DirectoryLink(real)),
        _ => None,
    });
    (target.unwrap_or(PathTarget::Other), None)
}

/// `path` without `.` and `..`, which are resolved by spelling. In a relative path, a `..` at the beginning
/// stays.
pub fn normalised(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match result.components().next_back() {
                Some(Component::Normal(_)) => {
                    result.pop();
                }
                // The parent of the root is the root.
                Some(Component::RootDir) => {}
                _ => result.push(".."),
            },
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn resolved(path: &Path) -> (PathBuf, bool) {
        let ResolvedPath { path, is_file } = RealPaths::default().resolve(path);
        (path, is_file)
    }

    #[test]
    fn a_file_has_one_real_path() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("real/below")).unwrap();
        fs::write(root.join("real/a.c"), "").unwrap();
        symlink("real", root.join("link")).unwrap();
        symlink("real/a.c", root.join("b.c")).unwrap();
        symlink("b.c", root.join("c.c")).unwrap();
        symlink("real/below", root.join("deep")).unwrap();
        for name in ["real/a.c", "link/a.c", "b.c", "c.c", "./link/../b.c", "deep/../a.c", "gone/../b.c"] {
            assert_eq!(resolved(&root.join(name)), (root.join("real/a.c"), true), "{name}");
        }
    }

    #[test]
    fn what_does_not_exist_is_below_the_real_path_of_what_does() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir(root.join("real")).unwrap();
        symlink("real", root.join("link")).unwrap();
        symlink("nowhere", root.join("broken.c")).unwrap();
        symlink("loop.c", root.join("loop.c")).unwrap();
        assert_eq!(resolved(&root.join("link/gone.c")), (root.join("real/gone.c"), false));
        assert_eq!(resolved(&root.join("link/x/./../y/gone.c")), (root.join("real/y/gone.c"), false));
        assert_eq!(resolved(&root.join("link")), (root.join("real"), false));
        for name in ["broken.c", "loop.c", "real"] {
            assert_eq!(resolved(&root.join(name)), (root.join(name), false), "{name}");
        }
    }

    #[test]
    fn dots_are_resolved_by_spelling() {
        for (path, expected) in
            [("/a/./b/../c", "/a/c"), ("/../a", "/a"), ("../x/../../y", "../../y"), ("./a/..", "")]
        {
            assert_eq!(normalised(Path::new(path)), Path::new(expected), "{path}");
        }
    }
}
