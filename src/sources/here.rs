//! The current directory under each of its names.

use crate::quote;
use crate::real_path::normalised;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The current directory.
///
/// It can have two names: the result of getcwd(3), and `$PWD`, which may contain symbolic links. Compilers
/// write the latter into `DW_AT_comp_dir`, so a source file "below the current directory" may be below either
/// name.
#[derive(Debug, Clone)]
pub struct Here {
    names: Vec<PathBuf>,
}

impl Here {
    /// The current directory of this process.
    ///
    /// # Errors
    /// When the current directory was removed or cannot be read.
    pub fn new() -> io::Result<Self> {
        let physical = std::env::current_dir()?;
        let logical = std::env::var_os("PWD").map(PathBuf::from).filter(|pwd| is_same(pwd, &physical));
        let mut here = Self::at(physical);
        here.names.extend(logical.filter(|pwd| !here.names.contains(pwd)));
        Ok(here)
    }

    /// Uses `directory`, which is absolute and normalised, as the current directory.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { names: vec![directory.into()] }
    }

    /// The names of the current directory, absolute and normalised; at least one.
    pub fn names(&self) -> &[PathBuf] {
        &self.names
    }

    /// Whether `path` is below the current directory.
    pub fn contains(&self, path: &Path) -> bool {
        self.names.iter().any(|name| path.starts_with(name))
    }

    /// `path` relative to the current directory if it is below it, or else unchanged.
    pub fn relative<'p>(&self, path: &'p Path) -> &'p Path {
        self.names
            .iter()
            .find_map(|name| path.strip_prefix(name).ok())
            .filter(|rest| !rest.as_os_str().is_empty())
            .unwrap_or(path)
    }

    /// `top`, which the current directory is or is below, under each of the names that it has from here.
    pub fn above(&self, top: &Path) -> Option<Self> {
        let depth = self.names.first()?.strip_prefix(top).ok()?.components().count();
        let names = self.names.iter().filter_map(|name| name.ancestors().nth(depth)).map(Path::to_owned);
        Some(Self { names: names.collect() })
    }

    /// The names of the first of `sources`, and how many more there are.
    pub fn first_names<P: AsRef<Path>>(&self, sources: &[P]) -> String {
        first_names(sources.iter().map(|source| self.relative(source.as_ref())))
    }

    /// The absolute names of `path`, which may be relative and need not exist. If it exists, they include the
    /// path with all symbolic links resolved.
    pub fn names_of(&self, path: &Path) -> Vec<PathBuf> {
        let mut names: Vec<PathBuf> = self.names.iter().map(|name| normalised(&name.join(path))).collect();
        let resolved = names[0].canonicalize().ok();
        names.extend(resolved);
        names.sort();
        names.dedup();
        names
    }
}

/// The first of `sources`, and how many more there are.
pub fn first_names<'s>(mut sources: impl Iterator<Item = &'s Path>) -> String {
    /// So many are named.
    const NAMED: usize = 3;
    let mut names: Vec<String> =
        sources.by_ref().take(NAMED).map(|source| quote::path(source).to_string()).collect();
    if let others @ 1.. = sources.count() {
        names.push(format!("{others} more"));
    }
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

/// pwd(1): `$PWD` is used only if it is absolute, has no `.` or `..`, and is the same directory.
fn is_same(pwd: &Path, physical: &Path) -> bool {
    let identity = |path: &Path| path.metadata().ok().map(|meta| (meta.dev(), meta.ino()));
    pwd.is_absolute()
        && normalised(pwd) == *pwd
        && identity(pwd).is_some_and(|id| Some(id) == identity(physical))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_is_seen_from_here_and_another_as_it_is() {
        let here = Here::at("/home/u/project");
        assert_eq!(here.relative(Path::new("/home/u/project/src/a.c")), Path::new("src/a.c"));
        assert_eq!(here.relative(Path::new("/home/u/project2/a.c")), Path::new("/home/u/project2/a.c"));
        assert_eq!(here.relative(Path::new("/home/u/project")), Path::new("/home/u/project"));
    }

    #[test]
    fn the_first_names_stand_for_all() {
        let here = Here::at("/w");
        for (sources, expected) in [
            (&["/w/a"][..], "a"),
            (&["/w/a", "/x/b"], "a and /x/b"),
            (&["/w/a", "/w/b", "c"], "a, b and c"),
            (&["/w/a", "/w/b", "c", "d", "e"], "a, b, c and 2 more"),
        ] {
            assert_eq!(here.first_names(sources), expected);
        }
    }

    #[test]
    fn a_directory_behind_a_symbolic_link_has_both_names() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("real")).unwrap();
        std::os::unix::fs::symlink("real", root.join("link")).unwrap();
        assert_eq!(
            Here::at(&root).names_of(Path::new("./x/../link")),
            [root.join("link"), root.join("real")]
        );
        assert!(is_same(&root.join("link"), &root.join("real")));
        assert!(!is_same(Path::new("/"), &root));
        assert!(!is_same(&root.join("link/../real"), &root.join("real")));
    }
}
