//! What a program cannot do because it is traced. It is reported, so that its failure is not taken for its
//! own fault.

use super::diagnostics::{Diagnostic, LostPrivileges};
use super::process_info;
use crate::ptrace::{Status, Tid, has_capabilities};
use nix::sys::statvfs::{FsFlags, statvfs};
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Set-user-ID and set-group-ID with execute permission for the group (inode(7)).
const SET_USER: u32 = 0o4000;
const SET_GROUP: u32 = 0o2010;

/// The privileges that `pid` would have got by its exec without forkcov, which traces it without privileges
/// of its own (execve(2), ptrace(2)). `None` if there are none.
pub fn lost_privileges(pid: Tid) -> Option<Diagnostic> {
    let link = format!("/proc/{pid}/exe");
    let link = Path::new(&link);
    let file = fs::metadata(link).ok()?;
    let status = Status::of(pid);
    let lost = lost_ids(&file, &status).or_else(|| {
        let has_none = status.field("CapPrm").is_some_and(|set| set.bytes().all(|digit| digit == b'0'));
        (has_none && has_capabilities(link)).then_some(LostPrivileges::Capabilities)
    })?;
    // The kernel would not grant them without a tracer either.
    let is_forbidden = status.field("NoNewPrivs") == Some("1")
        || statvfs(link).is_ok_and(|system| system.flags().contains(FsFlags::ST_NOSUID));
    let program = process_info::executable(pid);
    (!is_forbidden).then_some(Diagnostic::LostPrivileges { program, lost })
}

fn lost_ids(file: &Metadata, status: &Status) -> Option<LostPrivileges> {
    let effective = |field| status.field(field)?.split_ascii_whitespace().nth(1)?.parse::<u32>().ok();
    let mode = file.permissions().mode();
    if mode & SET_USER != 0 && effective("Uid") != Some(file.uid()) {
        return Some(LostPrivileges::Owner);
    }
    let is_missing = mode & SET_GROUP == SET_GROUP && effective("Gid") != Some(file.gid());
    is_missing.then_some(LostPrivileges::Group)
}

/// Has the user of `pid` switched LeakSanitizer's check off? Its tracer thread cannot attach to a process
/// that is traced already, and it then ends the program with a failure.
pub fn has_leak_check_off(pid: Tid) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let options = environment.split(|&byte| byte == 0).map(String::from_utf8_lossy);
    options
        .filter(|variable| variable.starts_with("ASAN_OPTIONS=") || variable.starts_with("LSAN_OPTIONS="))
        .any(|options| {
            ["detect_leaks=0", "detect_leaks=false", "detect_leaks=no"]
                .iter()
                .any(|off| options.contains(off))
        })
}
