//! What git knows of the repository around the current directory.

use serde::Serialize;
use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};

/// Why git gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no git that can be run.
    #[error("failed to run git: {0}")]
    NotRun(#[from] io::Error),
    /// It has refused, in its own words.
    #[error("git {command}: {said}")]
    Refused {
        /// Its subcommand.
        command: String,
        /// The first line of what it said.
        said: String,
    },
}

/// The commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Its full hash.
    pub id: String,
    /// Who wrote it.
    pub author_name: String,
    /// Their address.
    pub author_email: String,
    /// Who committed it.
    pub committer_name: String,
    /// Their address.
    pub committer_email: String,
    /// The first line of its message.
    pub message: String,
}

/// What `git ARGUMENTS` writes to stdout.
///
/// # Errors
/// When it cannot be run, or fails.
pub fn output<S: AsRef<OsStr>>(arguments: &[S]) -> Result<Vec<u8>, Error> {
    let output = Command::new("git").args(arguments).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default();
    let said = said.strip_prefix("fatal: ").unwrap_or(said);
    let said = if said.is_empty() { output.status.to_string() } else { said.to_owned() };
    let command = arguments.first().map(|command| command.as_ref().to_string_lossy().into_owned());
    Err(Error::Refused { command: command.unwrap_or_default(), said })
}

/// The commit that is checked out.
///
/// # Errors
/// As of [`output`]: when this is no repository, or one without a commit.
pub fn head() -> Result<Head, Error> {
    let log = output(&["log", "-1", "--no-show-signature", "--format=%H%n%an%n%ae%n%cn%n%ce%n%s"])?;
    let log = String::from_utf8_lossy(&log);
    let mut lines = log.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    Ok(Head {
        id: next(),
        author_name: next(),
        author_email: next(),
        committer_name: next(),
        committer_email: next(),
        message: next(),
    })
}

/// The branch that is checked out; none for a commit that is so by itself.
///
/// # Errors
/// As of [`output`].
pub fn branch() -> Result<Option<String>, Error> {
    let name = output(&["rev-parse", "--abbrev-ref", "HEAD"])?;
    let name = String::from_utf8_lossy(&name).trim_end().to_owned();
    Ok(Some(name).filter(|name| name != "HEAD"))
}
