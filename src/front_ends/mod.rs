//! Front ends: `forkcov cargo` and `forkcov go` are commands that a user could type one after the other. The
//! tool builds its tests, then runs them under `forkcov run`, and then come the reports.
//!
//! | file | subject |
//! |---|---|
//! | `cargo.rs` | cargo and cargo-nextest |
//! | `rustc.rs` | what cargo starts in place of rustc |
//! | `metadata.rs` | the sources of tests in a workspace of cargo |
//! | `go.rs` | go |
//! | `python.rs` | `forkcov run -m` |
//! | `steps.rs` | the options as commands of forkcov |

pub mod cargo;
pub mod go;
mod metadata;
pub mod python;
pub mod rustc;
mod steps;

pub use steps::{reports, run_command};

use std::ffi::OsString;
use std::io;
use std::process::Command;

/// How a tool runs its tests.
#[derive(Debug, PartialEq, Eq)]
pub struct TestRun {
    /// Builds them, so that no compiler is traced; `None` if the tool cannot build without running them.
    pub build: Option<Vec<OsString>>,
    /// Runs them.
    pub command: Vec<OsString>,
    /// Patterns of the sources that are omitted if the user selects none.
    pub omit: Vec<String>,
    /// The command lines of tests, where each has a process.
    pub context_from: Option<&'static str>,
}

/// Why there is no [`TestRun`].
#[derive(Debug, thiserror::Error)]
pub enum FrontEndError {
    /// The command of the tool is not one that runs tests.
    #[error(
        "`{tool} {command}` runs no tests: expected {expected}; `forkcov run -- {tool} {command}` covers any command"
    )]
    Command {
        /// The tool.
        tool: &'static str,
        /// Its command.
        command: String,
        /// The commands that run tests.
        expected: &'static str,
    },
    /// There is no command.
    #[error("`forkcov {tool}` needs a command: expected {expected}")]
    NoCommand {
        /// The tool.
        tool: &'static str,
        /// The commands that run tests.
        expected: &'static str,
    },
    /// The tool could not be started.
    #[error("failed to run {0}: {1}")]
    Start(&'static str, io::Error),
    /// The tool does not know what it works on. Its own message says why.
    #[error("{0}")]
    Tool(String),
}

/// What a question to a tool gives on stdout.
fn ask(tool: &'static str, command: &mut Command) -> Result<Vec<u8>, FrontEndError> {
    let output = command.output().map_err(|error| FrontEndError::Start(tool, error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(FrontEndError::Tool(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}
