//! One pattern of `--include` or `--omit`.

use super::here::Here;
use crate::byte_text;
use globset::{GlobBuilder, GlobMatcher};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A pattern that is not valid.
#[derive(Debug, thiserror::Error)]
#[error("malformed pattern {pattern:?}: {reason}")]
pub struct PatternError {
    /// The pattern as it was given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A glob that is matched against the part of a path after one of its base directories.
///
/// The base directories are not part of the glob, so their names may contain `[` or `*`.
#[derive(Debug)]
pub(super) struct Pattern {
    bases: Vec<PathBuf>,
    glob: GlobMatcher,
}

impl Pattern {
    /// Reads `text`, which holds bytes (see [`byte_text`]), as coverage.py does: `*` and `?` do not match a
    /// `/`, `**` does; a leading `*/` means `**/`, a trailing `/*` means `/**`; braces are literal; a
    /// pattern that does not begin with a wildcard is relative to the current directory. In addition, a
    /// pattern that begins with a wildcard and has no `/` (`*.c`) matches at any depth, because it could
    /// not match an absolute path otherwise.
    pub(super) fn new(here: &Here, text: &str) -> Result<Self, PatternError> {
        let fail = |reason: &str| PatternError { pattern: text.to_owned(), reason: reason.to_owned() };
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
        self.bases.iter().any(|base| path.strip_prefix(base).is_ok_and(|rest| self.matches_rest(rest)))
    }

    /// The glob is text, and so it is matched against the path as text that holds bytes.
    fn matches_rest(&self, rest: &Path) -> bool {
        self.glob.is_match(&*byte_text::encode(rest.as_os_str().as_bytes()))
    }
}

/// Extends a pattern that begins with a wildcard so that it matches from the root.
fn anywhere(text: &str) -> String {
    match text.strip_prefix("*/") {
        Some(rest) => format!("**/{rest}"),
        None if text.starts_with("**/") || text == "**" => text.to_owned(),
        None => format!("**/{text}"),
    }
}

/// Resolves `.` and `..` lexically. Returns how many directories up the pattern starts, and the rest of it.
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
