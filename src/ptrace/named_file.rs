//! A file of forkcov's that tracees see by a name of the program's.
//!
//! Code that takes the place of a program's own is to have the program's name in `/proc/PID/maps`, by which
//! profilers and crash reports find symbols. The file is the only one of a mounted tmpfs(5) that is attached
//! nowhere: the kernel gives its name from the root of that mount (d_path in fs/d_path.c), and no path leads
//! to it. The mount is read-only. A process that gets hold of the file cannot change what others run.
//! Mounting takes CAP_SYS_ADMIN.

use super::map_file::PassedFile;
use super::{Error, Result};
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path};

/// `FSOPEN_CLOEXEC`, `FSCONFIG_CMD_CREATE` and `FSMOUNT_CLOEXEC` of linux/mount.h.
const FSOPEN_CLOEXEC: u32 = 1;
const FSCONFIG_CMD_CREATE: u32 = 6;
const FSMOUNT_CLOEXEC: u32 = 1;

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
    /// When forkcov may not mount, or the kernel has no fsopen(2) (Linux 5.2) or mount_setattr(2) (5.12), or
    /// there is no memory for it.
    pub fn new(path: &Path, offset: u64, content: &[u8]) -> Result<Self> {
        Self::make(path, offset, content).map_err(|error| Error::of_own("make a named file of code", &error))
    }

    fn make(path: &Path, offset: u64, content: &[u8]) -> io::Result<Self> {
        use std::os::unix::fs::FileExt;
        let mount = mount_tmpfs()?;
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
        make_read_only(&mount)?;
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

/// Mounts an empty tmpfs, attached nowhere.
fn mount_tmpfs() -> io::Result<OwnedFd> {
    // SAFETY: the string is a C string, the other arguments are numbers and null pointers; a result that is
    // no error is a new descriptor, which has no other owner.
    unsafe {
        let context = owned(libc::syscall(libc::SYS_fsopen, c"tmpfs".as_ptr(), FSOPEN_CLOEXEC))?;
        let null = std::ptr::null::<libc::c_void>();
        let raw = context.as_raw_fd();
        if libc::syscall(libc::SYS_fsconfig, raw, FSCONFIG_CMD_CREATE, null, null, 0) != 0 {
            return Err(io::Error::last_os_error());
        }
        owned(libc::syscall(libc::SYS_fsmount, raw, FSMOUNT_CLOEXEC, 0))
    }
}

/// Lets nothing be written below the mount any more.
fn make_read_only(mount: &OwnedFd) -> io::Result<()> {
    const EMPTY: &CStr = c"";
    // SAFETY: zeroed is a valid mount_attr, which the kernel reads; the string is a C string.
    let result = unsafe {
        let mut attributes: libc::mount_attr = std::mem::zeroed();
        attributes.attr_set = libc::MOUNT_ATTR_RDONLY;
        let size = size_of::<libc::mount_attr>();
        let arguments = (EMPTY.as_ptr(), libc::AT_EMPTY_PATH, &raw const attributes);
        libc::syscall(libc::SYS_mount_setattr, mount.as_raw_fd(), arguments.0, arguments.1, arguments.2, size)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// # Safety
/// A `result` that is not negative must be a descriptor without an owner.
unsafe fn owned(result: libc::c_long) -> io::Result<OwnedFd> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the caller's.
    Ok(unsafe { OwnedFd::from_raw_fd(result as i32) })
}
