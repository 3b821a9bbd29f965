//! Creates a file that the user named, in a directory that may not be the user's alone.

use nix::unistd::geteuid;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

const PLANTED: &str = "a symbolic link in a directory that other users can change";

/// Creates the file `path`, or empties it. Every write appends to it.
///
/// A symbolic link is followed only in a directory in which no other user could have put it.
///
/// # Errors
/// As open(2), and when there is a symbolic link that is not followed.
pub fn create(path: &Path) -> io::Result<File> {
    // O_APPEND and O_TRUNC exclude each other in std's options.
    let open = |flags: i32| {
        OpenOptions::new().append(true).create(true).custom_flags(libc::O_TRUNC | flags).open(path)
    };
    match open(libc::O_NOFOLLOW) {
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
            if fs::canonicalize(directory_of(path)).is_ok_and(|directory| is_safe(&directory)) {
                return open(0);
            }
            Err(io::Error::other(PLANTED))
        }
        opened => opened,
    }
}

/// Refuses `directory` if it is a symbolic link that another user may have put there.
///
/// # Errors
/// When it is such a link.
pub fn check_directory(directory: &Path) -> io::Result<()> {
    let is_link = fs::symlink_metadata(directory).is_ok_and(|found| found.is_symlink());
    let is_trusted = || fs::canonicalize(directory_of(directory)).is_ok_and(|parent| is_safe(&parent));
    if is_link && !is_trusted() { Err(io::Error::other(PLANTED)) } else { Ok(()) }
}

/// The directory that `path` is in; `.` for a plain name.
pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether no other user but root can put another file in the place of one of ours in `directory`. It has no
/// symbolic links.
pub fn is_safe(directory: &Path) -> bool {
    directory.ancestors().all(|directory| {
        let Ok(metadata) = fs::symlink_metadata(directory) else { return false };
        let is_trusted = metadata.uid() == geteuid().as_raw() || is_root(metadata.uid());
        let is_shared = metadata.mode() & (libc::S_IWGRP | libc::S_IWOTH) != 0;
        let is_sticky = metadata.mode() & libc::S_ISVTX != 0;
        is_trusted && (!is_shared || is_sticky)
    })
}

/// Whether a file with this owner is root's. In a user namespace that root is not mapped in, its files have
/// an owner that stands for all such users (user_namespaces(7), overflowuid).
fn is_root(uid: u32) -> bool {
    let is_root_hidden = || {
        let maps = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        let maps_root = |line: &str| line.split_ascii_whitespace().nth(1) == Some("0");
        let overflow = fs::read_to_string("/proc/sys/kernel/overflowuid").unwrap_or_default();
        !maps.lines().any(maps_root) && overflow.trim() == uid.to_string()
    };
    uid == 0 || is_root_hidden()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_directory_that_others_can_change_is_not_safe() {
        let directory = tempfile::tempdir_in("/var/tmp").unwrap();
        let (path, below) = (directory.path(), directory.path().join("below"));
        fs::create_dir(&below).unwrap();
        assert!(is_safe(path) && is_safe(&below) && is_safe(Path::new("/var/tmp")));
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(!is_safe(path) && !is_safe(&below));
        fs::set_permissions(path, fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(is_safe(path) && is_safe(&below));
    }

    #[test]
    fn a_link_is_followed_where_others_cannot_have_put_it() {
        let directory = tempfile::tempdir_in("/var/tmp").unwrap();
        let (target, link) = (directory.path().join("target"), directory.path().join("link"));
        fs::write(&target, "old").unwrap();
        symlink(&target, &link).unwrap();
        io::Write::write_all(&mut create(&link).unwrap(), b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(create(&link).unwrap_err().to_string().contains("a symbolic link"));
        assert_eq!(fs::read(&target).unwrap(), b"new");
        create(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"");
    }
}
