//! Where a data file is to be written: a directory, which is opened once, and a name in it.

use super::error::Error;
use super::names::directory_of;
use super::run_directory::{RunDirectory, RunFile};
use crate::quote;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat, openat2, renameat};
use nix::sys::stat::{Mode, fstatat};
use nix::unistd::{AccessFlags, UnlinkatFlags, faccessat, unlinkat};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Temporary files end in this and begin with a dot. No hit file does either.
pub(super) const TEMPORARY: &str = ".forkcov-tmp";

/// A data file that is to be written, and the directory for the files beside it.
///
/// No symbolic link is followed in the directory: whoever can write to it could make forkcov write elsewhere.
#[derive(Debug)]
pub struct Target {
    directory: File,
    /// The directory without symbolic links, as it was when it was opened.
    resolved: PathBuf,
    name: OsString,
    shown: PathBuf,
}

impl Target {
    /// Opens the directory of the data file `path`, which need not exist.
    ///
    /// # Errors
    /// When there is no such directory, or `path` names no file in it.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::io("write", path)(source);
        let absolute = std::path::absolute(path).map_err(failed)?;
        let directory = directory_of(&absolute);
        let name =
            path.file_name().ok_or_else(|| Error::unusable(path, "not the name of a file"))?.to_owned();
        let resolved = fs::canonicalize(directory).map_err(failed)?;
        // With O_PATH, a directory that may be written to and not read will do.
        let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
        let file = File::options().read(true).custom_flags(flags).open(&resolved).map_err(failed)?;
        Ok(Self { directory: file, resolved, name, shown: path.to_owned() })
    }

    /// The path of the data file as it was given. Messages name it.
    pub fn path(&self) -> &Path {
        &self.shown
    }

    /// The path of the data file without symbolic links.
    pub fn resolved(&self) -> PathBuf {
        self.resolved.join(&self.name)
    }

    /// The path of its directory without symbolic links.
    pub fn resolved_directory(&self) -> &Path {
        &self.resolved
    }

    /// The file name of the data file.
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// Its directory.
    pub(super) fn directory(&self) -> &File {
        &self.directory
    }

    /// Checks that a file can be made in the directory.
    ///
    /// # Errors
    /// When this user may not, or the file system is read-only.
    pub(super) fn check_writable(&self) -> Result<(), Error> {
        let access = AccessFlags::W_OK | AccessFlags::X_OK;
        faccessat(&self.directory, ".", access, AtFlags::AT_EACCESS)
            .map_err(|errno| Error::io("write", &self.shown)(errno.into()))
    }

    /// Whether the data file is a symbolic link.
    pub(super) fn is_link(&self) -> bool {
        let found = fstatat(&self.directory, &*self.name, AtFlags::AT_SYMLINK_NOFOLLOW);
        found.is_ok_and(|found| found.st_mode & libc::S_IFMT == libc::S_IFLNK)
    }

    /// Opens the old data file for reading, if there is one.
    ///
    /// # Errors
    /// When it is a symbolic link or no regular file, or cannot be opened.
    pub(super) fn old(&self) -> Result<Option<File>, Error> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        match openat(&self.directory, &*self.name, flags, Mode::empty()) {
            Err(Errno::ENOENT) => Ok(None),
            Err(Errno::ELOOP) => Err(Error::unusable(
                &self.shown,
                "a symbolic link, which forkcov does not write through: name the file itself",
            )),
            Err(errno) => Err(Error::io("read", &self.shown)(errno.into())),
            Ok(file) => {
                let file = File::from(file);
                let metadata = file.metadata().map_err(Error::io("read", &self.shown))?;
                if metadata.is_file() {
                    Ok(Some(file))
                } else {
                    Err(Error::unusable(&self.shown, "not a regular file"))
                }
            }
        }
    }

    /// Puts a copy of `content` into the directory as the file `name`, at once and as a whole, in place of
    /// another of this name. The umask decides which users may read it, unless there are `permissions`.
    ///
    /// # Errors
    /// When it cannot be written. Nothing is left then.
    pub fn put(&self, name: &OsStr, content: &mut File, permissions: Option<Permissions>) -> io::Result<()> {
        let put = |directory: &File| put_in(directory, name, content, permissions.clone());
        match self.put_again(put) {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Err(io::Error::new(
                error.kind(),
                format!("the directory {} is gone", quote::path(&self.resolved)),
            )),
            put => put,
        }
    }

    /// A program may have removed or moved the directory, and have made it anew.
    fn put_again(&self, mut put: impl FnMut(&File) -> io::Result<()>) -> io::Result<()> {
        if self.shown.is_absolute() {
            match self.directory_of_this_name() {
                Ok(named) => return put(&named),
                // There is a symbolic link now.
                Err(Errno::ELOOP) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        let first = put(&self.directory);
        if first.as_ref().is_err_and(|error| error.raw_os_error() == Some(libc::ENOENT)) {
            return put(&self.directory_of_this_name()?);
        }
        first
    }

    /// The directory that now has the name that this one had.
    fn directory_of_this_name(&self) -> Result<File, Errno> {
        let how = OpenHow::new()
            .flags(OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
        openat2(nix::fcntl::AT_FDCWD, &self.resolved, how).map(File::from)
    }
}

/// Writes the file `path` as a whole or not at all: `fill` writes it where no other user can reach it.
///
/// # Errors
/// When `fill` fails, or the file cannot be written. What was there before is then as it was.
pub fn put_whole(path: &Path, fill: impl FnOnce(&RunFile) -> Result<(), Error>) -> Result<(), Error> {
    let failed = |source| Error::io("write", path)(source);
    let target = Target::of(path)?;
    let scratch = RunDirectory::scratch(target.resolved_directory()).map_err(failed)?;
    let written = scratch.create_file("new".as_ref()).map_err(failed).and_then(|file| {
        fill(&file)?;
        file.with("read", |file| target.put(target.name(), &mut file.try_clone()?, None)).map_err(failed)
    });
    scratch.remove();
    written
}

fn put_in(
    directory: &File,
    name: &OsStr,
    content: &mut File,
    permissions: Option<Permissions>,
) -> io::Result<()> {
    let mut temporary = temporary_prefix(name);
    temporary.push(format!("{:016x}{TEMPORARY}", fastrand::u64(..)));
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mode = Mode::from_bits_truncate(0o666);
    let mut file = File::from(openat(directory, &*temporary, flags, mode)?);
    let write = || {
        io::Seek::rewind(content)?;
        io::copy(content, &mut file)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        Ok(renameat(directory, &*temporary, directory, name)?)
    };
    write().inspect_err(|_| {
        let _ = unlinkat(directory, &*temporary, UnlinkatFlags::NoRemoveDir);
    })
}

/// What the names of temporary files for `name` begin with.
pub(super) fn temporary_prefix(name: &OsStr) -> OsString {
    [OsStr::new("."), name, OsStr::new(".")].into_iter().collect()
}
