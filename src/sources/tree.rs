//! Trees of source files, named by patterns that are part of forkcov. They are matched part by part: a run
//! has few questions, and compiling regular expressions for these would take longer than all the answers.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

/// The files that match a pattern, such as `**/lib/gcc/*/*/include/**`.
///
/// A `**/` at the beginning stands for any directories or none, a `/**` at the end for any files below.
/// Within a part, `*` is any text, and `[a-z]` one of these bytes.
#[derive(Debug)]
pub(super) struct Tree {
    origin: Origin,
    parts: Vec<Part>,
    /// Whether it ends in `/**`.
    is_directory: bool,
}

/// Where the first part of a pattern is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Root,
    Current,
    Anywhere,
}

#[derive(Debug)]
enum Part {
    Name(Vec<u8>),
    Pattern(Vec<u8>),
}

impl Tree {
    /// Reads a pattern.
    pub(super) fn new(pattern: &str) -> Self {
        let (origin, rest) = match (pattern.strip_prefix("**/"), pattern.strip_prefix('/')) {
            (Some(rest), _) => (Origin::Anywhere, rest),
            (_, Some(rest)) => (Origin::Root, rest),
            _ => (Origin::Current, pattern),
        };
        let (is_directory, rest) = match rest.strip_suffix("**") {
            Some(rest) => (true, rest.trim_end_matches('/')),
            None => (false, rest),
        };
        let parts = rest.split('/').filter(|part| !part.is_empty()).map(|part| {
            let bytes = part.as_bytes().to_vec();
            if part.contains(['*', '[']) { Part::Pattern(bytes) } else { Part::Name(bytes) }
        });
        Self { origin, parts: parts.collect(), is_directory }
    }

    /// The files that match `below`, an absolute pattern, in the directory `root`, which is a name.
    pub(super) fn in_directory(root: &Path, below: &str) -> Self {
        let mut tree = Self::new(below);
        tree.parts.splice(0..0, names(root).map(|name| Part::Name(name.as_bytes().to_vec())));
        tree
    }

    /// Whether it contains the file `path`.
    pub(super) fn contains(&self, path: &TreePath) -> bool {
        let starts = match self.origin {
            Origin::Root if !path.is_absolute => return false,
            Origin::Anywhere => path.names.len(),
            Origin::Root | Origin::Current => 1,
        };
        (0..starts).any(|start| self.matches(&path.names[start..]))
    }

    fn matches(&self, names: &[&OsStr]) -> bool {
        let count = self.parts.len();
        let fits = if self.is_directory { names.len() > count } else { names.len() == count };
        fits && self.parts.iter().zip(names).all(|(part, name)| part.matches(name.as_bytes()))
    }
}

/// The parts of a path.
#[derive(Debug)]
pub(super) struct TreePath<'p> {
    is_absolute: bool,
    names: Vec<&'p OsStr>,
}

impl<'p> TreePath<'p> {
    pub(super) fn of(path: &'p Path) -> Self {
        Self { is_absolute: path.is_absolute(), names: names(path).collect() }
    }
}

fn names(path: &Path) -> impl Iterator<Item = &OsStr> {
    path.components().filter(|part| *part != Component::RootDir).map(Component::as_os_str)
}

impl Part {
    fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Pattern(pattern) => matches(pattern, name),
        }
    }
}

fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*', rest @ ..] => (0..=name.len()).any(|start| matches(rest, &name[start..])),
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|byte| *byte == b']').unwrap_or(rest.len());
            let after = rest.get(end + 1..).unwrap_or_default();
            name.split_first().is_some_and(|(byte, name)| has(&rest[..end], *byte) && matches(after, name))
        }
        [byte, rest @ ..] => {
            name.split_first().is_some_and(|(first, name)| first == byte && matches(rest, name))
        }
    }
}

/// Whether `byte` is in a class such as `a-z_`.
fn has(class: &[u8], byte: u8) -> bool {
    match class {
        [first, b'-', last, rest @ ..] => (*first..=*last).contains(&byte) || has(rest, byte),
        [one, rest @ ..] => *one == byte || has(rest, byte),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_the_files_that_match_its_pattern() {
        for (pattern, path, expected) in [
            ("/usr/**", "/usr/include/a.h", true),
            ("/usr/**", "/usr", false),
            ("/usr/**", "usr/a", false),
            ("/usr/**", "/a/usr/b", false),
            ("**/x/**", "/x/a", true),
            ("**/x/**", "/a/x/b/c", true),
            ("**/x/**", "/a/b/x", false),
            ("**/x/**", "/a/xy/b", false),
            ("**/lib/gcc/*/*/include/**", "/o/lib/gcc/x86/13/include/a.h", true),
            ("**/lib/gcc/*/*/include/**", "/o/lib/gcc/13/include/a.h", false),
            ("**/sdk/go1.*/**", "/home/u/sdk/go1.22/src/a.go", true),
            ("**/p[0-9].*/**", "/p3.13t/a", true),
            ("**/p[0-9].*/**", "/px.1/a", false),
            ("**/index.*-*/**", "/r/index.crates.io-19/a", true),
            ("**/b~*.ad[bs]", "/w/b~main.adb", true),
            ("**/b~*.ad[bs]", "/w/b~main.adx", false),
            ("**/b~*.ad[bs]", "/w/b~main/a.adb", false),
            ("../csu/**", "../csu/init.c", true),
            ("csu/**", "../csu/init.c", false),
            ("crt/*crt1.c", "crt/Scrt1.c", true),
            ("_cgo_*", "a/_cgo_x", false),
            ("**/*@v*/**", "x.org/y@v1.2/z.go", true),
        ] {
            let contains = Tree::new(pattern).contains(&TreePath::of(Path::new(path)));
            assert_eq!(contains, expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_name_of_a_directory_is_no_pattern() {
        let tree = Tree::in_directory(Path::new("/a[b]*/"), "/git/**");
        assert!(tree.contains(&TreePath::of(Path::new("/a[b]*/git/x"))));
        assert!(!tree.contains(&TreePath::of(Path::new("/ab/git/x"))));
    }
}
