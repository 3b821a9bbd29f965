//! What a program cannot do because it is traced: said, so that its failure is not taken for one of its own.

use crate::ptrace::{Status, Tid, has_capabilities};
use nix::sys::statvfs::{FsFlags, statvfs};
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Set-user-ID and set-group-ID with execute permission for the group (inode(7)).
const SET_USER: u32 = 0o4000;
const SET_GROUP: u32 = 0o2010;

/// What `pid` would have gained by its exec if forkcov did not trace it without privileges of its own (execve(2),
/// ptrace(2)); `None` if nothing.
pub fn privileges(pid: Tid) -> Option<String> {
    let link = format!("/proc/{pid}/exe");
    let link = Path::new(&link);
    let file = fs::metadata(link).ok()?;
    let status = Status::of(pid);
    let what = missing_ids(&file, &status).or_else(|| {
        let missing = status.field("CapPrm").is_some_and(|set| set.bytes().all(|digit| digit == b'0'));
        (missing && has_capabilities(link)).then_some("the capabilities of its file")
    })?;
    let would_not_anyway = status.field("NoNewPrivs") == Some("1")
        || statvfs(link).is_ok_and(|system| system.flags().contains(FsFlags::ST_NOSUID));
    let path = fs::read_link(link).unwrap_or_default();
    (!would_not_anyway).then(|| {
        format!(
            "{} runs without {what}, since it is traced: to cover it with them, run forkcov as root",
            path.display()
        )
    })
}

fn missing_ids(file: &Metadata, status: &Status) -> Option<&'static str> {
    let effective = |field| status.field(field)?.split_ascii_whitespace().nth(1)?.parse::<u32>().ok();
    let mode = file.permissions().mode();
    if mode & SET_USER != 0 && effective("Uid") != Some(file.uid()) {
        return Some("the privileges of its owner");
    }
    let is_missing = mode & SET_GROUP == SET_GROUP && effective("Gid") != Some(file.gid());
    is_missing.then_some("the privileges of its group")
}

/// Does `pid` ask LeakSanitizer, which is linked with it unless it says otherwise, to be off? Its tracer thread cannot
/// attach to what is traced already, and it ends the program with a failure.
pub fn checks_no_leaks(pid: Tid) -> bool {
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
