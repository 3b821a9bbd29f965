//! The output: written in a private directory, then put in the place of the data file.

use super::super::data_file::{self, FileFormat, recognise, recognise_open};
use super::super::error::Error;
use super::super::run_directory::{RunDirectory, RunFile};
use super::super::target::{TEMPORARY, Target, temporary_prefix};
use super::data_files;
use nix::fcntl::{Flock, FlockArg, OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, unlinkat};
use rusqlite::Connection;
use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Seek};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// How long to wait for another `combine`, before going on beside it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A data file that is being written, within a transaction.
pub(super) struct Output<'a> {
    target: &'a Target,
    connection: Connection,
    new: RunFile,
    /// A copy of the old data file, if it must still be read.
    old: Option<PathBuf>,
    /// Those of the old data file.
    permissions: Option<Permissions>,
    /// Excludes other `combine`s from the directory. Otherwise two could begin with the same old data file,
    /// and the later would lose the additions of the earlier.
    _lock: Option<Flock<File>>,
}

/// What happens to the old data file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OldOutput {
    /// It is replaced.
    Replaced,
    /// The new one begins as a copy of it.
    Copied,
    /// It is read as an input.
    Read,
}

/// Checks that the output of `combine` can be written there: there must be a data file of any version or
/// state, or an empty file, or none. If it `is_added_to`, the data file must be one that can be read.
/// `forkcov run` checks this before it starts the program.
///
/// # Errors
/// When it is another file, which must not be overwritten, or a symbolic link.
pub fn check_output(target: &Target, is_added_to: bool) -> Result<(), Error> {
    let path = target.path();
    target.check_writable()?;
    let Some(old) = target.old()? else { return Ok(()) };
    let format = recognise_open(&old).map_err(Error::io("read", path))?;
    check_format(path, format, "replaced")?;
    match format {
        FileFormat::DataFile { .. } if is_added_to => {
            let checked = data_files::open(&path_of(&old)).map(drop);
            checked.map_err(|reason| Error::unusable(path, reason))
        }
        FileFormat::OtherVersion(_) if is_added_to => Err(Error::unusable(path, format.complaint())),
        _ => Ok(()),
    }
}

/// Checks that a file is nothing but a data file, of any version or state. A missing file passes, and so does
/// one that cannot be read.
///
/// # Errors
/// When it is another file, which must not be removed.
pub(in crate::data) fn check_removable(path: &Path) -> Result<(), Error> {
    recognise(path).map_or(Ok(()), |format| check_format(path, format, "removed"))
}

/// Checks that a file of this format is a data file, of any version or state. `fate` is what would become of
/// it.
fn check_format(path: &Path, format: FileFormat, fate: &str) -> Result<(), Error> {
    match format {
        FileFormat::DataFile { .. } | FileFormat::OtherVersion(_) | FileFormat::Blank => Ok(()),
        other => Err(Error::unusable(path, format!("{}, so it is not {fate}", other.complaint()))),
    }
}

impl<'a> Output<'a> {
    /// Begins to write the data file, which has the content `template` at first, unless it begins as a copy.
    /// Temporary files are made in `scratch`.
    pub(super) fn begin(
        target: &'a Target,
        scratch: &RunDirectory,
        what_of_old: OldOutput,
        template: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let path = target.path();
        // What was there at first has been checked. A link that was planted since then is replaced, and so is
        // a file that the program has written to. The link is not followed.
        let is_replaced = what_of_old == OldOutput::Replaced;
        let has_link = is_replaced && target.is_link();
        if !is_replaced {
            check_output(target, false)?;
        }
        let lock = lock(target);
        if lock.is_some() {
            remove_leftovers(target);
        }
        let io = |error| Error::io("write", scratch.path())(error);
        let new = scratch.create_file(OsStr::new("new-data")).map_err(io)?;
        let mut copy = None;
        let mut permissions = None;
        let mut what_of_old = what_of_old;
        if let Some(mut old) = if has_link { None } else { target.old()? } {
            let metadata = old.metadata().map_err(Error::io("read", path))?;
            permissions = Some(metadata.permissions());
            let of_schema = recognise_open(&old).map_err(Error::io("read", path))?;
            old.rewind().map_err(Error::io("read", path))?;
            // It is converted where it is read.
            if what_of_old == OldOutput::Copied && of_schema.is_of_earlier_schema() {
                what_of_old = OldOutput::Read;
            }
            if what_of_old != OldOutput::Replaced && metadata.len() > 0 {
                let into = match what_of_old {
                    OldOutput::Read => &scratch.create_file(OsStr::new("old-data")).map_err(io)?,
                    _ => &new,
                };
                into.with("write", |mut file| io::copy(&mut old, &mut file)).map_err(io)?;
                data_files::open(&into.path()).map_err(|reason| Error::unusable(path, reason))?;
                copy = Some(into.path());
            }
        }
        let is_copy = copy.is_some() && what_of_old == OldOutput::Copied;
        let failed = |source| Error::Database { path: new.path(), source };
        let connection = match template.filter(|_| !is_copy) {
            None if !is_copy => create(&new.path()),
            content => {
                content.map_or(Ok(()), |content| new.write_at(content, 0)).map_err(io)?;
                open(&new.path())
            }
        };
        let connection = connection.map_err(failed)?;
        let old = copy.filter(|_| !is_copy);
        Ok(Self { target, connection, new, old, permissions, _lock: lock })
    }

    /// The old data file, if it must still be read.
    pub(super) fn old_to_read(&self) -> Option<&Path> {
        self.old.as_deref()
    }

    /// The data file to add to.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Replaces the old data file.
    pub(super) fn commit(self) -> Result<(), Error> {
        let Self { target, connection, new, permissions, .. } = self;
        let failed = |source| Error::Database { path: new.path(), source };
        connection.execute_batch("COMMIT").map_err(failed)?;
        connection.close().map_err(|(_, source)| failed(source))?;
        let io = |error| Error::io("write", target.path())(error);
        let mut content = new.with("read", File::try_clone).map_err(io)?;
        target.put(target.name(), &mut content, permissions).map_err(io)
    }
}

/// Begins to write a data file into the empty file `path`.
pub(super) fn create(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path)?;
    data_file::create_schema(&connection)?;
    Ok(connection)
}

/// Begins to add to the data file `path`.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = data_file::open_to_write(path)?;
    connection.execute_batch("BEGIN")?;
    Ok(connection)
}

/// Locks the directory of the data file. `None` if that is not possible.
fn lock(target: &Target) -> Option<Flock<File>> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut file = File::from(openat(target.directory(), ".", flags, Mode::empty()).ok()?);
    let mut waited = Duration::ZERO;
    loop {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Some(lock),
            // Any program can hold it: without a limit, that would stop forkcov for ever.
            Err((unlocked, nix::errno::Errno::EWOULDBLOCK)) if waited < PATIENCE => file = unlocked,
            Err(_) => return None,
        }
        let pause = Duration::from_millis(10);
        sleep(pause);
        waited += pause;
    }
}

/// A path that leads to an open file, whatever becomes of its name.
fn path_of(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Removes the temporary files of killed `combine`s. The caller must hold the lock of the directory, so that
/// no other `combine` uses them.
pub(in crate::data) fn remove_leftovers(target: &Target) {
    let prefix = temporary_prefix(target.name());
    for entry in target.resolved_directory().read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        let bytes = name.as_bytes();
        if bytes.starts_with(prefix.as_bytes()) && bytes.ends_with(TEMPORARY.as_bytes()) {
            let _ = unlinkat(target.directory(), &*name, UnlinkatFlags::NoRemoveDir);
        }
    }
}
