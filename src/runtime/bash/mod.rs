//! GNU bash, 4.4 to 5.3.

pub mod probe;
mod scripts;
pub mod statements;

use super::probe::{ProbeDiagnostic, ProbeImage};
use super::{CodeName, CodeRecord, CodeUnit, LinePatterns, Malformed, Runtime, SourceUnits, Start};
use crate::numbers;
use crate::numbers::NumberSet;
use crate::runtime::protocol::shell;
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

/// A version of bash: its three numbers in a byte each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version(u32);

/// As in 5.2.15.
impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let [_, major, minor, patch] = self.0.to_be_bytes();
        write!(formatter, "{major}.{minor}.{patch}")
    }
}

/// The runtime of bash.
#[derive(Debug)]
pub struct Bash;

impl Runtime for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn title(&self) -> &'static str {
        "bash"
    }

    fn is_library(&self, _: &[u8]) -> bool {
        false
    }

    /// Every command that a shell executes begins there.
    fn start(&self) -> Start {
        Start::AtCallsOf("execute_command_internal")
    }

    fn probe(&self) -> &'static ProbeImage {
        probe::image()
    }

    fn has_child_logs(&self) -> bool {
        true
    }

    fn diagnostic(&self, code: u64, detail: u64) -> Option<ProbeDiagnostic> {
        probe::diagnostic(code, detail)
    }

    fn version_name(&self, version: u32) -> String {
        Version(version).to_string()
    }

    /// The lines that can run are those of the source: a shell knows none before it comes to them.
    fn read_code(&self, _: u32, record: &CodeRecord, _: Option<&CodeName>) -> Result<CodeUnit, Malformed> {
        let is_function = record.flags & shell::FUNCTION != 0;
        let first = u32::try_from(record.first_line).ok().filter(|line| (1..numbers::LIMIT).contains(line));
        let name = CodeName { qualified: String::from_utf8_lossy(record.name).into_owned(), is_function };
        Ok(CodeUnit { lines: NumberSet::default(), name, definition: first.filter(|_| is_function) })
    }

    fn has_lines_of_source(&self) -> bool {
        true
    }

    fn default_exclusions(&self) -> &'static [&'static str] {
        statements::DEFAULT_EXCLUSIONS
    }

    /// A shell has no branches: a list or an `if` runs on as it is, and which of its commands ran says all.
    fn statements(
        &self,
        source: &[u8],
        patterns: &LinePatterns,
        also_excluded: &[u32],
        _: bool,
    ) -> Result<SourceUnits, Box<dyn Error + Send + Sync>> {
        Ok(statements::read_units(source, &patterns.excluded, also_excluded)?)
    }

    fn loadable_sources(&self, directory: &Path) -> Vec<PathBuf> {
        scripts::scripts(directory)
    }

    /// What starts and completes shells.
    fn system_trees(&self) -> &'static [&'static str] {
        &["/etc/profile", "/etc/profile.d/**", "/etc/bash*", "/etc/bash*/**"]
    }

    fn is_reported_by_coverage_py(&self) -> bool {
        false
    }
}
