//! Signals of the program, and what a tracer changes about them. Each file answers one question:
//!
//! * [`disposition`]: what does a process do with a signal, and what has to be restored after a breakpoint?
//! * [`mask`]: does a task block SIGTRAP, and what raised the one that it stopped by?
//! * [`syscall_hooks`]: where can a program make the system calls that change dispositions and masks?
//! * [`system_calls`]: what does such a call change?
//! * [`delivery`]: what does the delivery of a signal change, up to the entry of its handler?
//! * [`restart`]: which interrupted system calls have to be restarted, since the program ignores the signal?
//!
//! Signals that are sent to forkcov itself, and their forwarding to the program, are the business of
//! `record`.

mod delivery;
pub mod disposition;
mod mask;
pub mod restart;
pub mod syscall_hooks;
pub mod system_calls;
