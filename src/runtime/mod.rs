//! Language runtimes: all that differs between interpreters.
//!
//! A runtime is a folder here that implements [`Runtime`], and a line in [`ALL`]. No other room knows which
//! runtimes there are. They ask the registry:
//!
//! | room | asks |
//! |---|---|
//! | `record` | in which files an interpreter is, which functions to hook, and which probe to inject |
//! | `data` | what a code record of a log means: its lines and its name |
//! | `report`, `record` | which lines of a source are statements, and which are branches |
//! | `sources` | which source trees belong to the runtime itself |
//!
//! A runtime answers from files and bytes. It touches no process: `record` injects the probe and answers its
//! questions, in the same way for all runtimes ([`probe`], [`protocol`]). So this room depends neither on
//! `ptrace` nor on `data`, and `data` can use it to read logs.

pub mod bash;
pub mod branches;
mod code;
pub mod definitions;
mod exclusions;
mod interpreter;
mod logical_lines;
pub mod probe;
pub mod protocol;
pub mod python;
mod source_tree;
pub mod statements;

pub use branches::Branches;
pub use code::{CodeName, CodeRecord, CodeUnit, Malformed};
pub use definitions::{Definition, DefinitionKind};
pub use exclusions::{Exclusions, LinePatterns, MalformedPattern};
pub use interpreter::{Interpreter, MissingFunction};
pub use statements::Statements;

use probe::{ProbeDiagnostic, ProbeImage};
use std::error::Error;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// All runtimes that forkcov knows.
pub static ALL: [&dyn Runtime; 2] = [&python::Python, &bash::Bash];

/// The runtime with this [`Runtime::name`].
pub fn by_name(name: &str) -> Option<&'static dyn Runtime> {
    ALL.into_iter().find(|runtime| runtime.name() == name)
}

/// When a probe is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Each time that one of these functions of the interpreter returns.
    AfterReturnOf(&'static [&'static str]),
    /// At the first call of this function. Then the probe is called at each call of it, with its first
    /// argument.
    AtCallsOf(&'static str),
}

impl Start {
    /// The functions of the interpreter that are hooked.
    fn functions(&self) -> &[&'static str] {
        match self {
            Self::AfterReturnOf(functions) => functions,
            Self::AtCallsOf(function) => std::slice::from_ref(function),
        }
    }
}

/// What a runtime finds in a source.
#[derive(Debug)]
pub struct SourceUnits {
    /// The statements.
    pub statements: Statements,
    /// The branches, if they are wanted and the runtime has any.
    pub branches: Option<Branches>,
    /// The functions and classes, in the order in which they begin: an outer one before an inner one.
    pub definitions: Vec<Definition>,
}

/// What forkcov must know of an interpreter to cover its programs.
pub trait Runtime: Debug + Sync {
    /// Its name in data files and logs: at most 16 lower-case ASCII letters.
    fn name(&self) -> &'static str;

    /// Its name in messages.
    fn title(&self) -> &'static str;

    /// Whether a library of this file name may hold the interpreter. The executable of a process may always.
    fn is_library(&self, file_name: &[u8]) -> bool;

    /// When its probe is started and called.
    fn start(&self) -> Start;

    /// The probe to inject into a process.
    fn probe(&self) -> &'static ProbeImage;

    /// Whether it forks so often that its children get logs before they ask.
    fn has_child_logs(&self) -> bool {
        false
    }

    /// The text for a diagnostic of the probe ([`protocol::diagnostic`]); `None` for an unknown code.
    fn diagnostic(&self, code: u64, detail: u64) -> Option<ProbeDiagnostic>;

    /// A version for people, as the interpreter's own command prints it.
    fn version_name(&self, version: u32) -> String;

    /// Reads the record of a code unit. `parent` is the name of the unit around it, if that is known.
    ///
    /// # Errors
    /// When the record cannot be one of this version.
    fn read_code(
        &self,
        version: u32,
        record: &CodeRecord,
        parent: Option<&CodeName>,
    ) -> Result<CodeUnit, Malformed>;

    /// Whether the lines that can run are those of the statements of a source: its logs have only those that
    /// ran.
    fn has_lines_of_source(&self) -> bool;

    /// Patterns of lines that reports exclude by default.
    fn default_exclusions(&self) -> &'static [&'static str];

    /// Patterns of lines whose branches need not be taken in each direction, by default.
    fn default_partial_branches(&self) -> &'static [&'static str] {
        &[]
    }

    /// The statements and definitions of a source, and its branches if they are wanted. Statements that
    /// `patterns` exclude do not count, nor those at the lines `also_excluded`.
    ///
    /// # Errors
    /// When the source is none of this runtime.
    fn statements(
        &self,
        source: &[u8],
        patterns: &LinePatterns,
        also_excluded: &[u32],
        with_branches: bool,
    ) -> Result<SourceUnits, Box<dyn Error + Send + Sync>>;

    /// The source files below `directory` that a program could load, sorted.
    fn loadable_sources(&self, directory: &Path) -> Vec<PathBuf>;

    /// Globs of source trees that belong to the runtime or to packages that were installed for it.
    fn system_trees(&self) -> &'static [&'static str];

    /// Whether coverage.py can report its sources.
    fn is_reported_by_coverage_py(&self) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runtime_is_found_by_its_name_which_fits_into_a_log() {
        for runtime in ALL {
            let name = runtime.name();
            assert_eq!(by_name(name).map(Runtime::name), Some(name));
            assert!((1..=16).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase()));
        }
        assert!(by_name("none").is_none());
    }
}
