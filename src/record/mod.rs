//! Records a run. Joins the tracer, which knows processes, with objects, which know lines, and hit files.

mod auxv;
mod contexts;
mod convert;
mod counting;
mod diagnostics;
mod frameworks;
mod granularity;
mod images;
mod injected_probe;
mod interpreter_use;
mod interpreters;
mod job_control;
mod left_out;
mod limitations;
mod linkers;
mod mapped_counters;
mod maps;
mod objects;
mod probes;
mod process_info;
mod recorder;
mod run;
mod settings;
mod signal_call_finder;
mod signal_forwarding;
mod snapshots;
mod sources;
mod unimported;
mod unreadable_tests;

pub use contexts::ContextRules;
pub use frameworks::Framework;
pub use granularity::Granularity;
pub use run::{RunResult, run};
pub use settings::{Output, Settings, Target, Verbosity};
