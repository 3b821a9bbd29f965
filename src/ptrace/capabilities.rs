//! File capabilities (capabilities(7)): what a file gives to who executes it.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;

/// Has the file at `path` capabilities to give? False when that cannot be told.
pub fn has_capabilities(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: both names are C strings, and a size of 0 asks for the length alone (getxattr(2)).
    let length = unsafe { libc::getxattr(path.as_ptr(), c"security.capability".as_ptr(), null_mut(), 0) };
    length > 0
}
