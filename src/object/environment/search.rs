//! Where to search for what an object refers to. Debug information outside of it is at the paths of gdb's
//! manual, chapter "Debugging Information in Separate Files".

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use crate::object::paths;

/// Where to search for debug information outside of the object, and for sources; and whether more is read
/// than lines and functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugSearch {
    /// Directories like `/usr/lib/debug`, with files `.build-id/xx/yyyy.debug`, or at the object's own
    /// path below it.
    pub roots: Vec<PathBuf>,
    /// Absolute directories that sources with relative names may be below.
    pub sources: Vec<PathBuf>,
    /// Are branches read, too?
    pub branches: bool,
}

impl Default for DebugSearch {
    /// The directory that every distribution uses.
    fn default() -> Self {
        Self { roots: vec![PathBuf::from("/usr/lib/debug")], sources: Vec::new(), branches: false }
    }
}

impl DebugSearch {
    /// A search beside the object only.
    pub fn none() -> Self {
        Self { roots: Vec::new(), sources: Vec::new(), branches: false }
    }

    /// The paths of a file with this build-id, given in hexadecimal.
    pub(crate) fn by_build_id(&self, id: &str) -> Vec<PathBuf> {
        let Some((first, rest)) = id.split_at_checked(2).filter(|(_, rest)| !rest.is_empty()) else {
            return Vec::new();
        };
        self.roots.iter().map(|root| root.join(format!(".build-id/{first}/{rest}.debug"))).collect()
    }

    /// The paths of a `.gnu_debuglink` with this `name`, of an object in `directory`.
    pub(crate) fn by_link(&self, directory: &Path, name: &[u8]) -> Vec<PathBuf> {
        let name = Path::new(OsStr::from_bytes(name));
        let mut places = vec![directory.join(name), directory.join(".debug").join(name)];
        // With a merged /usr, paths below the roots may still have the old names.
        let merged = directory.strip_prefix("/usr").ok().map(|rest| Path::new("/").join(rest));
        for directory in [Some(directory), merged.as_deref()].into_iter().flatten() {
            let below = directory.strip_prefix("/").unwrap_or(directory);
            places.extend(self.roots.iter().map(|root| root.join(below).join(name)));
        }
        places
    }

    /// The paths of a dwz file with this `name` and hexadecimal `build_id`, linked from a file in
    /// `directory`.
    pub(crate) fn supplement(&self, directory: &Path, name: &[u8], build_id: &str) -> Vec<PathBuf> {
        let name = Path::new(OsStr::from_bytes(name));
        let mut places = vec![directory.join(name)];
        places.extend(self.by_build_id(build_id));
        // Distributions put these files into one directory below a root.
        let mut parts = name.components();
        if parts.by_ref().any(|part| part == Component::Normal(OsStr::new(".dwz"))) {
            let below = parts.as_path();
            places.extend(self.roots.iter().map(|root| root.join(".dwz").join(below)));
        }
        places
    }
}

/// Where the file of a split unit with this `name` may be: `named`, which is `name` below the unit's
/// `directory`, or with the object, which is in `own`, if both were moved.
pub(crate) fn split_unit(named: Option<PathBuf>, own: &Path, directory: &[u8], name: &[u8]) -> Vec<PathBuf> {
    let own = own.as_os_str().as_bytes();
    let last = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let with_object = [&[own, directory, name][..], &[own, name], &[own, last]];
    let mut places: Vec<PathBuf> =
        named.into_iter().chain(with_object.into_iter().filter_map(paths::join)).collect();
    let mut seen = Vec::new();
    places.retain(|place| {
        let new = !seen.contains(place);
        seen.push(place.clone());
        new
    });
    places
}

/// The packages of split units that belong to `object`, or to its debug file.
pub(crate) fn packages(object: &Path, debug: &Path) -> [PathBuf; 2] {
    [object, debug].map(|path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".dwp");
        PathBuf::from(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search() -> DebugSearch {
        DebugSearch { roots: vec!["/d".into()], sources: Vec::new(), branches: false }
    }

    fn texts(paths: Vec<PathBuf>) -> Vec<String> {
        paths.into_iter().map(|path| path.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_build_id_is_split_after_its_first_byte() {
        assert_eq!(texts(search().by_build_id("abcdef")), ["/d/.build-id/ab/cdef.debug"]);
        assert!(search().by_build_id("ab").is_empty());
        assert!(search().by_build_id("").is_empty());
    }

    #[test]
    fn a_link_is_looked_up_beside_the_object_and_below_the_roots() {
        let found = texts(search().by_link(Path::new("/usr/nowhere"), b"program.debug"));
        let expected = ["/usr/nowhere/", "/usr/nowhere/.debug/", "/d/usr/nowhere/", "/d/nowhere/"];
        assert_eq!(found, expected.map(|directory| format!("{directory}program.debug")));
    }

    #[test]
    fn a_supplement_is_relative_to_the_file_that_names_it() {
        let found = texts(search().supplement(Path::new("/n/a"), b"../.dwz/x/c.debug", "0102"));
        assert_eq!(found, ["/n/a/../.dwz/x/c.debug", "/d/.build-id/01/02.debug", "/d/.dwz/x/c.debug"]);
        assert_eq!(texts(search().supplement(Path::new("/n"), b"/e/c", "")), ["/e/c"]);
    }

    #[test]
    fn a_split_unit_is_below_its_directory_or_with_the_object() {
        let places = |directory: &[u8], name: &[u8]| {
            texts(split_unit(paths::join(&[directory, name]), Path::new("/n"), directory, name))
        };
        let found = places(b"/build", b"out/a.dwo");
        assert_eq!(found, ["/build/out/a.dwo", "/n/out/a.dwo", "/n/a.dwo"]);
        let found = places(b".", b"/build/a.dwo");
        assert_eq!(found, ["/build/a.dwo", "/n/a.dwo"]);
    }
}
