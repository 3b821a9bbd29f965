//! What `/proc` (proc(5)) says about a task.

use super::tree::{End, Parentage, Tree};
use crate::machine::{is_clone_of_compat, is_fork};
use crate::ptrace::{Memory, Status, Tid, proc_bytes, proc_text};
use std::fs;

/// The parentage of a task that no event has reported yet: its process if it is a thread, its parent if it is
/// a process. 0 when it has died meanwhile.
pub fn parentage<S>(tid: Tid, tree: &Tree<S>) -> Parentage {
    let status = Status::of(tid);
    match status.id("Tgid") {
        group if group == tid || group == 0 => {
            let parent = status.id("PPid");
            let is_true = tree.is_alive(parent) || parent == forkcov();
            Parentage::ChildOf(if is_true { parent } else { tree.youngest_dead(end_of).unwrap_or(parent) })
        }
        group => Parentage::ThreadOf(group),
    }
}

/// Is a task in a system call that makes another task?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloneState {
    /// It is, or is in the stop that reports it. Or it ends its process, which will be reported too.
    Inside,
    /// It is in another system call, or in a stop outside of any, or has ended.
    Outside,
    /// It is running, or in a system call of a 32-bit program; or in an exec, which kills other threads.
    Unknown,
}

/// What `/proc/TID/syscall` (proc_pid_syscall(5)) says about that.
pub fn clone_state(tid: Tid) -> CloneState {
    let text = fs::read_to_string(format!("/proc/{tid}/syscall")).unwrap_or_default();
    match text.split_whitespace().next().and_then(|number| number.parse().ok()) {
        Some(libc::SYS_clone | libc::SYS_clone3 | libc::SYS_exit_group) => CloneState::Inside,
        Some(number) if is_fork(number) => CloneState::Inside,
        Some(libc::SYS_execve | libc::SYS_execveat) => CloneState::Unknown,
        Some(number) if !is_clone_of_compat(number) => CloneState::Outside,
        _ => CloneState::Unknown,
    }
}

/// Is a task in a system call that an interrupt may end when a part of it is done, such as a write to a full
/// pipe? The program would see that.
pub fn may_be_half_done(tid: Tid) -> bool {
    let text = fs::read_to_string(format!("/proc/{tid}/syscall")).unwrap_or_default();
    let mut words = text.split_whitespace();
    let number = words.next().and_then(|number| number.parse().ok());
    let argument = |words: &mut std::str::SplitWhitespace<'_>, index| {
        let word = words.nth(index).and_then(|word| word.strip_prefix("0x"));
        word.and_then(|word| u64::from_str_radix(word, 16).ok()).unwrap_or(u64::MAX)
    };
    let flags = match number {
        Some(
            libc::SYS_write
            | libc::SYS_writev
            | libc::SYS_pwritev
            | libc::SYS_pwritev2
            | libc::SYS_sendto
            | libc::SYS_sendmsg
            | libc::SYS_sendmmsg
            | libc::SYS_recvmmsg
            | libc::SYS_sendfile
            | libc::SYS_splice
            | libc::SYS_vmsplice
            | libc::SYS_tee
            | libc::SYS_copy_file_range
            | libc::SYS_getrandom,
        ) => return true,
        Some(libc::SYS_recvfrom) => argument(&mut words, 3),
        Some(libc::SYS_recvmsg) => argument(&mut words, 2),
        _ => 0,
    };
    flags & libc::MSG_WAITALL as u64 != 0
}

/// Where a task will continue that waits in the kernel, or has stopped. `None` if it is running, or has
/// ended.
pub fn place_of_waiting(tid: Tid) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{tid}/syscall")).ok()?;
    u64::from_str_radix(text.trim_end().rsplit(' ').next()?.strip_prefix("0x")?, 16).ok()
}

/// Is it a thread, and not the first of its process?
pub fn is_thread(tid: Tid) -> bool {
    let group = Status::of(tid).id("Tgid");
    group != tid && group != 0
}

/// The PID of forkcov. A process is its child if the parent made it with CLONE_PARENT.
pub fn forkcov() -> Tid {
    std::process::id().cast_signed()
}

/// Has a task ended, though it has not been waited for? Only such a process can have left a child to another
/// parent.
pub fn is_dead(tid: Tid) -> bool {
    end_of(tid).is_some()
}

/// How a task has ended, if it has. One that is gone altogether was ended by SIGKILL.
pub fn end_of(tid: Tid) -> Option<End> {
    let stat = proc_text(tid, "stat").unwrap_or_default();
    // The name in parentheses may have any character in it. After it, state is field 3, and exit_code field
    // 52.
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    match fields.next() {
        Some("Z" | "X") => {
            let code = fields.nth(48).and_then(|code| code.parse().ok()).unwrap_or(libc::SIGKILL);
            let is_exit = libc::WIFEXITED(code);
            Some(if is_exit {
                End::Exited(libc::WEXITSTATUS(code))
            } else {
                End::Signaled(libc::WTERMSIG(code))
            })
        }
        Some(_) => None,
        None => Some(End::Signaled(libc::SIGKILL)),
    }
}

/// What distinguishes the image that a process runs from all others: each exec gives its image 16 random
/// bytes (AT_RANDOM of getauxval(3)), and fork copies them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageId([u8; 16]);

/// The image that a process runs now, maybe after an exec that has not been reported. `None` when it cannot
/// be read.
pub fn image(pid: Tid) -> Option<ImageId> {
    let vector = proc_bytes(pid, "auxv").ok()?;
    let word = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_ne_bytes);
    let mut pairs = vector.as_chunks::<16>().0.iter().map(|pair| (word(&pair[..8]), word(&pair[8..])));
    let (_, address) = pairs.find(|(kind, _)| *kind == Some(libc::AT_RANDOM))?;
    let mut bytes = [0; 16];
    Memory::open(pid).ok()?.read(address?, &mut bytes).ok()?;
    Some(ImageId(bytes))
}
