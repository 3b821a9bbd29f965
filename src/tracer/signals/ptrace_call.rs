//! Calls of ptrace(2) by a program. A process can have only one tracer, and that is forkcov.

use crate::machine::SyscallRequest;
use crate::ptrace::{Result, Status, Tid};
use crate::tracer::recorder::Recorder;
use crate::tracer::stop::StopContext;

/// Requests that make a tracer, from linux/ptrace.h.
const TRACE_ME: u64 = 0;
const ATTACH: u64 = 16;
const SEIZE: u64 = 0x4206;

impl<R: Recorder> StopContext<'_, R> {
    /// The task calls ptrace(2) next. If the kernel will refuse that because of forkcov, says so; once is
    /// enough.
    pub fn ptrace_call(&mut self, call: &SyscallRequest) -> Result<()> {
        let [request, target, ..] = call.arguments;
        let is_refused = match request {
            TRACE_ME => true,
            ATTACH | SEIZE => self.is_traced(target as Tid),
            _ => false,
        };
        if is_refused {
            self.recorder.refused_tracer(self.process.pid);
        }
        let mut opened = self.open()?;
        if is_refused || !opened.count_ptrace_call() { opened.disable_ptrace_hooks() } else { Ok(()) }
    }

    /// Is `target`, as the task calls it, a task of the run? In a PID namespace of its own, the program sees
    /// no other tasks.
    fn is_traced(&self, target: Tid) -> bool {
        let has_namespace = || {
            let status = Status::of(self.tid());
            status.field("NSpid").is_some_and(|ids| ids.split_whitespace().count() > 1)
        };
        self.tree.process_of(target).is_some() || has_namespace()
    }
}
