//! Which interpreters a run has met.

use crate::runtime::Runtime;
use std::collections::HashSet;
use std::path::PathBuf;

/// What a run knows of the interpreters in its processes.
#[derive(Debug, Default)]
pub(super) struct InterpreterUse {
    /// How many runtime logs there are.
    pub(super) logs: u32,
    /// The runtimes of which a probe was injected.
    pub(super) runtimes: Vec<&'static dyn Runtime>,
    /// The sources that interpreters have loaded and that count.
    pub(super) sources: HashSet<PathBuf>,
}
