//! One pattern of `--include` or `--omit`.

use super::here::Here;
use crate::byte_text;
use crate::real_path::RealPaths;
use globset::{GlobBuilder, GlobMatcher};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A pattern that is not valid.
#[derive(Debug, thiserror::Error)]
#[error("malformed pattern {:?}: {reason}", byte_text::decode_path(pattern))]
pub struct PatternError {
    /// The pattern as it was given.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A glob that is matched against the part of a path after one of its base directories.
///
/// The base directories are not part of the glob, so their names may contain `[` or `*`.
///
/// Sources have their real paths. So the part of a pattern before its first wildcard is also taken as the
/// name of a directory or file, and resolved.
#[derive(Debug)]
pub(super) struct Pattern {
    bases: Vec<PathBuf>,
    glob: GlobMatcher,
    /// Real directories, with what remains of the pattern; `None` if the whole pattern names a file.
    resolved: Vec<(PathBuf, Option<GlobMatcher>)>,
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
        let compile = |glob: &str| {
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            Ok(glob.map_err(|error| fail(&error.kind().to_string()))?.compile_matcher())
        };
        let (literal, rest) = split_literal(&glob);
        let rest = rest.map(compile).transpose()?;
        let real_paths = RealPaths::default();
        let named = bases
            .iter()
            .map(|base| base.join(byte_text::decode_path(literal)))
            .filter(|_| !literal.is_empty());
        let resolved = named.filter_map(|named| {
            let real = real_paths.resolve(&named).path;
            (real != named).then(|| (real, rest.clone()))
        });
        Ok(Self { resolved: resolved.collect(), glob: compile(&glob)?, bases })
    }

    /// Whether the absolute, normalised `path` matches.
    pub(super) fn matches(&self, path: &Path) -> bool {
        let is_below = |base: &Path, glob: &GlobMatcher| {
            // The glob is text, and so it is matched against the path as text that holds bytes.
            let rest = path.strip_prefix(base);
            rest.is_ok_and(|rest| glob.is_match(&*byte_text::encode(rest.as_os_str().as_bytes())))
        };
        self.bases.iter().any(|base| is_below(base, &self.glob))
            || self.resolved.iter().any(|(base, rest)| match rest {
                Some(rest) => is_below(base, rest),
                None => path == base,
            })
    }
}

/// The parts of a glob before the first one with a wildcard, and those from there on.
fn split_literal(glob: &str) -> (&str, Option<&str>) {
    let Some(wildcard) = glob.find(['*', '?', '[', '\\']) else { return (glob, None) };
    match glob[..wildcard].rfind('/') {
        Some(slash) => (&glob[..slash], Some(&glob[slash + 1..])),
        None => ("", Some(glob)),
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
