//! Tasks that stop inside a basic block.
//!
//! A block has one breakpoint, at its last site. A task that leaves it before that has executed the sites up
//! to where it is, and no other.

use crate::ptrace::Result;
use crate::tracer::recorder::Recorder;
use crate::tracer::stop::StopContext;

/// Why a task does not continue where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// It ends.
    Exit,
    /// It continues with this signal, or with none (0) and without forkcov. A handler may let it continue
    /// elsewhere.
    Continue { signal: i32 },
}

impl<R: Recorder> StopContext<'_, R> {
    /// Records the sites of a block that the task leaves before its end. If a handler may return to another
    /// place in the block, each of its sites gets a breakpoint of its own.
    pub fn leave_block(&mut self, departure: Departure) -> Result<()> {
        if !self.spaces.get(self.process.space).has_sites() {
            return Ok(());
        }
        let signal = match departure {
            Departure::Exit => 0,
            Departure::Continue { signal } => signal,
        };
        let has_begun = is_of_fault(signal) && !self.task.signal_info()?.is_sent();
        let address = self.exit_trampoline(has_begun, departure)?;
        let Some(at) = self.spaces.get(self.process.space).passed(address, has_begun) else {
            return Ok(());
        };
        self.recorder.hit(&mut self.process.record, at);
        if signal == 0 {
            return Ok(());
        }
        self.open_to_insert()?.map_or(Ok(()), |mut opened| opened.split(at))
    }
}

/// Does this signal report that an instruction could not be executed?
pub fn is_of_fault(signal: i32) -> bool {
    matches!(signal, libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE)
}
