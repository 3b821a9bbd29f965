//! Opens files that an object names. Anything can be at such a path, so they are opened with care.

use std::cell::OnceCell;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::elf::{FileCache, PositionedFile};
use crate::object::environment::file_identity::FileIdentity;
use crate::quote;

/// An opened regular file, and the first error while it was read.
#[derive(Debug)]
pub(crate) struct LocatedFile {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    /// The identity when it was opened.
    pub(crate) identity: FileIdentity,
    failure: OnceCell<io::Error>,
}

impl LocatedFile {
    /// Opens `path`; `None` if there is no file, or not a regular one.
    pub(crate) fn open(path: &Path) -> io::Result<Option<Self>> {
        // Without O_NONBLOCK, opening a FIFO would block (open(2)).
        let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        let identity = FileIdentity::of(&metadata);
        let found = || Self { file, path: path.to_owned(), identity, failure: OnceCell::new() };
        Ok(metadata.is_file().then(found))
    }

    /// A reader of the file.
    pub(crate) fn cache(&self) -> FileCache<'_> {
        FileCache::new(PositionedFile::new(&self.file, &self.failure))
    }

    /// The first error while the file was read, as a message with the path.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.get().map(|error| unreadable(&self.path, error))
    }

    /// Is `other` the same file?
    pub(crate) fn is(&self, other: &File) -> bool {
        let id = |file: &File| file.metadata().ok().map(|it| (it.dev(), it.ino()));
        id(&self.file).is_some_and(|own| Some(own) == id(other))
    }
}

/// The message for a file that exists and cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("failed to read {}: {error}", quote::path(path))
}

/// Is it an error that means "no such file"? Names in debug information can be anything, including what
/// no file can be called.
pub(crate) fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound};
    // ENXIO is for a socket or a device without driver, ELOOP for a symbolic link to itself.
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename | InvalidInput)
        || matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENODEV | libc::ELOOP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;

    #[test]
    fn only_regular_files_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        nix::unistd::mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
        std::os::unix::fs::symlink(at("loop"), at("loop")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let found = |path: &Path| LocatedFile::open(path).unwrap().is_some();
        assert!(found(&at("file")));
        for name in ["fifo", "loop", "socket", "nothing", ".", "file/below"] {
            assert!(!found(&at(name)), "{name}");
        }
        assert!(!found(Path::new(&"x".repeat(300))));
        assert!(!found(Path::new("with\0zero")));
    }
}
