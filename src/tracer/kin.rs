//! What `/proc` (proc(5)) says of a task that its parent has not told of yet.

use super::tree::{Kin, Tree};
use crate::ptrace::{Memory, Status, Tid};
use std::fs;

/// Its process if it is a thread, its parent if it is a process; 0 when it has died meanwhile.
pub fn of<S>(tid: Tid, tree: &Tree<S>) -> Kin {
    let status = Status::of(tid);
    match status.id("Tgid") {
        group if group == tid || group == 0 => {
            let parent = status.id("PPid");
            let is_true = tree.is_alive(parent) || parent == forkcov();
            Kin::ChildOf(if is_true { parent } else { tree.cut_short(is_dead, was_killed).unwrap_or(parent) })
        }
        group => Kin::ThreadOf(group),
    }
}

/// Is it a thread?
pub fn is_thread(tid: Tid) -> bool {
    let group = Status::of(tid).id("Tgid");
    group != tid && group != 0
}

/// Forkcov itself, whose child a process is that its own parent made with CLONE_PARENT.
pub fn forkcov() -> Tid {
    std::process::id().cast_signed()
}

/// Has it ended, though that has not been waited for? Only such a process can have left a child to another parent.
fn is_dead(tid: Tid) -> bool {
    Status::of(tid).field("State").is_none_or(|state| state.starts_with(['Z', 'X']))
}

/// Was its process ended by SIGKILL? Asked of one that has ended.
fn was_killed(pid: Tid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The last field, as wait(2) gives it.
    let status: i32 = stat.split_whitespace().next_back().and_then(|status| status.parse().ok()).unwrap_or(0);
    libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGKILL
}

/// Do both run the same image? Each exec gives its image 16 bytes by chance (AT_RANDOM of getauxval(3)), and fork
/// copies them. True when they cannot be read.
pub fn is_same_image(one: Tid, other: Tid) -> bool {
    match (chance(one), chance(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

fn chance(pid: Tid) -> Option<[u8; 16]> {
    let vector = fs::read(format!("/proc/{pid}/auxv")).ok()?;
    let word = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_ne_bytes);
    let mut pairs = vector.as_chunks::<16>().0.iter().map(|pair| (word(&pair[..8]), word(&pair[8..])));
    let (_, address) = pairs.find(|(kind, _)| *kind == Some(libc::AT_RANDOM))?;
    let mut bytes = [0; 16];
    Memory::open(pid).ok()?.read(address?, &mut bytes).ok()?;
    Some(bytes)
}
