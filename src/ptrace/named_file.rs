//! A file of forkcov's that tracees see by a name of the program's.
//!
//! Code that takes the place of a program's own is to have the program's name in `/proc/PID/maps`, by which
//! profilers and crash reports find symbols. The file is the only one of a mounted tmpfs(5) that is attached
//! nowhere: the kernel gives its name from the root of that mount (d_path in fs/d_path.c), and no path leads
//! to it. The tmpfs is read-only then. A process that gets hold of the file cannot change what others run.
//! Mounting takes CAP_SYS_ADMIN.

use super::map_file::PassedFile;
use super::{Error, Result};
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_reconfigure, fsconfig_set_flag,
    fsmount, fsopen,
};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Component, Path};

/// A read-only file with a name.
#[derive(Debug)]
pub struct NamedFile {
    file: File,
    /// Device and inode, as `/proc/PID/maps` has them.
    identity: (u64, u64),
}

impl NamedFile {
    /// Makes a file with this absolute path, whose `content` begins at `offset`.
    ///
    /// # Errors
    /// When forkcov may not mount, or the kernel has no fsopen(2) (Linux 5.2), or there is no memory for it.
    pub fn new(path: &Path, offset: u64, content: &[u8]) -> Result<Self> {
        Self::make(path, offset, content).map_err(|error| Error::of_own("make a named file of code", &error))
    }

    fn make(path: &Path, offset: u64, content: &[u8]) -> io::Result<Self> {
        let tmpfs = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_create(&tmpfs)?;
        let mount = fsmount(&tmpfs, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())?;
        let (directories, name) = components(path).ok_or(io::ErrorKind::InvalidInput)?;
        let mut directory = mount.try_clone()?;
        for name in directories {
            mkdirat(&directory, name, Mode::from_bits_truncate(0o755))?;
            directory = openat(&directory, name, OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        }
        let open =
            |flags| openat(&directory, name, flags | OFlag::O_CLOEXEC, Mode::from_bits_truncate(0o555));
        let file = File::from(open(OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_WRONLY)?);
        file.write_all_at(content, offset)?;
        drop(file);
        fsconfig_set_flag(&tmpfs, "ro")?;
        fsconfig_reconfigure(&tmpfs)?;
        let file = File::from(open(OFlag::O_RDONLY)?);
        let metadata = file.metadata()?;
        let (major, minor) = (libc::major(metadata.dev()), libc::minor(metadata.dev()));
        let identity = (u64::from(major) << 32 | u64::from(minor), metadata.ino());
        Ok(Self { file, identity })
    }

    /// The part of the file that begins at `offset`, to be mapped over the code at these addresses.
    pub fn over(&self, addresses: Range<u64>, offset: u64) -> PassedFile<'_> {
        PassedFile::code_over(&self.file, addresses, offset)
    }

    /// Device and inode, as `/proc/PID/maps` has them.
    pub fn identity(&self) -> (u64, u64) {
        self.identity
    }
}

/// The directories of an absolute path, and the name in the last of them.
fn components(path: &Path) -> Option<(Vec<&OsStr>, &OsStr)> {
    let mut names = Vec::new();
    for component in path.strip_prefix("/").ok()?.components() {
        let Component::Normal(name) = component else { return None };
        names.push(name);
    }
    let name = names.pop()?;
    Some((names, name))
}
