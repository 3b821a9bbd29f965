//! The delivery of a signal, up to the entry of its handler.

use crate::ptrace::{Result, Stop};
use crate::tracer::recorder::Recorder;
use crate::tracer::stop::StopContext;
use libc::{SIGTRAP, c_int};

impl<R: Recorder> StopContext<'_, R> {
    /// Before the delivery of a SIGTRAP of the program's own. Returns the signal to resume it with.
    pub fn own_sigtrap(&mut self) -> Result<c_int> {
        let space = self.process.space;
        if self.spaces.get(space).is_empty() {
            // No breakpoint of forkcov's can have reset anything.
            return Ok(SIGTRAP);
        }
        let info = self.task.signal_info()?;
        self.process.has_hardware_breakpoints |= info.is_hardware_breakpoint();
        let memory = self.spaces.open(space, self.task.tid(), self.others)?.memory();
        self.process.signals.sigtrap_to_deliver(self.task, memory, info)
    }

    /// Before the task is resumed with a signal. If its handler may change whether SIGTRAP is blocked, the
    /// task will stop at the handler's entry.
    pub fn prepare_delivery(&mut self, signal: c_int) -> Result<()> {
        let Some(action) = self.process.signals.take_action(signal) else { return Ok(()) };
        let is_blocked = self.state.blocks_sigtrap();
        if self.spaces.get(self.process.space).can_hook_returns()
            && (action.blocks(signal, SIGTRAP) && !is_blocked || self.task.waits_with_temporary_mask()?)
        {
            self.state.awaits_handler = true;
        }
        Ok(())
    }

    /// True if the task has stopped because it is at the entry of a handler, and for nothing else.
    pub fn reached_handler(&mut self, stop: Stop) -> bool {
        if self.is_releasing && stop != Stop::Signal(SIGTRAP) {
            // It may be there, and report that next.
            return false;
        }
        if !std::mem::take(&mut self.state.awaits_handler) || stop != Stop::Signal(SIGTRAP) {
            return false;
        }
        let Ok(info) = self.task.signal_info() else { return false };
        let done = if info.is_handler_entry() {
            self.log_handler_entry();
            self.note_handler_mask()
        } else if info.is_step() {
            // There was no handler.
            self.restore_sigtrap()
        } else {
            return false;
        };
        self.report(done);
        true
    }

    fn note_handler_mask(&mut self) -> Result<()> {
        let was_blocked = self.state.blocks_sigtrap();
        self.state.set_mask(self.process.id, self.task.signal_mask()?);
        if self.state.blocks_sigtrap() != was_blocked {
            self.open()?.hook_returns()?;
        }
        Ok(())
    }
}
