//! Recording a run: joins the tracer, which knows processes, to objects, which know lines, and to hit files.

mod auxv;
mod counting;
mod images;
mod impaired;
mod job;
mod maps;
mod probes;
mod python;
mod recorder;
mod remarks;
mod run;
mod shared_file;
mod signal_calls;
mod signals;
mod terms;
mod texts;
mod unseen;

pub use crate::ptrace::die_of;
pub use run::{failure_status, run};
