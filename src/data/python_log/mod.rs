//! Python logs: what the probe in an interpreter, and in all that is forked from it, writes of the lines that run.
//!
//! A log is a file that the processes map and append to; `docs/data-file.md` has the layout.

mod layout;
pub mod line_table;
mod version;
mod writer;

pub use version::Version;
pub use writer::PythonLog;
