//! Tasks in the midst of a basic block. Its one breakpoint stands at its last site; who may never come there has come by
//! the sites before it all the same, and by no other.

use crate::ptrace::{Result, Stopped};
use crate::tracer::Tracer;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::Recorder;

impl<R: Recorder> Tracer<R> {
    /// A task goes on elsewhere than where it is, or not at all: `signal` is delivered if it is not 0. Its handler may make
    /// it go on at another place in the block, which is no block any more then.
    pub(in crate::tracer) fn leave_block(
        &mut self,
        id: ProcessId,
        task: &Stopped,
        signal: i32,
        goes_on: bool,
    ) -> Result<()> {
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        if !self.spaces.has_sites(process.space) {
            return Ok(());
        }
        let has_begun = is_of_fault(signal) && !task.signal_info()?.is_sent();
        let address = self.leave_copy(id, task, has_begun, goes_on)?;
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        let Some(at) = self.spaces.passed(process.space, address, has_begun) else { return Ok(()) };
        self.recorder.hit(&mut process.record, at);
        if signal == 0 { Ok(()) } else { self.spaces.split(process.space, task.tid(), at) }
    }

    /// A task is about to end, and its registers are there for the last time.
    pub(in crate::tracer) fn exiting(&mut self, task: Stopped) {
        let tid = task.tid();
        if let Some(id) = self.tree.process_of(tid) {
            let left = self.leave_block(id, &task, 0, false);
            self.report(tid, left);
        }
        let resumed = task.resume(0);
        self.report(tid, resumed);
    }
}

/// Is it a signal by which an instruction says that it could not be run?
fn is_of_fault(signal: i32) -> bool {
    matches!(signal, libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE)
}
