//! Dispositions of the program, and what a tracer changes about them. Each file answers one question:
//!
//! * [`disposition`]: what does a process do with a signal, and what is restored after a breakpoint?
//! * [`syscall_hooks`]: where does a program make a system call that changes this?
//! * [`changes`]: what does such a call, or the entry of a handler, change?
//! * [`ignored`]: which system calls that a signal interrupted are restarted, since the program ignores the signal?

pub(super) mod changes;
pub(super) mod disposition;
pub(super) mod ignored;
pub(super) mod syscall_hooks;
