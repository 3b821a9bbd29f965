//! The private directory of a run. All files of the run are in it until the run ends, out of the way of the
//! program, which may clean up its own directory.
//!
//! | what | how |
//! |---|---|
//! | where | `forkcov-UID-RUN` in the first of [`bases`] that is safe and can be used |
//! | safe | no other user but root can change it or a directory above it, or they are sticky |
//! | access | its owner (mode 0700), and root |
//! | how long | until the run ends; if forkcov is killed, until `combine` or `erase` |
//!
//! It is opened once, and its files are reached through that descriptor (openat(2)). The descriptor is locked
//! (flock(2)) until the run has ended: so `combine` knows which runs are active.

use super::error::named;
use super::names::{self, RunFileKind, RunNames, directory_of};
use crate::output_file;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, Flock, FlockArg, OFlag, openat};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::stat::{FileStat, Mode, fchmod, fstat, mkdirat};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use nix::sys::statvfs::statvfs;
use nix::unistd::{UnlinkatFlags, geteuid, linkat, unlinkat};
use rustix::fs::{RenameFlags, renameat_with};
use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// A file system in memory. Files of thousands of processes are made and removed there at no cost, while ext4
/// takes the longer for each, the more have been removed within the last seconds.
const IN_MEMORY: &str = "/dev/shm";

/// The file system in memory is used if it has so many bytes left.
const ROOM_IN_MEMORY: u64 = 1 << 30;

/// The file in the directory of a run that names the data file.
const DATA_FILE: &str = "data-file";

/// How many files of a run are kept open at most: up to half of the descriptors that forkcov can have. Others
/// are opened for each access.
fn most_open() -> usize {
    const MOST: u64 = 1 << 15;
    static LIMIT: LazyLock<u64> =
        LazyLock::new(|| getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(_, hard)| hard));
    (*LIMIT / 2).min(MOST) as usize
}

/// A directory with files of a run. Clones are the same directory.
#[derive(Debug, Clone)]
pub struct RunDirectory(Arc<Directory>);

/// The files of one run.
#[derive(Debug, Clone)]
pub struct RunFiles {
    /// The directory that all of them are in.
    pub directory: RunDirectory,
    /// Their names.
    pub names: RunNames,
}

#[derive(Debug)]
struct Directory {
    path: PathBuf,
    file: DirectoryFile,
    /// How many [`RunFile`]s are open.
    open: AtomicUsize,
}

#[derive(Debug)]
enum DirectoryFile {
    Locked(Flock<File>),
    /// Another process holds its lock.
    Unlocked(File),
    /// Its file system has no locks.
    Unlockable(File),
}

/// What the runs for a data file have left.
#[derive(Debug, Default)]
pub(super) struct RunDirectories {
    /// Of runs that have ended; they are locked.
    pub ended: Vec<RunDirectory>,
    /// Of runs that have not ended.
    pub active: Vec<RunDirectory>,
}

/// A file of a run, which only its owner can reach. It is kept open, or, if that takes too many descriptors,
/// opened through its directory for each access.
#[derive(Debug)]
pub struct RunFile {
    directory: RunDirectory,
    name: OsString,
    file: Option<File>,
}

impl RunDirectory {
    /// Creates the private directory of a run that is to write `data_file`, an absolute path without symbolic
    /// links, and locks it.
    ///
    /// # Errors
    /// When no directory is safe and writable.
    pub fn create(run: &str, data_file: &Path) -> io::Result<Self> {
        let can_be_in = |base: &Path| base != Path::new(IN_MEMORY) || has_room(base);
        Self::create_named(run, bases(directory_of(data_file)).filter(|base| can_be_in(base)), |directory| {
            directory.create_file(OsStr::new(DATA_FILE))?.write_at(data_file.as_os_str().as_bytes(), 0)
        })
    }

    /// Creates a private directory for temporary files, on a disk: they can be large. `fallback` is used if
    /// none of the usual directories can be.
    ///
    /// # Errors
    /// When no directory is safe and writable.
    pub fn scratch(fallback: &Path) -> io::Result<Self> {
        let on_disk = bases(fallback).filter(|base| base != Path::new(IN_MEMORY));
        Self::create_named(&format!("{:016x}", fastrand::u64(..)), on_disk, |_| Ok(()))
    }

    /// Creates a directory in the first of `bases` where that is possible, and `prepare` can be done in it.
    fn create_named(
        name: &str,
        bases: impl Iterator<Item = PathBuf>,
        prepare: impl Fn(&Self) -> io::Result<()>,
    ) -> io::Result<Self> {
        let name = format!("{}{name}", prefix());
        let mut failure = None;
        for base in bases {
            let created = Self::create_in(&base, &name).and_then(|directory| {
                prepare(&directory).inspect_err(|_| directory.remove())?;
                Ok(directory)
            });
            match created {
                Ok(directory) => return Ok(directory),
                Err(error) => failure = failure.or(Some(named("create", &base.join(&name), &error))),
            }
        }
        Err(failure.unwrap_or_else(|| {
            io::Error::other(
                "no directory for the data of the run that other users cannot change: set FORKCOV_TMPDIR to one",
            )
        }))
    }

    fn create_in(base: &Path, name: &str) -> io::Result<Self> {
        let parent = open_directory(base)?;
        loop {
            mkdirat(&parent, name, Mode::S_IRWXU)?;
            let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let file = match openat(&parent, name, flags, Mode::empty()) {
                // A `combine` has taken it for one that a killed run has left.
                Err(Errno::ENOENT) => continue,
                opened => File::from(opened?),
            };
            // Whatever the umask is.
            fchmod(&file, Mode::S_IRWXU)?;
            if !is_ours(&file)? {
                return Err(io::Error::from(io::ErrorKind::AlreadyExists));
            }
            // A `combine` that looks for such directories holds the lock for a moment. On a file system
            // without flock(2), it does not see that the run is active.
            let file = match Flock::lock(file, FlockArg::LockExclusive) {
                Ok(locked) => DirectoryFile::Locked(locked),
                Err((file, _)) => DirectoryFile::Unlockable(file),
            };
            let created = Self::at(base.join(name), file);
            if created.is_in_place() {
                return Ok(created);
            }
        }
    }

    fn at(path: PathBuf, file: DirectoryFile) -> Self {
        Self(Arc::new(Directory { path, file, open: AtomicUsize::new(0) }))
    }

    /// An existing directory, which need not be private.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::at(path.to_owned(), DirectoryFile::Unlockable(open_directory(path)?)))
    }

    /// What this user's runs for `data_file`, an absolute path without symbolic links, have left, and which
    /// of them are active. Removes what a killed `combine` has left.
    pub(super) fn of_data_file(data_file: &Path) -> RunDirectories {
        let mut found = RunDirectories::default();
        let bases: BTreeSet<PathBuf> = bases(directory_of(data_file)).collect();
        bases.iter().for_each(|base| Self::in_base_for(base, data_file, &mut found));
        found
    }

    fn in_base_for(base: &Path, data_file: &Path, found: &mut RunDirectories) {
        let entries = base.read_dir().into_iter().flatten().flatten();
        let ours = entries.filter(|entry| Self::is_one(Path::new(&entry.file_name())));
        for directory in ours.filter_map(|entry| Self::of_run(&entry.path()).ok()) {
            match (directory.is_locked(), directory.data_file()) {
                // It may have been removed meanwhile, and another be there.
                (true, None) if directory.is_in_place() => directory.remove(),
                (true, Some(of)) if of == data_file => found.ended.push(directory),
                (false, Some(of)) if of == data_file => found.active.push(directory),
                _ => {}
            }
        }
    }

    /// Whether the run of this name, of this user, is active.
    pub(super) fn is_active(run: &str, fallback: &Path) -> bool {
        let name = format!("{}{run}", prefix());
        bases(fallback).any(|base| Self::of_run(&base.join(&name)).is_ok_and(|found| !found.is_locked()))
    }

    /// Opens the directory of a run, and locks it unless the run is active.
    fn of_run(path: &Path) -> io::Result<Self> {
        let file = open_directory(path)?;
        if !is_ours(&file)? {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        let file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(locked) => DirectoryFile::Locked(locked),
            Err((file, Errno::EWOULDBLOCK)) => DirectoryFile::Unlocked(file),
            // Without flock(2), no run is seen to be active here.
            Err((file, _)) => DirectoryFile::Unlockable(file),
        };
        Ok(Self::at(path.to_owned(), file))
    }

    /// Whether no other process holds its lock.
    fn is_locked(&self) -> bool {
        !matches!(self.0.file, DirectoryFile::Unlocked(_))
    }

    /// The data file that its run was to write.
    fn data_file(&self) -> Option<PathBuf> {
        let mut path = Vec::new();
        let file = self.open_file(OsStr::new(DATA_FILE)).ok()?;
        file.take(libc::PATH_MAX as u64).read_to_end(&mut path).ok()?;
        Some(PathBuf::from(OsString::from_vec(path)))
    }

    /// The hit files in it, sorted.
    pub(super) fn hit_files(&self) -> Vec<PathBuf> {
        let names = self.named_files().into_iter().filter(|(_, kind)| *kind == RunFileKind::HitFile);
        let mut found: Vec<_> = names.map(|(name, _)| self.0.path.join(name)).collect();
        found.sort();
        found
    }

    /// The names of the files in it that belong to a data file, and what each is.
    pub(super) fn named_files(&self) -> Vec<(OsString, RunFileKind)> {
        let entries = self.0.path.read_dir().into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name());
        names.filter_map(|name| Some((name.clone(), names::parse(Path::new(&name))?.kind))).collect()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Whether it can still be found where it was created.
    pub fn is_in_place(&self) -> bool {
        let named = fs::symlink_metadata(&self.0.path);
        let is_same = |here: FileStat| {
            named.is_ok_and(|named| (named.dev(), named.ino()) == (here.st_dev, here.st_ino))
        };
        fstat(self).is_ok_and(is_same)
    }

    /// Creates the file `name`, which must not exist, open for reading and writing.
    ///
    /// # Errors
    /// When it cannot be created. Each error names the file.
    pub fn create_file(&self, name: &OsStr) -> io::Result<RunFile> {
        self.kept_open(name, self.create_open(name))
    }

    /// The same, for a file that processes map: they see no name of it in `/proc/PID/maps`, if the file
    /// system allows that. On ext4 it takes longer.
    ///
    /// # Errors
    /// When it cannot be created. Each error names the file.
    pub fn create_mapped_file(&self, name: &OsStr) -> io::Result<RunFile> {
        self.kept_open(name, self.create_hidden(name))
    }

    fn kept_open(&self, name: &OsStr, created: io::Result<File>) -> io::Result<RunFile> {
        let file = created.map_err(|error| named("create", &self.0.path.join(name), &error))?;
        let mut created = RunFile { directory: self.clone(), name: name.to_owned(), file: None };
        if self.0.open.fetch_add(1, Ordering::Relaxed) < most_open() {
            created.file = Some(file);
        } else {
            self.0.open.fetch_sub(1, Ordering::Relaxed);
        }
        Ok(created)
    }

    fn create_open(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(openat(self, name, flags, Mode::S_IRUSR | Mode::S_IWUSR)?.into())
    }

    /// A process that maps a file which was made without a name sees no name of it.
    fn create_hidden(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_TMPFILE | OFlag::O_CLOEXEC;
        if let Ok(file) = openat(self, ".", flags, Mode::S_IRUSR | Mode::S_IWUSR) {
            let own = format!("/proc/self/fd/{}", file.as_raw_fd());
            match linkat(nix::fcntl::AT_FDCWD, &*own, self, name, AtFlags::AT_SYMLINK_FOLLOW) {
                Ok(()) => return Ok(file.into()),
                Err(Errno::EEXIST) => return Err(Errno::EEXIST.into()),
                Err(_) => {}
            }
        }
        self.create_open(name)
    }

    /// Opens the file `name` for reading and writing.
    ///
    /// # Errors
    /// When it cannot be opened, or is no regular file.
    pub fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let open = || {
            let file = File::from(openat(self, name, flags, Mode::empty())?);
            let is_file = file.metadata()?.is_file();
            if is_file { Ok(file) } else { Err(io::Error::other("not a regular file")) }
        };
        open().map_err(|error| named("open", &self.0.path.join(name), &error))
    }

    /// Removes the file `name`, if there is one.
    pub fn remove_file(&self, name: &OsStr) {
        let _ = unlinkat(self, name, UnlinkatFlags::NoRemoveDir);
    }

    /// Whether `path` is named like a directory of a run.
    pub(super) fn is_one(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name.as_bytes().starts_with(prefix().as_bytes()))
    }

    /// Whether the file `path` is in one, where a killed run leaves it: only whole files leave the directory.
    pub(super) fn has(path: &Path) -> bool {
        Self::is_one(directory_of(path))
    }

    /// Removes the directory with all files in it.
    pub fn remove(&self) {
        for entry in self.0.path.read_dir().into_iter().flatten().flatten() {
            let _ = unlinkat(self, &*entry.file_name(), UnlinkatFlags::NoRemoveDir);
        }
        let _ = fs::remove_dir(&self.0.path);
    }
}

impl AsFd for RunDirectory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.0.file {
            DirectoryFile::Locked(file) => file.as_fd(),
            DirectoryFile::Unlocked(file) | DirectoryFile::Unlockable(file) => file.as_fd(),
        }
    }
}

impl RunFile {
    /// Its name in its directory.
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.directory.0.path.join(&self.name)
    }

    /// Writes `bytes` at `offset`, as pwrite(2).
    ///
    /// # Errors
    /// When that fails. Each error names the file.
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.with("write", |file| file.write_all_at(bytes, offset))
    }

    /// Reads bytes at `offset`, as pread(2). Gives how many there were.
    ///
    /// # Errors
    /// When that fails. Each error names the file.
    pub fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with("read", |file| {
            let mut read = 0;
            while read < bytes.len() {
                match file.read_at(&mut bytes[read..], offset + read as u64) {
                    Ok(0) => break,
                    Ok(more) => read += more,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(read)
        })
    }

    /// Calls `access` with the open file. `what` says in errors what failed.
    ///
    /// # Errors
    /// When it cannot be opened, or `access` fails. Each error names the file.
    pub fn with<T>(&self, what: &str, access: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        let opened;
        let file = match &self.file {
            Some(file) => file,
            None => {
                opened = self.directory.open_file(&self.name)?;
                &opened
            }
        };
        access(file).map_err(|error| named(what, &self.path(), &error))
    }

    /// Gives it another name in its directory, which no file may have.
    ///
    /// # Errors
    /// When that fails, or the name is in use.
    pub fn rename(&mut self, name: &OsStr) -> io::Result<()> {
        renameat_with(&self.directory, &*self.name, &self.directory, name, RenameFlags::NOREPLACE)?;
        name.clone_into(&mut self.name);
        Ok(())
    }

    /// Removes it. What has mapped it keeps it.
    pub fn remove(&self) {
        self.directory.remove_file(&self.name);
    }
}

impl Drop for RunFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            self.directory.0.open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// What the names of this user's directories begin with.
fn prefix() -> String {
    format!("forkcov-{}-", geteuid())
}

/// The directories in which those of runs can be: `$FORKCOV_TMPDIR`, `/dev/shm`, `/var/tmp`, `/tmp`,
/// `$TMPDIR` and that of the data file. `$TMPDIR` comes late: test suites remove what is in it.
fn bases(fallback: &Path) -> impl Iterator<Item = PathBuf> {
    let named = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let usual = [IN_MEMORY, "/var/tmp", "/tmp"].map(|path| Some(PathBuf::from(path)));
    [named("FORKCOV_TMPDIR")]
        .into_iter()
        .chain(usual)
        .chain([named("TMPDIR"), Some(fallback.to_owned())])
        .flatten()
        .filter_map(|base| fs::canonicalize(base).ok())
        .filter(|base| output_file::is_safe(base))
}

/// Whether a file system in memory has room for a run.
fn has_room(base: &Path) -> bool {
    let is_in_memory = statfs(base).is_ok_and(|found| found.filesystem_type() == TMPFS_MAGIC);
    let room = statvfs(base).map_or(0, |found| found.blocks_available() * found.fragment_size());
    is_in_memory && room >= ROOM_IN_MEMORY
}

fn open_directory(path: &Path) -> io::Result<File> {
    let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    fs::OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// Whether an open directory belongs to this user, and no other can enter it.
fn is_ours(directory: &File) -> io::Result<bool> {
    let found = fstat(directory)?;
    Ok(found.st_uid == geteuid().as_raw() && found.st_mode & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn a_directory_that_is_made_while_others_look_for_such_is_locked() {
        let base = tempfile::tempdir().unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        RunDirectory::in_base_for(
                            base.path(),
                            Path::new("/data"),
                            &mut RunDirectories::default(),
                        );
                    }
                });
            }
            for number in 0..200 {
                let made = RunDirectory::create_in(base.path(), &format!("{}{number}", prefix())).unwrap();
                let is_locked = matches!(made.0.file, DirectoryFile::Locked(_));
                if !is_locked || !made.is_in_place() {
                    is_over.store(true, Ordering::Relaxed);
                }
                assert!(is_locked && made.is_in_place(), "{number}");
                made.remove();
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn files_are_private_and_are_made_once() {
        let base = tempfile::tempdir().unwrap();
        let directory = RunDirectory::create_in(base.path(), "run").unwrap();
        let file = directory.create_file(OsStr::new("a")).unwrap();
        file.write_at(b"bytes", 2).unwrap();
        let mut bytes = [1; 10];
        assert_eq!((file.read_at(&mut bytes, 0).unwrap(), &bytes[..7]), (7, &b"\0\0bytes"[..]));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(directory.path()), mode(&file.path())), (0o700, 0o600));
        assert_eq!(directory.create_file(OsStr::new("a")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        std::os::unix::fs::symlink("/etc/passwd", directory.path().join("link")).unwrap();
        assert!(directory.open_file(OsStr::new("link")).is_err());
        let path = directory.path().to_owned();
        assert!(!RunDirectory::of_run(&path).unwrap().is_locked(), "it is locked already");
        directory.remove();
        assert!(!path.exists());
    }
}
