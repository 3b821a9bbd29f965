//! Other orders of a log's events that the kernel could have chosen.

use super::log::{Event, Line};
use crate::ptrace::Tid;

/// CLONE_PARENT (clone(2)): the child is a sibling of the task that makes it.
const CLONE_PARENT: u64 = 0x8000;

/// Moves first stops before the births that they come after in the log; for a child that was killed in that
/// stop, its end too. Nothing else about another task depends on when a birth is reported.
pub fn reordered(lines: &[Line], chance: &mut fastrand::Rng) -> Vec<Line> {
    let mut lines = lines.to_vec();
    let mut at = 0;
    while at < lines.len() {
        at += 1 + match lines[at].event {
            Event::Birth { .. } if chance.bool() => move_before(&mut lines, at, chance.bool()),
            _ => 0,
        };
    }
    lines
}

/// Moves the first stop of the child whose birth is at the index `birth` before that, and with `end` its end
/// too. Returns how many lines were moved.
fn move_before(lines: &mut Vec<Line>, birth: usize, end: bool) -> usize {
    let Event::Birth { child, thread, ref flags, .. } = lines[birth].event else { return 0 };
    let parent = lines[birth].pid.unwrap();
    let mut later = (birth + 1..lines.len()).filter(|&at| lines[at].tid == Some(child));
    let (Some(first), second) = (later.next(), later.next()) else { return 0 };
    let flags = u64::from_str_radix(flags.trim_start_matches("0x"), 16).unwrap();
    if !matches!(lines[first].event, Event::Stop)
        || flags & CLONE_PARENT != 0
        || is_second_stop(lines, birth, child)
    {
        return 0;
    }
    let parentage =
        Event::Parked { child_of: (!thread).then_some(parent), thread_of: thread.then_some(parent) };
    let parked = Line { pid: lines[birth].pid, tid: Some(child), event: parentage };
    match second {
        Some(second)
            if end
                && !thread
                && matches!(lines[second].event, Event::Death { signal: libc::SIGKILL, .. }) =>
        {
            let mut death = lines.remove(second);
            if let Event::Death { process, .. } = &mut death.event {
                *process = None;
            }
            lines.remove(first);
            lines.splice(birth..birth, [parked, death]);
            2
        }
        _ => {
            // The stop is handled where it was.
            lines.insert(birth, parked);
            1
        }
    }
}

/// Was the child parked in the log itself?
fn is_second_stop(lines: &[Line], birth: usize, child: Tid) -> bool {
    let before = lines[..birth].iter().rev().find(|line| line.tid == Some(child));
    before.is_some_and(|line| matches!(line.event, Event::Parked { .. }))
}
