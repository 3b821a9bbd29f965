//! Checkouts of other machines, and where they are here: `[paths]` and `combine --map`.

use super::pattern::Pattern;
use super::{Error, Here};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Where the sources are here that are elsewhere on other machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMap {
    /// Directories of other machines, as patterns of `--include`.
    pub from: Vec<String>,
    /// The directory here; it need not exist.
    pub to: PathBuf,
    /// Whether a source stays what it is when it is not in the directory here.
    pub only_existing: bool,
}

impl PathMap {
    /// What `--map FROM=TO` asks for. The last `=` counts, as in rustc's `--remap-path-prefix`.
    ///
    /// # Errors
    /// When there is none, or nothing on one of its sides.
    pub fn from_flag(text: &str) -> Result<Self, String> {
        match text.rsplit_once('=') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => {
                Ok(Self { from: vec![from.to_owned()], to: to.into(), only_existing: false })
            }
            _ => Err("it is not FROM=TO, two directories".to_owned()),
        }
    }
}

/// The maps of a `combine`.
#[derive(Debug)]
pub struct PathMaps {
    maps: Vec<Map>,
    /// What each path became: it is asked for once per input.
    known: RefCell<HashMap<String, Option<String>>>,
}

#[derive(Debug)]
struct Map {
    from: Vec<Pattern>,
    /// The first is what paths get; the others are names of the same directory.
    to: Vec<PathBuf>,
    only_existing: bool,
}

impl PathMaps {
    /// Of these maps, the first one that fits a path counts.
    ///
    /// # Errors
    /// When a pattern is malformed, or ends with a wildcard.
    pub fn new(here: &Here, maps: &[PathMap]) -> Result<Self, Error> {
        let maps = maps.iter().map(|map| Map::new(here, map)).collect::<Result<_, _>>()?;
        Ok(Self { maps, known: RefCell::default() })
    }

    /// The path that the source file `path`, absolute and normalised, has here, if that is another one.
    pub fn rewritten(&self, path: &str) -> Option<String> {
        if let Some(known) = self.known.borrow().get(path) {
            return known.clone();
        }
        let place = self.maps.iter().find_map(|map| map.place(Path::new(path)));
        let rewritten = place.map(|place| place.to_string_lossy().into_owned()).filter(|place| place != path);
        self.known.borrow_mut().insert(path.to_owned(), rewritten.clone());
        rewritten
    }
}

impl Map {
    fn new(here: &Here, map: &PathMap) -> Result<Self, Error> {
        let pattern = |text: &String| match text.trim_end_matches('/') {
            text if text.ends_with('*') => Err(Error {
                pattern: text.to_owned(),
                reason: "it stands for a directory, so it cannot end with a wildcard".to_owned(),
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

    /// Where `path` is here, if this map fits it. What is here already stays here, so that rewriting twice is as once.
    fn place(&self, path: &Path) -> Option<PathBuf> {
        if let Some(rest) = self.to.iter().find_map(|name| path.strip_prefix(name).ok()) {
            return Some(self.to[0].join(rest));
        }
        let mut directories: Vec<&Path> = path.ancestors().skip(1).collect();
        // The more of a path is kept the less can be there by chance.
        directories.reverse();
        let fits = |directory: &&Path| self.from.iter().any(|from| from.matches(directory));
        let mut places = directories
            .into_iter()
            .filter(fits)
            .filter_map(|directory| Some(self.to[0].join(path.strip_prefix(directory).ok()?)));
        let first = places.next()?;
        let existing = std::iter::once(first.clone()).chain(places).find(|place| place.exists());
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
    fn a_directory_stands_for_another() {
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
    fn what_is_here_stays_so_that_rewriting_twice_is_as_once() {
        assert_eq!(rewritten("/", "/work", "/work/app", "/work/app/a.c"), None);
        let once = rewritten("/", "/work", "/work/app", "/work/a.c").unwrap();
        assert_eq!(once, "/work/app/a.c");
        assert_eq!(rewritten("/", "/work", "/work/app", &once), None);
    }

    #[test]
    fn the_first_map_that_fits_counts() {
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
    fn only_what_is_there_is_rewritten_if_that_is_asked_for() {
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
    fn another_name_of_the_directory_is_the_directory() {
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
    fn what_a_flag_says_is_two_directories() {
        let map = PathMap::from_flag("/ci/a=b=src").unwrap();
        assert_eq!((map.from, map.to, map.only_existing), (vec!["/ci/a=b".to_owned()], "src".into(), false));
        for text in ["/ci", "=src", "/ci=", "="] {
            assert_eq!(PathMap::from_flag(text).unwrap_err(), "it is not FROM=TO, two directories", "{text}");
        }
        let ends = PathMap { from: vec!["/ci/*/".to_owned()], to: "src".into(), only_existing: false };
        let error = PathMaps::new(&Here::at("/"), &[ends]).unwrap_err().to_string();
        assert!(error.contains("\"/ci/*\"") && error.contains("wildcard"), "{error}");
    }
}
