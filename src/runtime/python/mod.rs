//! CPython.

mod code_names;
pub mod line_table;
mod modules;
pub mod probe;
pub mod statements;
mod version;
pub mod versions;

pub use version::Version;

use super::probe::{ProbeDiagnostic, ProbeImage};
use super::{CodeName, CodeRecord, CodeUnit, LinePatterns, Malformed, Runtime, SourceUnits, Start};
use crate::numbers;
use line_table::LineTable;
use std::error::Error;
use std::path::{Path, PathBuf};

/// The runtime of CPython.
#[derive(Debug)]
pub struct Python;

impl Runtime for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn title(&self) -> &'static str {
        "Python"
    }

    fn is_library(&self, file_name: &[u8]) -> bool {
        file_name.starts_with(b"libpython")
    }

    /// When one of these returns, an interpreter has just been initialised, and the calling thread holds its
    /// lock.
    fn start(&self) -> Start {
        Start::AfterReturnOf(&[
            "Py_InitializeFromConfig",
            "Py_NewInterpreter",
            "_Py_NewInterpreter",
            "Py_NewInterpreterFromConfig",
        ])
    }

    fn probe(&self) -> &'static ProbeImage {
        probe::image()
    }

    fn diagnostic(&self, code: u64, detail: u64) -> Option<ProbeDiagnostic> {
        let diagnostic = probe::PythonDiagnostic::new(code, detail)?;
        Some(ProbeDiagnostic { text: diagnostic.to_string(), is_doubt: diagnostic.is_doubt() })
    }

    fn version_name(&self, version: u32) -> String {
        Version(version).to_string()
    }

    fn read_code(
        &self,
        version: u32,
        record: &CodeRecord,
        parent: Option<&CodeName>,
    ) -> Result<CodeUnit, Malformed> {
        let version = Version(version);
        let &CodeRecord { first_line, line_table, code_size, .. } = record;
        let mut lines = LineTable { bytes: line_table, first: first_line, code_size }.lines(version)?;
        let name = code_names::name(record, version, parent);
        let first = u32::try_from(first_line).ok().filter(|line| *line < numbers::LIMIT);
        if record.flags & versions::NATIVE_CODE != 0 {
            lines = lines.difference(&first.into_iter().collect());
        }
        let definition = first.filter(|_| code_names::is_defined(&name));
        Ok(CodeUnit { lines, name, definition })
    }

    fn has_lines_of_source(&self) -> bool {
        false
    }

    fn default_exclusions(&self) -> &'static [&'static str] {
        statements::DEFAULT_EXCLUSIONS
    }

    fn default_partial_branches(&self) -> &'static [&'static str] {
        statements::DEFAULT_PARTIAL_BRANCHES
    }

    fn statements(
        &self,
        source: &[u8],
        patterns: &LinePatterns,
        also_excluded: &[u32],
        with_branches: bool,
    ) -> Result<SourceUnits, Box<dyn Error + Send + Sync>> {
        Ok(statements::read_units(source, patterns, also_excluded, with_branches)?)
    }

    fn loadable_sources(&self, directory: &Path) -> Vec<PathBuf> {
        modules::modules(directory)
    }

    /// The standard library, and what pip and Debian install, in virtual environments too.
    fn system_trees(&self) -> &'static [&'static str] {
        &["**/lib/python[0-9]*/**", "**/lib64/python[0-9]*/**", "**/site-packages/**", "**/dist-packages/**"]
    }

    fn is_reported_by_coverage_py(&self) -> bool {
        true
    }
}
