//! Python logs: what the probe in an interpreter, and in all that is forked from it, writes of the lines that run.
//!
//! A log is a file that the processes map and append to; `docs/data-file.md` has the layout.

#[cfg(test)]
mod c_writer;
mod layout;
mod reader;
mod records;
mod writer;

pub(super) use layout::MAGIC;
pub(super) use reader::{LogContents, Source};
pub use records::Code;
pub use writer::RuntimeLog;
