//! Runtime logs: which lines an interpreter runs, written by the probe in it and in all processes that are
//! forked from it.
//!
//! A log is a file that the processes map and append to; `docs/data-file.md` has the layout. It is the same
//! for all runtimes. Their line tables and names differ: [`crate::runtime`] reads these.

#[cfg(test)]
mod c_writer;
mod layout;
mod reader;
mod records;
mod writer;

pub(super) use layout::MAGIC;
pub use reader::{LogContents, Source};
pub use writer::RuntimeLog;
