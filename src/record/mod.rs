//! Recording a run: joins the tracer, which knows processes, to objects, which know lines, and to hit files.

mod auxv;
mod counting;
mod diagnostics;
mod images;
mod job_control;
mod limitations;
mod maps;
mod probes;
mod python;
mod recorder;
mod remote_syscalls;
mod run;
mod signal_call_sites;
mod signal_forwarding;
mod snapshots;
mod terms;
mod unseen;

pub use crate::ptrace::die_of;
pub use run::{failure_status, run};
