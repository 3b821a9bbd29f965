//! One pattern of `--include` or `--omit`.

use super::Here;
use globset::{GlobBuilder, GlobMatcher};
use std::path::{Path, PathBuf};

/// A pattern that means nothing.
#[derive(Debug, thiserror::Error)]
#[error("malformed pattern {pattern:?}: {reason}")]
pub struct Error {
    /// As it was typed.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A glob, matched against what follows one of its base directories in a path.
///
/// Bases are kept out of the glob, so that a directory whose name has a `[` in it is no trouble.
#[derive(Debug)]
pub(super) struct Pattern {
    bases: Vec<PathBuf>,
    glob: GlobMatcher,
}

impl Pattern {
    /// Reads `text` as coverage.py does: `*` and `?` stop at a `/`, `**` does not; `*/` in front means `**/`,
    /// `/*` at the end means `/**`; braces mean themselves; a pattern that does not begin with a wildcard is
    /// relative to the current directory. Beyond that, one that begins with a wildcard and has no `/` after it
    /// matches at any depth (`*.c`): an absolute path could never match it otherwise.
    pub(super) fn new(here: &Here, text: &str) -> Result<Self, Error> {
        let fail = |reason: &str| Error { pattern: text.to_owned(), reason: reason.to_owned() };
        if let Some(odd) = text.split('/').find(|part| part.contains("**") && *part != "**") {
            return Err(fail(&format!("`**` must stand alone between slashes, not as `{odd}`")));
        }
        let (bases, relative) = if text.starts_with(['*', '?']) {
            (vec![PathBuf::from("/")], anywhere(text))
        } else if let Some(rest) = text.strip_prefix('/') {
            (vec![PathBuf::from("/")], without_dots(rest).1)
        } else {
            let (up, rest) = without_dots(text);
            let bases = here.names().iter().filter_map(|name| name.ancestors().nth(up)).map(PathBuf::from);
            (bases.collect(), rest)
        };
        let mut glob = relative.replace('{', "[{]").replace('}', "[}]");
        if glob.ends_with("/*") {
            glob.push('*');
        }
        let glob = GlobBuilder::new(&glob)
            .literal_separator(true)
            .build()
            .map_err(|error| fail(&error.kind().to_string()))?
            .compile_matcher();
        Ok(Self { bases, glob })
    }

    /// Whether the absolute, normalised `path` matches.
    pub(super) fn matches(&self, path: &Path) -> bool {
        self.bases.iter().any(|base| path.strip_prefix(base).is_ok_and(|rest| self.glob.is_match(rest)))
    }
}

/// A pattern that begins with a wildcard, made to match from the root on.
fn anywhere(text: &str) -> String {
    match text.strip_prefix("*/") {
        Some(rest) => format!("**/{rest}"),
        None if text.starts_with("**/") || text == "**" => text.to_owned(),
        None => format!("**/{text}"),
    }
}

/// Resolves `.` and `..` by the text: how many directories up the pattern starts, and the rest of it.
fn without_dots(text: &str) -> (usize, String) {
    let mut up = 0;
    let mut parts = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => up += 1,
            ".." => {}
            other => parts.push(other),
        }
    }
    (up, parts.join("/"))
}
