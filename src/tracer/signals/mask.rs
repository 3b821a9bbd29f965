//! Whether a task blocks SIGTRAP, and what raised the SIGTRAP that it stopped by.

use crate::ptrace::{Result, SigInfo, Status};
use crate::tracer::Tracer;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::recorder::Recorder;
use crate::tracer::stop::StopContext;
use std::fs;

impl<R: Recorder> StopContext<'_, R> {
    /// Was the SIGTRAP that the task stopped by raised by a breakpoint?
    ///
    /// # Errors
    /// As [`crate::ptrace::Stopped::signal_info`].
    pub fn is_breakpoint(&self) -> Result<bool> {
        let info = self.task.signal_info()?;
        Ok(info.is_breakpoint() || self.replaces_forced_sigtrap(&info))
    }

    /// Was this SIGTRAP sent, and delivered in place of a forced one? A task that blocks SIGTRAP gets only
    /// forced ones; but if one was sent to it and is pending, the kernel delivers that instead.
    pub fn replaces_forced_sigtrap(&self, info: &SigInfo) -> bool {
        info.is_sent() && self.state.blocks_sigtrap()
    }
}

impl<R: Recorder> Tracer<R> {
    /// Reads the signal masks of all tasks of a process (proc(5)).
    pub(in crate::tracer) fn read_masks(&mut self, id: ProcessId) {
        let Some(process) = self.processes.get(&id) else { return };
        let tasks = fs::read_dir(format!("/proc/{}/task", process.pid)).into_iter().flatten().flatten();
        for tid in tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()) {
            self.tasks.entry(tid).set_mask(id, Status::of(tid).set("SigBlk"));
        }
    }
}
