//! Why the kernel refused a request, and what the user can do about it.

use super::{Status, Tid};
use crate::machine;
use crate::quote;
use nix::errno::Errno;
use std::fs;
use std::path::Path;

/// Why PTRACE_SEIZE of `pid` failed with `errno`.
pub fn why_denied(pid: Tid, errno: Errno) -> String {
    let status = Status::of(pid);
    // The kernel refuses a task that has ended as it refuses one that may not be traced.
    if status.field("State").is_none_or(|state| state.starts_with(['Z', 'X'])) {
        return "it has ended".into();
    }
    if let tracer @ 1.. = status.id("TracerPid") {
        let name = fs::read(format!("/proc/{tracer}/comm")).unwrap_or_default();
        return format!(
            "it is already traced by process {tracer} ({}), and a process can have only one tracer",
            quote::name(name.trim_ascii_end())
        );
    }
    let is_root = nix::unistd::geteuid().is_root();
    let user = |status: &Status| status.field("Uid")?.split_ascii_whitespace().next()?.parse::<u32>().ok();
    if !is_root && user(&status).is_some_and(|user| user != nix::unistd::getuid().as_raw()) {
        return "it belongs to another user: run forkcov as that user, or as root".into();
    }
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    let is_child = status.id("PPid") == std::process::id().cast_signed();
    if let Some(reason) = why_denied_by_yama(scope.trim(), is_root, is_child) {
        return reason.into();
    }
    if Status::of(std::process::id().cast_signed()).field("Seccomp") == Some("2") {
        return format!(
            "ptrace is forbidden by a seccomp filter ({}), as in a container: start it with \
             `docker run --cap-add=SYS_PTRACE` or `--security-opt seccomp=unconfined`",
            errno.desc()
        );
    }
    format!("{} (CAP_SYS_PTRACE may be missing, or a security module may forbid it)", errno.desc())
}

/// Why the Yama security module refuses (Documentation/admin-guide/LSM/Yama.rst of the kernel).
fn why_denied_by_yama(scope: &str, is_root: bool, is_child: bool) -> Option<&'static str> {
    match scope {
        "1" if !is_root && !is_child => Some(
            "only root may trace running processes (kernel.yama.ptrace_scope is 1): run forkcov as root, or \
             `sysctl kernel.yama.ptrace_scope=0`",
        ),
        "2" if !is_root => {
            Some("only root may trace processes (kernel.yama.ptrace_scope is 2): run forkcov as root")
        }
        "3" => Some("the kernel forbids ptrace until the next boot (kernel.yama.ptrace_scope is 3)"),
        _ => None,
    }
}

/// Why exec failed with ENOEXEC for the file at `path`.
pub fn why_no_executable(path: &Path) -> String {
    const ELF64_HEADER: usize = 20;
    let Ok(bytes) = fs::read(path) else { return Errno::ENOEXEC.desc().to_lowercase() };
    if bytes.len() < ELF64_HEADER || !bytes.starts_with(b"\x7fELF") {
        return "it is neither an ELF file nor a script".into();
    }
    // e_machine (elf(5)); its byte order is EI_DATA's.
    let machine = [bytes[18], bytes[19]];
    let machine = if bytes[5] == 2 { u16::from_be_bytes(machine) } else { u16::from_le_bytes(machine) };
    if machine == machine::ELF_MACHINE.0 {
        return "the ELF file is damaged".into();
    }
    let name = machine::machine_name(machine, bytes[4] == 2, bytes[5] == 1);
    format!("it is a program for {name}, and this machine is {}", machine::MACHINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yama_forbids_more_to_users_than_to_root() {
        assert!(why_denied_by_yama("1", false, false).is_some_and(|why| why.contains("ptrace_scope=0")));
        assert!(why_denied_by_yama("2", false, true).is_some());
        assert!(why_denied_by_yama("3", true, true).is_some());
        for (scope, is_root, is_child) in
            [("0", false, false), ("1", true, false), ("1", false, true), ("", false, false)]
        {
            assert_eq!(why_denied_by_yama(scope, is_root, is_child), None);
        }
    }
}
