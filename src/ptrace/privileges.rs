//! Capabilities that a file grants (capabilities(7)), and resource limits of other processes.

use super::Tid;
use libc::c_int;
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;

/// Does the file at `path` grant capabilities? False if that is not known.
pub fn has_capabilities(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: both names are C strings, and a size of 0 asks for the length alone (getxattr(2)).
    let length = unsafe { libc::getxattr(path.as_ptr(), c"security.capability".as_ptr(), null_mut(), 0) };
    length > 0
}

/// May a process map any amount of memory (RLIMIT_AS of getrlimit(2))?
pub fn has_unlimited_memory(tid: Tid) -> bool {
    let mut limit = MaybeUninit::<libc::rlimit>::zeroed();
    // SAFETY: prlimit(2) writes the limit to the place it is given, and sets none.
    let got = unsafe { libc::prlimit(tid, libc::RLIMIT_AS, std::ptr::null(), limit.as_mut_ptr()) };
    // SAFETY: zeroed is a valid rlimit, too.
    got == 0 as c_int && unsafe { limit.assume_init() }.rlim_cur == libc::RLIM_INFINITY
}
