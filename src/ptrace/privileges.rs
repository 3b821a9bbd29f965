//! Capabilities that a file grants (capabilities(7)), filters of system calls, and resource limits of other
//! processes.

use super::{Status, Tid};
use libc::c_int;
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::LazyLock;

/// Does the file at `path` grant capabilities? False if that is not known.
pub fn has_capabilities(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: both names are C strings, and a size of 0 asks for the length alone (getxattr(2)).
    let length = unsafe { libc::getxattr(path.as_ptr(), c"security.capability".as_ptr(), null_mut(), 0) };
    length > 0
}

/// May a process that forkcov has started make every system call that forkcov may make? Its filters
/// (seccomp(2)) are those of forkcov, as in a container, and perhaps more. They are never removed, so it has
/// no more if it has as many (`Seccomp_filters` of proc_pid_status(5), from Linux 5.9 on).
pub fn has_forkcovs_filters(status: &Status) -> bool {
    static OWN: LazyLock<(Option<String>, Option<String>)> =
        LazyLock::new(|| filters(&Status::of(std::process::id().cast_signed())));
    let filters = filters(status);
    let is_free = filters.0.as_deref().is_none_or(|mode| mode == "0");
    is_free || (filters.1.is_some() && filters == *OWN)
}

fn filters(status: &Status) -> (Option<String>, Option<String>) {
    let field = |name| status.field(name).map(str::to_owned);
    (field("Seccomp"), field("Seccomp_filters"))
}

/// May a process map any amount of memory (RLIMIT_AS of getrlimit(2))?
pub fn has_unlimited_memory(tid: Tid) -> bool {
    let mut limit = MaybeUninit::<libc::rlimit>::zeroed();
    // SAFETY: prlimit(2) writes the limit to the place it is given, and sets none.
    let got = unsafe { libc::prlimit(tid, libc::RLIMIT_AS, std::ptr::null(), limit.as_mut_ptr()) };
    // SAFETY: zeroed is a valid rlimit, too.
    got == 0 as c_int && unsafe { limit.assume_init() }.rlim_cur == libc::RLIM_INFINITY
}
