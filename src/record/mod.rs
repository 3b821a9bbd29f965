//! Joins the tracer with objects and data: an image gives sites to plant, a trap gives a hit.

use crate::cli::RunOptions;
use crate::data::Exit;

/// Runs the program of `options` and records every process that it becomes; how its root process ended.
///
/// # Errors
/// When the program could not be started or traced, or the data not be written.
pub fn run(_options: RunOptions) -> anyhow::Result<Exit> {
    anyhow::bail!("failed to trace: not in this build")
}

/// The exit status of forkcov when [`run`] gave `error`: see [`crate::cli`].
pub fn failure_status(_error: &anyhow::Error) -> u8 {
    crate::cli::RUN_FAILED
}

/// Ends this process by `signal`. Returns only if the signal did not kill.
pub fn die_of(_signal: i32) {}
