//! Letting all processes go on without forkcov, unharmed.
//!
//! The breakpoints are taken out first, so that nobody runs into one any more. Then every task is stopped, and released
//! at its next stop; what is born meanwhile is so at its first. A task that has run into a breakpoint just before has
//! its SIGTRAP pending, and may be stopped before it is told of that: it is released only after.

use crate::ptrace::{self, Status, Stop, Stopped, Tid, Wait};
use crate::tracer::Tracer;
use crate::tracer::log::entry::Entry;
use crate::tracer::parents::process_info;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::Recorder;
use hashbrown::HashSet;
use libc::SIGTRAP;
use std::thread;
use std::time::Duration;

/// How long a leader gets to end or to stop before it is looked at again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

impl<R: Recorder> Tracer<R> {
    /// Begins to release all. The loop ends when the last one is.
    pub(in crate::tracer) fn release_all(&mut self) {
        if std::mem::replace(&mut self.releasing, true) {
            return;
        }
        self.spaces.close();
        let mut restored = HashSet::new();
        for tid in self.tree.tasks() {
            let process = self.tree.process_of(tid).and_then(|id| self.processes.get(&id));
            if let Some(space) = process.map(|process| process.space)
                && !restored.contains(&space)
            {
                let done = self.spaces.restore(space, tid, false);
                // The memory of a task that has ended is not to be had; another one's is.
                restored.extend(done.is_ok().then_some(space));
                self.report(tid, done);
            }
            self.interrupted.insert(tid);
            let stopped = ptrace::interrupt(tid);
            self.report(tid, stopped);
        }
    }

    /// Releases a task that is ready to go on, with `signal` delivered if it is not 0.
    pub(in crate::tracer) fn release(&mut self, id: ProcessId, task: Stopped, stop: Stop, signal: i32) {
        let tid = task.tid();
        let left = self.leave_block(id, &task, signal, true).and_then(|()| self.end_counting(id, &task));
        self.report(tid, left);
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
        if self.tree.released(tid) {
            self.leave(id);
        } else {
            self.lone_leaders.extend(pid.filter(|&pid| pid != tid && self.tree.process_of(pid).is_some()));
        }
    }

    /// As [`ptrace::next`]. The end of a leader is not told of before all its threads have ended, and when these are
    /// not traced any more that can be never: it is looked for.
    pub(in crate::tracer) fn next_to_release(&mut self) -> nix::Result<Option<Wait>> {
        loop {
            self.lone_leaders.retain(|leader| self.tree.process_of(*leader).is_some());
            let dead: Vec<Tid> =
                self.lone_leaders.iter().copied().filter(|&tid| process_info::is_dead(tid)).collect();
            for leader in dead {
                let id = self.tree.process_of(leader);
                if self.tree.released(leader) {
                    id.into_iter().for_each(|id| self.leave(id));
                }
                // It remains a child to wait for.
                self.has_others = true;
            }
            if self.lone_leaders.is_empty() {
                return if self.is_over() { Ok(None) } else { ptrace::next() };
            }
            if let Some(wait) = ptrace::try_next()? {
                return Ok(Some(wait));
            }
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// Nothing is traced any more: leaves the processes whose end nobody could tell of, as that of one whose leader had
    /// ended before it was attached to.
    pub(in crate::tracer) fn leave_all(&mut self) {
        let left: Vec<ProcessId> = self.processes.keys().copied().collect();
        left.into_iter().for_each(|id| self.leave(id));
    }

    /// The last task of a process has been released.
    fn leave(&mut self, id: ProcessId) {
        if let Some(mut process) = self.processes.remove(&id) {
            self.recorder.release(&mut process.record);
            self.spaces.release(process.space);
            process.former.into_iter().for_each(|former| self.spaces.release(former.space));
        }
    }
}

/// Will it be told of a SIGTRAP when it goes on?
fn has_pending_trap(tid: Tid) -> bool {
    let status = Status::of(tid);
    status.has_signal("SigPnd", SIGTRAP) && !status.has_signal("SigBlk", SIGTRAP)
}
