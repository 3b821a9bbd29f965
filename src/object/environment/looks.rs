//! What lies at the places that were looked at for sources.
//!
//! The line tables of a library can name thousands of sources that are nowhere. Each of them is searched for
//! in several directories. The status of a directory changes with each name that it gets, so one look at a
//! directory shows that all of these names are still missing. One that has changed since, as the current
//! directory in which the data file is, is listed once.

use std::ffi::{OsStr, OsString};
use std::fs::DirEntry;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use hashbrown::{HashMap, HashSet};
use nix::sys::statfs::{self, FsType};
use serde::{Deserialize, Serialize};

use crate::object::environment::file_identity::FileIdentity;
use crate::real_path::{self, PathTarget, RealPaths};

/// File systems of local disks and of memory. On others, such as `/proc`, a directory can get a name without
/// a change of its status.
const WITH_TIMES: [FsType; 5] = [
    statfs::BTRFS_SUPER_MAGIC,
    statfs::EXT4_SUPER_MAGIC,
    statfs::OVERLAYFS_SUPER_MAGIC,
    statfs::TMPFS_MAGIC,
    XFS_SUPER_MAGIC,
];

/// statfs(2) has it; not every C library does.
const XFS_SUPER_MAGIC: FsType = FsType(0x5846_5342);

/// A directory is listed if so many names are missing in it, as listing takes longer than some looks.
const MANY: usize = 32;

/// No name has this byte.
const END: u8 = 0;

/// The places that were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Looks(Vec<DirectoryLooks>);

/// The places in one directory, which is a real one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct DirectoryLooks {
    directory: PathBuf,
    /// The names at which nothing is, each followed by [`END`]: they are rarely looked at.
    #[serde(with = "crate::plain")]
    missing: Vec<u8>,
    /// The identity of the directory when it had none of these, if any later change will show in it.
    without_missing: Option<FileIdentity>,
    present: Vec<(OsString, PathTarget)>,
}

impl Looks {
    /// All that `real_paths` has looked at.
    pub(super) fn of(real_paths: &RealPaths) -> Self {
        let mut directories: HashMap<PathBuf, DirectoryLooks> = HashMap::new();
        for (path, target) in real_paths.targets() {
            let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { continue };
            let looks = directories.entry_ref(directory).or_insert_with(|| DirectoryLooks::of(directory));
            match target {
                PathTarget::Missing => looks.add_missing(name),
                target => looks.present.push((name.to_owned(), target)),
            }
        }
        Self(directories.into_values().collect())
    }

    /// Notes which directories have none of the missing names.
    pub(super) fn note_directories(&mut self) {
        self.0.iter_mut().for_each(DirectoryLooks::note_identity);
    }

    /// The files that were found, if the same is at each place today.
    pub(super) fn if_held(&self) -> Option<HashMap<PathBuf, FileIdentity>> {
        let mut found = HashMap::new();
        for looks in &self.0 {
            if !looks.missing_hold() {
                return None;
            }
            for (name, target) in &looks.present {
                let path = looks.directory.join(name);
                let (now, metadata) = real_path::look_at(&path);
                if now != *target {
                    return None;
                }
                found.extend(metadata.map(|metadata| (path, FileIdentity::of(&metadata))));
            }
        }
        Some(found)
    }
}

impl DirectoryLooks {
    fn of(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            missing: Vec::new(),
            without_missing: None,
            present: Vec::new(),
        }
    }

    fn add_missing(&mut self, name: &OsStr) {
        // Nothing can ever be at a name with that byte.
        if !name.as_bytes().contains(&END) {
            self.missing.extend(name.as_bytes());
            self.missing.push(END);
        }
    }

    fn missing_hold(&self) -> bool {
        self.missing.is_empty()
            || self.without_missing.is_some_and(|identity| self.identity() == Some(identity))
            || self.are_missing()
    }

    fn are_missing(&self) -> bool {
        self.are_not_listed() || self.all_missing(|_| true)
    }

    /// Is none of the missing names in a listing of the directory? False also if a listing does not show
    /// that: file systems can find names that are written in another way (casefold of ext4(5)).
    fn are_not_listed(&self) -> bool {
        let mut missing = self.missing.clone();
        missing.make_ascii_lowercase();
        let missing: HashSet<&[u8]> = missing.split(|byte| *byte == END).collect();
        if missing.len() < MANY || !self.missing.is_ascii() || !self.is_with_times() {
            return false;
        }
        let Ok(mut listed) = self.directory.read_dir() else { return false };
        let is_other = |entry: io::Result<DirEntry>| {
            let name = entry.map(|entry| entry.file_name().into_encoded_bytes());
            name.is_ok_and(|name| name.is_ascii() && !missing.contains(&name.to_ascii_lowercase()[..]))
        };
        // In a directory with many more names, a look at each missing one takes less time.
        listed.by_ref().take(4 * missing.len()).all(is_other) && listed.next().is_none()
    }

    fn all_missing(&self, is_absence: impl Fn(&io::Error) -> bool) -> bool {
        let is_missing = |look: io::Result<_>| look.is_err_and(|error| is_absence(&error));
        let mut names = self.missing.split_inclusive(|byte| *byte == END).map(|name| &name[..name.len() - 1]);
        names.all(|name| is_missing(self.directory.join(OsStr::from_bytes(name)).symlink_metadata()))
    }

    /// The names are looked at after the identity, so that no name that came in between is overlooked. What
    /// may only not be looked at is not taken to be missing.
    fn note_identity(&mut self) {
        let is_known = self.is_with_times();
        let identity = self.identity().filter(|identity| is_known && identity.is_settled());
        self.without_missing =
            identity.filter(|_| self.all_missing(|error| error.kind() == ErrorKind::NotFound));
    }

    fn is_with_times(&self) -> bool {
        statfs::statfs(&self.directory).is_ok_and(|found| WITH_TIMES.contains(&found.filesystem_type()))
    }

    fn identity(&self) -> Option<FileIdentity> {
        self.directory.metadata().ok().map(|metadata| FileIdentity::of(&metadata))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::thread;
    use std::time::Duration;

    /// What is known of `directory` when a.c is there, and x.c and below/x.c are missing.
    fn looks_at(directory: &Path) -> Looks {
        let real_paths = RealPaths::default();
        for (name, is_there) in [("a.c", true), ("x.c", false), ("below/x.c", false), ("below/../x.c", false)]
        {
            assert_eq!(real_paths.file(&directory.join(name)).is_some(), is_there, "{name}");
        }
        let mut looks = Looks::of(&real_paths);
        while !directory.metadata().is_ok_and(|metadata| FileIdentity::of(&metadata).is_settled()) {
            thread::sleep(Duration::from_millis(1));
        }
        looks.note_directories();
        looks
    }

    #[test]
    fn names_are_missing_until_one_of_them_comes() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().canonicalize().unwrap();
        let path = |name: &str| directory.join(name);
        fs::write(path("a.c"), "").unwrap();
        let looks = looks_at(&directory);
        let of_directory = looks.0.iter().find(|looks| looks.directory == directory).unwrap();
        let mut missing: Vec<&[u8]> = of_directory.missing.split(|byte| *byte == END).collect();
        missing.sort_unstable();
        assert_eq!(missing, [&b""[..], b"below", b"x.c"]);
        if WITH_TIMES.contains(&statfs::statfs(&directory).unwrap().filesystem_type()) {
            assert!(of_directory.without_missing.is_some());
        }
        let holds = || looks.if_held().is_some();
        assert!(holds());
        fs::write(path("b.c"), "").unwrap();
        assert!(holds(), "another name has come");
        fs::create_dir(path("below")).unwrap();
        assert!(!holds(), "a directory has come");
        fs::remove_dir(path("below")).unwrap();
        assert!(holds());
        fs::rename(path("a.c"), path("x.c")).unwrap();
        assert!(!holds());
        fs::rename(path("x.c"), path("a.c")).unwrap();
        assert!(holds());
        std::os::unix::fs::symlink("a.c", path("x.c")).unwrap();
        assert!(!holds());
        fs::remove_dir_all(&directory).unwrap();
        assert!(!holds());
    }

    #[test]
    fn a_listing_shows_that_many_names_are_missing() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let looks = |names: &mut dyn Iterator<Item = String>| {
            let mut looks = DirectoryLooks::of(directory.path());
            names.for_each(|name| looks.add_missing(name.as_ref()));
            looks
        };
        let many = looks(&mut (0..100).map(|number| format!("missing{number}.c")));
        if !many.is_with_times() {
            return;
        }
        let few = looks(&mut (0..3).map(|number| format!("missing{number}.c")));
        let strange = looks(&mut (0..100).map(|number| format!("missing{number}.\u{e9}")));
        let holds = || (many.are_not_listed(), many.are_missing());
        fs::write(path("other.c"), "").unwrap();
        assert_eq!(holds(), (true, true));
        assert!(!few.are_not_listed() && few.are_missing(), "each is looked at");
        assert!(!strange.are_not_listed() && strange.are_missing());
        // What may be found by another name is looked at, and what is there is seen.
        for (name, is_missing) in
            [("missing7.c", false), ("MISSING99.c", true), ("\u{e9}", true), ("missing0.c", false)]
        {
            fs::write(path(name), "").unwrap();
            assert_eq!(holds(), (false, is_missing), "{name}");
            fs::remove_file(path(name)).unwrap();
            assert_eq!(holds(), (true, true), "{name}");
        }
        std::os::unix::fs::symlink("nowhere", path("missing8.c")).unwrap();
        assert_eq!(holds(), (false, false));
        fs::remove_file(path("missing8.c")).unwrap();
        (0..500).for_each(|number| fs::write(path(&format!("other{number}")), "").unwrap());
        assert_eq!(holds(), (false, true), "there are too many names");
        fs::remove_dir_all(directory.path()).unwrap();
        assert_eq!(holds(), (false, true));
    }
}
