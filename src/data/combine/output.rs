//! The output: written beside the data file, then renamed over it.

use super::super::data_file::{self, FileFormat, recognise};
use super::super::error::Error;
use super::super::names;
use nix::fcntl::{Flock, FlockArg};
use rusqlite::Connection;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// Temporary files end in this and begin with a dot. No hit file does either.
const SUFFIX: &str = ".forkcov-tmp";

/// A data file that is being written, within a transaction. If it is dropped, no file is left.
pub(super) struct Output {
    target: PathBuf,
    // Closed before its file goes: fields are dropped in this order.
    connection: Connection,
    file: TempPath,
    has_old_to_read: bool,
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

/// Checks that `output` can be the output of `combine`: it must be a data file of any version or state, or
/// empty, or missing. `forkcov run` checks this before it starts the program.
///
/// # Errors
/// When it is another file, which must not be overwritten.
pub fn check_output(output: &Path) -> Result<(), Error> {
    match fs::metadata(output) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("read", output)(error)),
        Ok(metadata) if !metadata.is_file() => Err(Error::unusable(output, "not a regular file")),
        Ok(_) => check_format(output, recognise(output)?, "replaced"),
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
        FileFormat::DataFile | FileFormat::OtherVersion(_) | FileFormat::Blank => Ok(()),
        other => Err(Error::unusable(path, format!("{}, so it is not {fate}", other.complaint()))),
    }
}

impl Output {
    /// Begins to write the data file `path`.
    pub(super) fn begin(path: &Path, what_of_old: OldOutput) -> Result<Self, Error> {
        check_output(path)?;
        // A symbolic link stays a link: its target is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let directory = names::directory_of(&target);
        let lock =
            File::open(directory).ok().and_then(|file| Flock::lock(file, FlockArg::LockExclusive).ok());
        if lock.is_some() {
            remove_leftovers(&target);
        }
        let old = if what_of_old == OldOutput::Replaced { None } else { old(path)? };
        let mut new = tempfile::Builder::new()
            .prefix(&prefix(&target))
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(0o666)) // the umask applies
            .tempfile_in(directory)
            .map_err(Error::io("write", path))?;
        let has_old = old.is_some();
        let is_copy = has_old && what_of_old == OldOutput::Copied;
        if let Some(mut old) = old {
            let copied = if is_copy { io::copy(&mut old, &mut new).map(drop) } else { Ok(()) };
            copied
                .and_then(|()| new.as_file().set_permissions(old.metadata()?.permissions()))
                .map_err(Error::io("write", path))?;
        }
        let file = new.into_temp_path();
        let failed = |source| Error::Database { path: path.to_owned(), source };
        let connection = data_file::open_to_write(&file).map_err(failed)?;
        connection.execute_batch("BEGIN").map_err(failed)?;
        if !is_copy {
            data_file::create_schema(&connection).map_err(failed)?;
        }
        Ok(Self { target, connection, file, has_old_to_read: has_old && !is_copy, _lock: lock })
    }

    /// Whether there is an old data file that must still be read.
    pub(super) fn has_old_to_read(&self) -> bool {
        self.has_old_to_read
    }

    /// The data file to add to.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Replaces the old data file, and gives its path.
    pub(super) fn commit(self) -> Result<PathBuf, Error> {
        let Self { target, connection, file, has_old_to_read: _, _lock } = self;
        let failed = |source| Error::Database { path: target.clone(), source };
        connection.execute_batch("COMMIT").map_err(failed)?;
        connection.close().map_err(|(_, source)| failed(source))?;
        file.persist(&target).map_err(|error| Error::io("write", &target)(error.error))?;
        Ok(target)
    }
}

/// The old data file, if there is one. It must be undamaged.
fn old(path: &Path) -> Result<Option<File>, Error> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Ok(metadata) if metadata.len() == 0 => Ok(None),
        _ => {
            let connection = data_file::open(path)?;
            data_file::check(&connection).map_err(|reason| Error::unusable(path, reason))?;
            File::open(path).map(Some).map_err(Error::io("open", path))
        }
    }
}

fn prefix(target: &Path) -> String {
    format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy())
}

/// Removes the temporary files of killed `combine`s. The caller must hold the lock of the directory, so that
/// no other `combine` uses them.
pub(in crate::data) fn remove_leftovers(target: &Path) {
    let prefix = prefix(target);
    for entry in names::directory_of(target).read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(&prefix) && name.ends_with(SUFFIX) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
