//! Recording a run: joins the tracer, which knows processes, to objects, which know lines, and to hit files.

mod images;
mod recorder;
mod run;
mod signals;

pub use run::{Ending, run};
