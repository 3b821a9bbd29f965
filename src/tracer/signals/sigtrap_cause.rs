//! What raised the SIGTRAP that a task stopped by.

use crate::ptrace::{Result, SigInfo};
use crate::tracer::recorder::Recorder;
use crate::tracer::stop::StopContext;

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
