//! Maps from source directories of other machines to local ones: `[paths]` and `combine --map`.

use super::here::Here;
use super::pattern::{Pattern, PatternError};
use crate::byte_text;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Replaces directories of other machines by a local one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMap {
    /// Directories of other machines, as patterns like those of `--include`.
    pub from: Vec<String>,
    /// The local directory; it need not exist.
    pub to: PathBuf,
    /// Whether to keep the path of a source that does not exist in the local directory.
    pub only_existing: bool,
}

impl PathMap {
    /// Parses `--map FROM=TO`, which holds bytes (see [`byte_text`]). The last `=` separates the two, as in
    /// rustc's `--remap-path-prefix`.
    ///
    /// # Errors
    /// When there is no `=`, or one side is empty.
    pub fn from_flag(text: &str) -> Result<Self, String> {
        match text.rsplit_once('=') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok(Self {
                from: vec![from.to_owned()],
                to: byte_text::decode_path(to).into_owned(),
                only_existing: false,
            }),
            _ => Err("expected FROM=TO, two directories".to_owned()),
        }
    }

    /// Whether its patterns can be used.
    ///
    /// # Errors
    /// When one is malformed, or ends with a wildcard.
    pub fn check(&self) -> Result<(), PatternError> {
        CompiledMap::new(&Here::at("/"), self).map(drop)
    }
}

/// [`PathMaps::rewritten`].
pub type Rewriter<'m> = Box<dyn Fn(&str) -> Option<String> + 'm>;

/// The maps of one command.
#[derive(Debug, Default)]
pub struct PathMaps {
    maps: Vec<CompiledMap>,
    /// The result for each path so far: every input asks again.
    results: RefCell<HashMap<String, Option<String>>>,
}

#[derive(Debug)]
struct CompiledMap {
    from: Vec<Pattern>,
    /// The first replaces FROM in paths; the others are names of the same directory.
    to: Vec<PathBuf>,
    only_existing: bool,
}

impl PathMaps {
    /// For each path, the first of `maps` that matches is used.
    ///
    /// # Errors
    /// When a pattern is malformed, or ends with a wildcard.
    pub fn new(here: &Here, maps: &[PathMap]) -> Result<Self, PatternError> {
        let maps = maps.iter().map(|map| CompiledMap::new(here, map)).collect::<Result<_, _>>()?;
        Ok(Self { maps, results: RefCell::default() })
    }

    /// [`Self::rewritten`], if there are maps.
    pub fn rewriter(&self) -> Option<Rewriter<'_>> {
        if self.maps.is_empty() { None } else { Some(Box::new(|path| self.rewritten(path))) }
    }

    /// The local path of the source file `path`, which is absolute and normalised. `None` if it is the same.
    /// Both hold bytes (see [`byte_text`]).
    pub fn rewritten(&self, path: &str) -> Option<String> {
        if let Some(result) = self.results.borrow().get(path) {
            return result.clone();
        }
        let local = self.maps.iter().find_map(|map| map.apply(&byte_text::decode_path(path)));
        let rewritten = local.map(byte_text::encode_os).filter(|local| local != path);
        self.results.borrow_mut().insert(path.to_owned(), rewritten.clone());
        rewritten
    }
}

impl CompiledMap {
    fn new(here: &Here, map: &PathMap) -> Result<Self, PatternError> {
        let pattern = |text: &String| match text.trim_end_matches('/') {
            text if text.ends_with('*') => Err(PatternError {
                pattern: text.to_owned(),
                reason: "it names a directory, so it cannot end with a wildcard".to_owned(),
            }),
            "" => Pattern::new(here, "/"),
            text => Pattern::new(here, text),
        };
        let from = map.from.iter().map(pattern).collect::<Result<_, _>>()?;
        let mut to = here.names_of(&map.to);
        let real = to[0].canonicalize().unwrap_or_else(|_| to[0].clone());
        to.sort_by_key(|name| *name != real);
        Ok(Self { from, to, only_existing: map.only_existing })
    }

    /// The local path of `path`, if this map matches it. A local path is kept, so that the map is idempotent.
    fn apply(&self, path: &Path) -> Option<PathBuf> {
        if let Some(rest) = self.to.iter().find_map(|name| path.strip_prefix(name).ok()) {
            return Some(self.to[0].join(rest));
        }
        let mut directories: Vec<&Path> = path.ancestors().skip(1).collect();
        // The longer the part of the path that is kept, the less likely is a match by chance.
        directories.reverse();
        let matches = |directory: &&Path| self.from.iter().any(|from| from.matches(directory));
        let mut candidates = directories
            .into_iter()
            .filter(matches)
            .filter_map(|directory| Some(self.to[0].join(path.strip_prefix(directory).ok()?)));
        let first = candidates.next()?;
        let existing = std::iter::once(first.clone()).chain(candidates).find(|path| path.exists());
        existing.or_else(|| (!self.only_existing).then_some(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn rewritten(here: &str, from: &str, to: &str, path: &str) -> Option<String> {
        let map = PathMap { from: vec![from.to_owned()], to: to.into(), only_existing: false };
        PathMaps::new(&Here::at(here), &[map]).unwrap().rewritten(path)
    }

    #[test]
    fn a_directory_replaces_another() {
        let rewritten = |from, path| rewritten("/home/u/nowhere", from, "src", path);
        assert_eq!(rewritten("/ci/build", "/ci/build/a.c").unwrap(), "/home/u/nowhere/src/a.c");
        assert_eq!(rewritten("/ci/build/", "/ci/build/lib/a.c").unwrap(), "/home/u/nowhere/src/lib/a.c");
        assert_eq!(rewritten("/ci/*/work", "/ci/41/work/a.c").unwrap(), "/home/u/nowhere/src/a.c");
        assert_eq!(rewritten("*/work", "/ci/41/work/a.c").unwrap(), "/home/u/nowhere/src/a.c");
        assert_eq!(rewritten("/", "/a.c").unwrap(), "/home/u/nowhere/src/a.c");
        assert_eq!(rewritten("../old", "/home/u/old/a.c").unwrap(), "/home/u/nowhere/src/a.c");
        for (from, path) in [
            ("/ci/build", "/ci/build2/a.c"),
            ("/ci/build", "/x/ci/build/a.c"),
            ("/ci/build", "/ci/build"),
            ("/ci/*/a", "/ci/b/c/a/a.c"),
        ] {
            assert_eq!(rewritten(from, path), None, "{from} is no directory of {path}");
        }
    }

    #[test]
    fn a_local_path_is_kept_so_that_rewriting_is_idempotent() {
        assert_eq!(rewritten("/", "/work", "/work/app", "/work/app/a.c"), None);
        let once = rewritten("/", "/work", "/work/app", "/work/a.c").unwrap();
        assert_eq!(once, "/work/app/a.c");
        assert_eq!(rewritten("/", "/work", "/work/app", &once), None);
    }

    #[test]
    fn the_first_map_that_matches_is_used() {
        let map = |from: &str, to: &str| PathMap {
            from: vec![from.to_owned()],
            to: to.into(),
            only_existing: false,
        };
        let maps =
            PathMaps::new(&Here::at("/"), &[map("/ci/tests", "/t"), map("/ci", "/c"), map("/ci", "/d")])
                .unwrap();
        assert_eq!(maps.rewritten("/ci/tests/a.c").unwrap(), "/t/a.c");
        assert_eq!(maps.rewritten("/ci/a.c").unwrap(), "/c/a.c");
        assert_eq!(maps.rewritten("/ci/a.c").unwrap(), "/c/a.c");
        assert_eq!(maps.rewritten("/other/a.c"), None);
    }

    #[test]
    fn only_existing_files_are_rewritten_if_that_is_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("src/app/src")).unwrap();
        fs::write(root.join("src/app/src/a.c"), "").unwrap();
        fs::write(root.join("src/b.c"), "").unwrap();
        let map = |only_existing| {
            let map = PathMap { from: vec!["*/src".to_owned()], to: "src".into(), only_existing };
            PathMaps::new(&Here::at(&root), &[map]).unwrap()
        };
        let here = |path: &str| Some(root.join(path).to_str().unwrap().to_owned());
        for only_existing in [false, true] {
            let map = map(only_existing);
            assert_eq!(map.rewritten("/ci/src/app/src/a.c"), here("src/app/src/a.c"));
            assert_eq!(map.rewritten("/ci/src/x/src/b.c"), here("src/b.c"));
        }
        assert_eq!(map(true).rewritten("/ci/src/gone.c"), None);
        assert_eq!(map(false).rewritten("/ci/src/gone.c"), here("src/gone.c"));
    }

    #[test]
    fn another_name_of_the_directory_means_the_same_directory() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir(root.join("real")).unwrap();
        std::os::unix::fs::symlink("real", root.join("link")).unwrap();
        let map = PathMap { from: vec!["/ci".to_owned()], to: "link".into(), only_existing: false };
        let maps = PathMaps::new(&Here::at(&root), &[map]).unwrap();
        let real = root.join("real/a.c").to_str().unwrap().to_owned();
        assert_eq!(maps.rewritten("/ci/a.c"), Some(real.clone()));
        assert_eq!(maps.rewritten(root.join("link/a.c").to_str().unwrap()), Some(real.clone()));
        assert_eq!(maps.rewritten(&real), None);
    }

    #[test]
    fn a_flag_consists_of_two_directories() {
        let map = PathMap::from_flag("/ci/a=b=src").unwrap();
        assert_eq!((map.from, map.to, map.only_existing), (vec!["/ci/a=b".to_owned()], "src".into(), false));
        for text in ["/ci", "=src", "/ci=", "="] {
            assert_eq!(PathMap::from_flag(text).unwrap_err(), "expected FROM=TO, two directories", "{text}");
        }
        let ends = PathMap { from: vec!["/ci/*/".to_owned()], to: "src".into(), only_existing: false };
        let error = PathMaps::new(&Here::at("/"), &[ends]).unwrap_err().to_string();
        assert!(error.contains("\"/ci/*\"") && error.contains("wildcard"), "{error}");
    }
}
