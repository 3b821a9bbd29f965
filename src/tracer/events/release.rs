//! The release of all processes, which continue without forkcov, unharmed.
//!
//! The breakpoints are removed first, so that no task runs into one any more. Then every task is interrupted,
//! and detached at its next stop; a new task at its first. A task that has run into a breakpoint just before
//! has its SIGTRAP pending, and may stop for another reason before it reports that: it is detached only
//! after.

use crate::ptrace::{self, Status, Stop, Stopped, Tid, Wait};
use crate::tracer::events::Departure;
use crate::tracer::log::entry::Entry;
use crate::tracer::parents::process_info;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::recorder::Recorder;
use crate::tracer::spaces::{OtherTasks, SpaceId};
use crate::tracer::{Mode, Tracer};
use hashbrown::HashSet;
use libc::SIGTRAP;
use std::thread;
use std::time::Duration;

/// How long a leader gets to end or to stop before it is looked at again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

impl<R: Recorder> Tracer<R> {
    /// Begins to release all processes. The main loop ends when the last one is released.
    pub(in crate::tracer) fn release_all(&mut self) {
        if self.is_releasing() {
            return;
        }
        self.mode = Mode::Releasing { lone_leaders: HashSet::new() };
        self.spaces.close();
        let mut restored = HashSet::new();
        for tid in self.tree.tasks() {
            let process = self.tree.process_of(tid).and_then(|id| self.processes.get(&id));
            if let Some(space) = process.map(|process| process.space)
                && !restored.contains(&space)
            {
                let done = self.restore_running(space, tid);
                // The memory of a task that has ended cannot be opened; that of another one can.
                restored.extend(done.is_ok().then_some(space));
                self.report(tid, done);
            }
            self.tasks.entry(tid).interrupted = true;
            let interrupted = ptrace::interrupt(tid);
            self.report(tid, interrupted);
        }
    }

    /// Removes the breakpoints of a space in which tasks are running.
    fn restore_running(&mut self, space: SpaceId, tid: Tid) -> ptrace::Result<()> {
        if self.spaces.get(space).is_empty() {
            return Ok(());
        }
        self.spaces.open(space, tid, OtherTasks::Running)?.restore()
    }

    /// Releases a task that is ready to continue, with `signal` delivered if it is not 0.
    pub(in crate::tracer) fn release(&mut self, id: ProcessId, task: Stopped, stop: Stop, signal: i32) {
        let tid = task.tid();
        if let Some(mut context) = self.context(id, &task) {
            let left = context.leave_block(Departure::Continue { signal });
            context.report(left);
        }
        let removed = self.remove_kept_hosts(id, &task);
        self.report(tid, removed);
        if let Some(mut context) = self.context(id, &task) {
            let stopped = context.stop_self_counting();
            context.report(stopped);
            let removed = context.remove_detour();
            context.report(removed);
        }
        if !matches!(stop, Stop::Signal(_)) && has_pending_trap(tid) {
            let resumed = task.resume(0);
            return self.report(tid, resumed);
        }
        let released = task.detach(signal);
        if let Err(ptrace::Error::Gone) = released {
            // Its death is waited for.
            return;
        }
        self.report(tid, released);
        let pid = self.tree.pid_of(tid);
        self.log.write(Some(tid), pid, || Entry::Release);
        self.tasks.forget(tid);
        if self.tree.released(tid) {
            self.finish_release(id);
        } else if let Mode::Releasing { lone_leaders } = &mut self.mode {
            lone_leaders.extend(pid.filter(|&pid| pid != tid && self.tree.process_of(pid).is_some()));
        }
    }

    /// As [`ptrace::next`]. The kernel reports the end of a leader only after all its threads have ended,
    /// which may never happen when these are no longer traced. So it is looked up.
    pub(in crate::tracer) fn next_to_release(&mut self) -> nix::Result<Option<Wait>> {
        loop {
            let leaders = self.lone_leaders();
            for &leader in leaders.iter().filter(|&&leader| process_info::is_dead(leader)) {
                let id = self.tree.process_of(leader);
                self.tasks.forget(leader);
                if self.tree.released(leader) {
                    id.into_iter().for_each(|id| self.finish_release(id));
                }
                // It remains a child to wait for.
                self.has_other_children = true;
            }
            if self.lone_leaders().is_empty() {
                return if self.is_over() { Ok(None) } else { ptrace::next() };
            }
            if let Some(wait) = ptrace::try_next()? {
                return Ok(Some(wait));
            }
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Leaders that are still traced, of processes whose other tasks are not.
    fn lone_leaders(&mut self) -> Vec<Tid> {
        let Mode::Releasing { lone_leaders } = &mut self.mode else { return Vec::new() };
        lone_leaders.retain(|leader| self.tree.process_of(*leader).is_some());
        lone_leaders.iter().copied().collect()
    }

    /// Nothing is traced any more: finishes the processes that have ended without a report. If the leader of
    /// a process had ended before forkcov attached to it, no end is reported.
    pub(in crate::tracer) fn finish_all(&mut self) {
        let left: Vec<ProcessId> = self.processes.keys().copied().collect();
        left.into_iter().for_each(|id| self.finish_release(id));
    }

    /// The last task of a process has been released.
    fn finish_release(&mut self, id: ProcessId) {
        if let Some(mut process) = self.processes.remove(&id) {
            self.recorder.release(&mut process.record);
            self.spaces.release(process.space);
            process.former.into_iter().for_each(|former| self.spaces.release(former.space));
        }
    }
}

/// Will it report a SIGTRAP when it continues?
fn has_pending_trap(tid: Tid) -> bool {
    let status = Status::of(tid);
    status.has_signal("SigPnd", SIGTRAP) && !status.has_signal("SigBlk", SIGTRAP)
}
