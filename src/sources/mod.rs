//! Which source files count: `--source`, `--include` and `--omit`, with the meaning that they have in
//! coverage.py.
//!
//! * With `--source` or `--source-pkgs`: the files below one of its directories, or of its packages.
//!   `--include` then has no effect ([`SourceFilter::ignores_include`]).
//! * Otherwise, with `--include`: the files that match one of its patterns.
//! * With neither: in a run, the files that exist and do not belong to the system (see `system.rs`); in a
//!   report, all recorded files.
//! * `--omit` excludes files from any of these.
//!
//! [`PathMaps`] rewrites the paths of other machines to local ones.

mod here;
mod package;
mod path_map;
mod pattern;
mod system;
mod toolchains;
mod tree;

pub use crate::real_path::normalised;
pub use here::{Here, first_names};
pub use path_map::{PathMap, PathMaps};
pub use pattern::PatternError;
pub use system::SystemSources;

use crate::byte_text;
use crate::quote;
use crate::source_file;
use package::Package;
use pattern::Pattern;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Whether `pattern`, as of `--include`, can be used.
///
/// # Errors
/// When it is malformed.
pub fn check_pattern(pattern: &str) -> Result<(), PatternError> {
    Pattern::new(&Here::at("/"), pattern).map(drop)
}

/// Which source files the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Directories of `--source`; they need not exist on this machine.
    pub source: Vec<PathBuf>,
    /// Python packages and modules of `--source-pkgs`.
    pub packages: Vec<String>,
    /// Patterns of `--include`.
    pub include: Vec<String>,
    /// Patterns of `--omit`.
    pub omit: Vec<String>,
}

impl Selection {
    /// The flags that select sources, as they were given. Without any, it is empty.
    pub fn flags(&self) -> String {
        let source = self.source.iter().map(|path| format!("--source {}", quote::path(path)));
        let packages =
            self.packages.iter().map(|name| format!("--source-pkgs {}", quote::name(name.as_bytes())));
        let include = self
            .include
            .iter()
            .map(|pattern| format!("--include {}", quote::name(&byte_text::decode(pattern))));
        let omit =
            self.omit.iter().map(|pattern| format!("--omit {}", quote::name(&byte_text::decode(pattern))));
        let scope: Vec<String> = match self.source.is_empty() && self.packages.is_empty() {
            true => include.collect(),
            false => source.chain(packages).collect(),
        };
        scope.into_iter().chain(omit).collect::<Vec<_>>().join(" ")
    }
}

/// Decides whether a source file counts.
#[derive(Debug)]
pub struct SourceFilter {
    here: Here,
    scope: SelectionScope,
    omit: Vec<Pattern>,
    ignores_include: bool,
}

/// The decision about a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Counts,
    /// It was not asked for.
    LeftOut,
    /// It does not exist on this machine. If `--source` or `--include` selects it, it counts all the same.
    Absent,
}

#[derive(Debug)]
enum SelectionScope {
    Under { directories: Vec<PathBuf>, packages: Vec<Package> },
    Matching(Vec<Pattern>),
    NotSystem(Box<SystemSources>),
    Everything,
}

impl SourceFilter {
    /// The filter of a run. Without `--source` and `--include`, it selects all files that exist here and do
    /// not belong to the system.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn for_run(here: &Here, selection: &Selection) -> Result<Self, PatternError> {
        Self::new(here, selection, || SelectionScope::NotSystem(Box::new(SystemSources::new(here))))
    }

    /// The filter of a report. Without `--include`, it selects all files of the data file.
    ///
    /// # Errors
    /// When a pattern is malformed.
    pub fn for_report(here: &Here, selection: &Selection) -> Result<Self, PatternError> {
        Self::new(here, selection, || SelectionScope::Everything)
    }

    fn new(
        here: &Here,
        selection: &Selection,
        default: impl FnOnce() -> SelectionScope,
    ) -> Result<Self, PatternError> {
        let directories: Vec<PathBuf> = selection
            .source
            .iter()
            .filter(|directory| !directory.as_os_str().is_empty())
            .flat_map(|directory| here.names_of(directory))
            .collect();
        let include = patterns(here, &selection.include)?;
        let omit = patterns(here, &selection.omit)?;
        let packages: Vec<Package> = selection.packages.iter().map(|name| Package::new(name)).collect();
        let has_source = !directories.is_empty() || !packages.is_empty();
        let ignores_include = has_source && !include.is_empty();
        let scope = if has_source {
            SelectionScope::Under { directories, packages }
        } else if !include.is_empty() {
            SelectionScope::Matching(include)
        } else {
            default()
        };
        Ok(Self { here: here.clone(), scope, omit, ignores_include })
    }

    /// The directories of `--source`, absolute.
    pub fn directories(&self) -> &[PathBuf] {
        match &self.scope {
            SelectionScope::Under { directories, .. } => directories,
            _ => &[],
        }
    }

    /// The directories of the packages of `--source-pkgs` to which `sources` belong.
    pub fn package_directories<'p>(&self, sources: impl IntoIterator<Item = &'p Path>) -> BTreeSet<PathBuf> {
        let SelectionScope::Under { packages, .. } = &self.scope else { return BTreeSet::new() };
        let roots = |path: &'p Path| packages.iter().filter_map(move |package| package.root_of(path));
        sources.into_iter().flat_map(roots).filter(|root| root.is_dir()).map(Path::to_owned).collect()
    }

    /// Whether the source file `path`, a real path or a relative one, counts: see [`SourceFilter::verdict`].
    pub fn wants(&self, path: &Path) -> bool {
        self.verdict(path) == Verdict::Counts
    }

    /// Whether the source file `path`, a real path, counts, and if not, why not.
    ///
    /// A relative path is that of a source that was not found in any of the directories where it may be. So
    /// it is below none of `--source`; patterns take it for one of the current directory.
    pub fn verdict(&self, path: &Path) -> Verdict {
        if path.is_relative() {
            return self.verdict_of_relative(path);
        }
        if !self.is_chosen(path) {
            Verdict::LeftOut
        } else if matches!(self.scope, SelectionScope::NotSystem(_)) && !source_file::exists(path) {
            Verdict::Absent
        } else {
            Verdict::Counts
        }
    }

    fn verdict_of_relative(&self, path: &Path) -> Verdict {
        let names: Vec<PathBuf> = self.here.names().iter().map(|name| normalised(&name.join(path))).collect();
        let matches = |patterns: &[Pattern]| {
            patterns.iter().any(|pattern| names.iter().any(|name| pattern.matches(name)))
        };
        match &self.scope {
            _ if matches(&self.omit) => Verdict::LeftOut,
            SelectionScope::Under { .. } => Verdict::LeftOut,
            SelectionScope::Matching(patterns) if !matches(patterns) => Verdict::LeftOut,
            SelectionScope::NotSystem(_) if system::owns_relative(path) => Verdict::LeftOut,
            SelectionScope::NotSystem(_) => Verdict::Absent,
            SelectionScope::Matching(_) | SelectionScope::Everything => Verdict::Counts,
        }
    }

    /// Whether the ELF file `object` belongs to the system, so that its separate debug information (from
    /// packages like libc6-dbg) is not needed.
    pub fn leaves_out(&self, object: &Path) -> bool {
        matches!(&self.scope, SelectionScope::NotSystem(system) if system.owns(object))
    }

    fn is_chosen(&self, path: &Path) -> bool {
        let inside = match &self.scope {
            SelectionScope::Under { directories, packages } => {
                directories.iter().any(|directory| path.starts_with(directory))
                    || packages.iter().any(|package| package.root_of(path).is_some())
            }
            SelectionScope::Matching(patterns) => patterns.iter().any(|pattern| pattern.matches(path)),
            SelectionScope::NotSystem(system) => !system.owns(path),
            SelectionScope::Everything => true,
        };
        inside && !self.omit.iter().any(|pattern| pattern.matches(path))
    }

    /// Whether both `--source` and `--include` were given, so that the latter has no effect. This deserves a
    /// warning.
    pub fn ignores_include(&self) -> bool {
        self.ignores_include
    }
}

fn patterns(here: &Here, texts: &[String]) -> Result<Vec<Pattern>, PatternError> {
    texts.iter().filter(|text| !text.is_empty()).map(|text| Pattern::new(here, text)).collect()
}
