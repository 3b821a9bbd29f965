//! Signals of the program, and what a tracer changes about them. Every signal arrives in
//! [`StopContext::handle`](super::stop::StopContext::handle), and is delivered after
//! [`prepare_to_resume`](super::stop::StopContext::prepare_to_resume). These ask the files here. Each answers
//! one question:
//!
//! * [`disposition`]: what does a process do with a signal, and what has to be restored after a breakpoint?
//! * [`sigtrap_cause`]: what raised the SIGTRAP that a task stopped by?
//! * [`signal_call_hooks`]: where can a program make the system calls that change dispositions and masks?
//! * [`signal_call_changes`]: what does such a call change?
//! * [`delivery`]: what does the delivery of a signal change, up to the entry of its handler?
//! * [`ptrace_call`]: does the program ask to trace a process that forkcov traces?
//! * [`restart`]: which interrupted system calls have to be restarted, since the program ignores the signal?
//!
//! Which tasks block SIGTRAP is in [`tasks`](super::tasks). Signals that are sent to forkcov itself are
//! forwarded by `src/record/signal_forwarding.rs`.

mod delivery;
pub mod disposition;
mod ptrace_call;
pub mod restart;
pub mod signal_call_changes;
pub mod signal_call_hooks;
mod sigtrap_cause;
