//! Which source files count: `--source`, `--include` and `--omit`, with coverage.py's meaning.
//!
//! * With `--source`, what lies under one of its directories; `--include` is then of no use
//!   ([`SourceFilter::ignores_include`]).
//! * Else with `--include`, what matches one of its patterns.
//! * With neither, a run takes every source that is here and not the system's (see `system.rs`), and a report all
//!   that was recorded.
//! * `--omit` takes away from any of these.
//!
//! And where they are: [`PathMaps`] rewrites the paths of other machines.

mod here;
mod path_map;
mod pattern;
mod system;

pub use here::{Here, normalised};
pub use path_map::{PathMap, PathMaps};
pub use pattern::Error;

use pattern::Pattern;
use std::path::{Path, PathBuf};
use system::SystemSources;

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Directories of `--source`; they need not exist on this machine.
    pub source: Vec<PathBuf>,
    /// Patterns of `--include`.
    pub include: Vec<String>,
    /// Patterns of `--omit`.
    pub omit: Vec<String>,
}

/// Decides of a source file whether it counts.
#[derive(Debug)]
pub struct SourceFilter {
    scope: Scope,
    omit: Vec<Pattern>,
    ignores_include: bool,
}

/// What is said of a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Counts,
    /// Nobody has asked for it.
    LeftOut,
    /// It is not on this machine. Whoever names it with `--source` or `--include` means it all the same.
    Absent,
}

#[derive(Debug)]
enum Scope {
    Under(Vec<PathBuf>),
    Matching(Vec<Pattern>),
    NotSystem(Box<SystemSources>),
    Everything,
}

impl SourceFilter {
    /// The filter of a run: without `--source` and `--include`, all that are here but the system's.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn for_run(here: &Here, selection: &Selection) -> Result<Self, Error> {
        Self::new(here, selection, || Scope::NotSystem(Box::new(SystemSources::new(here))))
    }

    /// The filter of a report: without `--source` and `--include`, all that the data file has.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn for_report(here: &Here, selection: &Selection) -> Result<Self, Error> {
        Self::new(here, selection, || Scope::Everything)
    }

    fn new(here: &Here, selection: &Selection, default: impl FnOnce() -> Scope) -> Result<Self, Error> {
        let directories: Vec<PathBuf> = selection
            .source
            .iter()
            .filter(|directory| !directory.as_os_str().is_empty())
            .flat_map(|directory| here.names_of(directory))
            .collect();
        let include = patterns(here, &selection.include)?;
        let omit = patterns(here, &selection.omit)?;
        let ignores_include = !directories.is_empty() && !include.is_empty();
        let scope = if !directories.is_empty() {
            Scope::Under(directories)
        } else if !include.is_empty() {
            Scope::Matching(include)
        } else {
            default()
        };
        Ok(Self { scope, omit, ignores_include })
    }

    /// Whether the source file `path`, absolute and normalised, counts.
    pub fn wants(&self, path: &Path) -> bool {
        self.verdict(path) == Verdict::Counts
    }

    /// Whether the source file `path`, absolute and normalised, counts, and if not, why not.
    pub fn verdict(&self, path: &Path) -> Verdict {
        if !self.is_chosen(path) {
            Verdict::LeftOut
        } else if matches!(self.scope, Scope::NotSystem(_)) && !path.exists() {
            Verdict::Absent
        } else {
            Verdict::Counts
        }
    }

    /// Whether `object`, an ELF file, is the system's own, so that what the system has of debug information on it (packages
    /// like libc6-dbg) is of no interest.
    pub fn leaves_out(&self, object: &Path) -> bool {
        matches!(&self.scope, Scope::NotSystem(system) if system.owns(object))
    }

    fn is_chosen(&self, path: &Path) -> bool {
        let inside = match &self.scope {
            Scope::Under(directories) => {
                let is_under = |path: &Path| directories.iter().any(|directory| path.starts_with(directory));
                // A compiler may name it through a symbolic link, as Debian's Go does its own sources.
                is_under(path) || path.canonicalize().is_ok_and(|resolved| is_under(&resolved))
            }
            Scope::Matching(patterns) => patterns.iter().any(|pattern| pattern.matches(path)),
            Scope::NotSystem(system) => !system.owns(path),
            Scope::Everything => true,
        };
        inside && !self.omit.iter().any(|pattern| pattern.matches(path))
    }

    /// Whether both `--source` and `--include` were given, so that the latter has no effect: worth a warning.
    pub fn ignores_include(&self) -> bool {
        self.ignores_include
    }
}

fn patterns(here: &Here, texts: &[String]) -> Result<Vec<Pattern>, Error> {
    texts.iter().filter(|text| !text.is_empty()).map(|text| Pattern::new(here, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_behind_a_symbolic_link_is_under_the_directory_that_holds_it() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("real")).unwrap();
        std::fs::write(root.join("real/a.c"), "").unwrap();
        std::os::unix::fs::symlink("real", root.join("link")).unwrap();
        let selection = Selection { source: vec![root.join("real")], ..Selection::default() };
        let filter = SourceFilter::for_run(&Here::at(&root), &selection).unwrap();
        assert!(filter.wants(&root.join("link/a.c")));
        assert!(filter.wants(&root.join("real/a.c")));
        assert!(filter.wants(&root.join("real/gone.c")));
        assert!(!filter.wants(&root.join("link/gone.c")));
    }
}
