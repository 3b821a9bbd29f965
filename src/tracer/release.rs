//! Letting all processes go on without forkcov, unharmed.
//!
//! The breakpoints are taken out first, so that nobody runs into one any more. Then every task is stopped, and released
//! at its next stop; what is born meanwhile is so at its first. A task that has run into a breakpoint just before has
//! its SIGTRAP pending, and may be stopped before it is told of that: it is released only after.

use super::Tracer;
use super::entry::Entry;
use super::process::Recorder;
use super::tree::ProcessId;
use crate::ptrace::{self, Status, Stop, Stopped, Tid};
use libc::SIGTRAP;

impl<R: Recorder> Tracer<R> {
    /// Begins to release all. The loop ends when the last one is.
    pub(super) fn release_all(&mut self) {
        if std::mem::replace(&mut self.releasing, true) {
            return;
        }
        self.spaces.close();
        for tid in self.tree.tasks() {
            if let Some(space) =
                self.tree.process_of(tid).and_then(|id| self.processes.get(&id)).map(|it| it.space)
            {
                let restored = self.spaces.restore(space, tid);
                self.report(tid, restored);
            }
            self.interrupted.insert(tid);
            let stopped = ptrace::interrupt(tid);
            self.report(tid, stopped);
        }
    }

    /// Releases a task that is ready to go on, with `signal` delivered if it is not 0.
    pub(super) fn release(&mut self, id: ProcessId, task: Stopped, stop: Stop, signal: i32) {
        let tid = task.tid();
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
        self.log.write(Some(tid), self.tree.pid_of(tid), || Entry::Release);
        if self.tree.released(tid) {
            self.leave(id);
        }
    }

    /// The last task of a process has been released.
    fn leave(&mut self, id: ProcessId) {
        if let Some(mut process) = self.processes.remove(&id) {
            self.recorder.release(&mut process.record);
            self.spaces.release(process.space);
            process.former_space.into_iter().for_each(|space| self.spaces.release(space));
        }
    }
}

/// Will it be told of a SIGTRAP when it goes on?
fn has_pending_trap(tid: Tid) -> bool {
    let status = Status::of(tid);
    status.has_signal("SigPnd", SIGTRAP) && !status.has_signal("SigBlk", SIGTRAP)
}
