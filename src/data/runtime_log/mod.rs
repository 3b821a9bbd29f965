//! Runtime logs: which lines an interpreter runs, written by the probe in it.
//!
//! A log is a file that one process maps and appends to; `docs/data-file.md` has the layout. It is the same
//! for all runtimes. Their line tables and names differ: [`crate::runtime`] reads these. A process that is
//! forked gets a log of its own, which continues that of its parent: it refers to code units that are
//! described there.

#[cfg(test)]
mod c_writer;
mod child_logs;
mod layout;
mod reader;
mod records;
pub mod sources;
mod writer;

pub use child_logs::{ChildLog, ChildLogs};
pub(super) use layout::MAGIC;
pub use layout::MOST_RECORD;
pub use reader::{Arc, LogContents, LoggedUnit, Source};
pub use sources::SourceList;
pub use writer::{LogId, LogStart, RuntimeLog};
