//! What the tracer remembers of each task (thread) from one stop to the next.

use super::parents::tree::ProcessId;
use super::signals::signal_call_changes::PendingSignalCall;
use super::sites::SiteRef;
use super::spaces::entry_hooks::EntryHook;
use crate::ptrace::{CutWrite, SavedRegisters, Status, Tid, signal_bit};
use hashbrown::HashMap;
use libc::SIGTRAP;
use std::fs;

/// The state of one task.
#[derive(Debug, Default)]
pub struct Task {
    /// PTRACE_INTERRUPT was sent to it, and it has not stopped since.
    pub interrupted: bool,
    /// It waits until the child that it has made by vfork(2) has left the memory.
    pub waits_for_vfork: bool,
    /// It is ending, and runs no code any more.
    pub is_ending: bool,
    /// It does not stop when it ends.
    pub ends_silently: bool,
    /// The base of counters that was set in it.
    pub counter_base: u64,
    /// The generation of its address space when it stopped last. What was inserted later may be missing in
    /// the memory of a child that it forks.
    pub generation: u64,
    /// It executes one instruction, over a breakpoint that has been removed for that.
    pub step: Option<Step>,
    /// That is a step of its own: it expects the signal.
    pub steps_itself: bool,
    /// It executes a function of the recorder's probe; these are its registers from before.
    pub probe_call: Option<Box<SavedRegisters>>,
    /// The hook at whose entry that function was called.
    pub entered: Option<EntryHook>,
    /// The system call that it makes next, if the effect of that has been noted already.
    pub pending_call: Option<PendingSignalCall>,
    /// It writes the rest of a write that was cut short.
    pub cut_write: Option<CutWrite>,
    /// It will stop at the entry of a signal handler.
    pub awaits_handler: bool,
    /// The process in which it blocks SIGTRAP, if it does.
    sigtrap_blocked_in: Option<ProcessId>,
}

/// What is inserted again after a task has executed one instruction.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// The breakpoint of a site.
    Site(SiteRef),
    /// The breakpoint at a function's entry.
    EntryHook(EntryHook),
}

/// The state of all tasks. A task without an entry has the default state.
#[derive(Debug, Default)]
pub struct TaskTable(HashMap<Tid, Task>);

impl Task {
    /// Does it block SIGTRAP?
    pub fn blocks_sigtrap(&self) -> bool {
        self.sigtrap_blocked_in.is_some()
    }

    /// Its signal mask is `mask` now; it is a task of `process`.
    pub fn set_mask(&mut self, process: ProcessId, mask: u64) {
        self.sigtrap_blocked_in = (mask & signal_bit(SIGTRAP) != 0).then_some(process);
    }
}

impl TaskTable {
    /// The state of a task.
    pub fn entry(&mut self, tid: Tid) -> &mut Task {
        self.0.entry(tid).or_default()
    }

    /// The state of a task, if anything is known of it.
    pub fn get(&self, tid: Tid) -> Option<&Task> {
        self.0.get(&tid)
    }

    /// The task has ended, is no longer traced, or runs a new program.
    pub fn forget(&mut self, tid: Tid) {
        self.0.remove(&tid);
    }

    /// The tasks that were interrupted and have not stopped since.
    pub fn interrupted(&self) -> impl Iterator<Item = Tid> {
        self.0.iter().filter(|(_, task)| task.interrupted).map(|(&tid, _)| tid)
    }

    /// Reads the signal masks of all tasks of `process` (proc(5)), which has the PID `pid`.
    pub fn read_masks(&mut self, process: ProcessId, pid: Tid) {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        for tid in tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()) {
            self.entry(tid).set_mask(process, Status::of(tid).set("SigBlk"));
        }
    }

    /// The signal masks of the tasks of `process` are no longer known.
    pub fn forget_masks(&mut self, process: ProcessId) {
        let tasks = self.0.values_mut().filter(|task| task.sigtrap_blocked_in == Some(process));
        tasks.for_each(|task| task.sigtrap_blocked_in = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_task_leaves_nothing_behind() {
        let mut tasks = TaskTable::default();
        let task = tasks.entry(7);
        (task.interrupted, task.generation, task.awaits_handler) = (true, 3, true);
        task.set_mask(ProcessId(0), u64::MAX);
        tasks.forget(7);
        assert!(tasks.get(7).is_none() && tasks.interrupted().next().is_none());
        let reused = tasks.entry(7);
        assert!(!reused.interrupted && !reused.awaits_handler && !reused.blocks_sigtrap());
    }

    #[test]
    fn masks_are_forgotten_for_one_process_only() {
        let mut tasks = TaskTable::default();
        tasks.entry(7).set_mask(ProcessId(0), signal_bit(SIGTRAP));
        tasks.entry(8).set_mask(ProcessId(1), signal_bit(SIGTRAP));
        tasks.entry(9).set_mask(ProcessId(1), signal_bit(libc::SIGINT));
        tasks.forget_masks(ProcessId(0));
        let blocks = |tid| tasks.get(tid).is_some_and(Task::blocks_sigtrap);
        assert_eq!([7, 8, 9].map(blocks), [false, true, false]);
    }
}
