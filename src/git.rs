//! Queries to git about the repository of the current directory.

use serde::Serialize;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Why a query to git failed.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// git cannot be run.
    #[error("failed to run git: {0}")]
    NotRun(#[from] io::Error),
    /// git exited with an error.
    #[error("git {command}: {message}")]
    Failed {
        /// The subcommand of git.
        command: String,
        /// The first line that git printed on stderr.
        message: String,
    },
}

/// The commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Its full hash.
    pub id: String,
    /// Name of the author.
    pub author_name: String,
    /// Address of the author.
    pub author_email: String,
    /// Name of the committer.
    pub committer_name: String,
    /// Address of the committer.
    pub committer_email: String,
    /// The first line of the commit message.
    pub message: String,
}

/// Runs `git ARGUMENTS`, and returns what it prints on stdout.
///
/// # Errors
/// When git cannot be run, or fails.
pub fn output<S: AsRef<OsStr>>(arguments: &[S]) -> Result<Vec<u8>, GitError> {
    let output = Command::new("git").args(arguments).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let printed = String::from_utf8_lossy(&output.stderr);
    let message = printed.lines().next().unwrap_or_default();
    let message = message.strip_prefix("fatal: ").unwrap_or(message);
    let message = if message.is_empty() { output.status.to_string() } else { message.to_owned() };
    let command = arguments.first().map(|command| command.as_ref().to_string_lossy().into_owned());
    Err(GitError::Failed { command: command.unwrap_or_default(), message })
}

/// The commit that is checked out.
///
/// # Errors
/// As for [`output`]; git fails outside of a repository, and in one without commits.
pub fn head() -> Result<Head, GitError> {
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

/// The root of the working tree.
///
/// # Errors
/// As for [`output`].
pub fn root() -> Result<PathBuf, GitError> {
    let mut root = output(&["rev-parse", "--show-toplevel"])?;
    root.pop_if(|last| *last == b'\n');
    Ok(PathBuf::from(OsString::from_vec(root)))
}

/// The last part of the address of the remote `origin`, without `.git`; `None` if there is none.
pub fn repository() -> Option<String> {
    let address = output(&["remote", "get-url", "origin"]).ok()?;
    let address = String::from_utf8_lossy(&address);
    let address = address.trim_end().trim_end_matches('/');
    let name = address.rsplit(['/', ':']).next()?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

/// The branch that is checked out; `None` if HEAD is detached.
///
/// # Errors
/// As for [`output`].
pub fn branch() -> Result<Option<String>, GitError> {
    let name = output(&["rev-parse", "--abbrev-ref", "HEAD"])?;
    let name = String::from_utf8_lossy(&name).trim_end().to_owned();
    Ok(Some(name).filter(|name| name != "HEAD"))
}
