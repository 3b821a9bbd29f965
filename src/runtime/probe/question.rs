//! What a probe asks of the recorder.

use crate::runtime::protocol::{diagnostic, question};
use crate::runtime::python::versions;
use std::fmt;

/// What a probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The record of the source file of this name, or 0 if it does not count.
    File {
        /// The address of the name.
        name: u64,
        /// Its length.
        length: u64,
    },
    /// The log is to have this many bytes. The answer is its length, or 0 if it cannot grow.
    LogSize(u64),
    /// A diagnostic is to be shown. The answer is ignored.
    Show(Diagnostic),
    /// A question that this version does not know.
    Unknown,
}

/// What a probe reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diagnostic {
    /// All tool identifiers of sys.monitoring are in use.
    NoTool,
    /// A function of the interpreter failed when the probe started.
    StartFailed,
    /// More of the log could not be mapped.
    Unmapped,
    /// The interpreter has this version, which is newer than all known ones.
    NewerVersion(u64),
}

impl From<[u64; 3]> for Question {
    /// By the arguments of `forkcov_question`.
    fn from([kind, first, second]: [u64; 3]) -> Self {
        match (kind, first) {
            (question::FILE, name) => Self::File { name, length: second },
            (question::LOG_SIZE, size) => Self::LogSize(size),
            (question::DIAGNOSTIC, diagnostic::NO_TOOL) => Self::Show(Diagnostic::NoTool),
            (question::DIAGNOSTIC, diagnostic::START_FAILED) => Self::Show(Diagnostic::StartFailed),
            (question::DIAGNOSTIC, diagnostic::UNMAPPED) => Self::Show(Diagnostic::Unmapped),
            (question::DIAGNOSTIC, diagnostic::NEWER_VERSION) => Self::Show(Diagnostic::NewerVersion(second)),
            _ => Self::Unknown,
        }
    }
}

/// The reason why lines are missing.
impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NoTool => formatter.write_str("all tool identifiers of sys.monitoring are in use"),
            Self::StartFailed => formatter.write_str("its interpreter has refused the probe"),
            Self::Unmapped => formatter.write_str("no more memory can be mapped"),
            Self::NewerVersion(hex) => {
                let (major, minor) = versions::minor(*hex as u32);
                let (oldest, newest) = (versions::OLDEST, versions::NEWEST);
                write!(
                    formatter,
                    "CPython {major}.{minor} is newer than the versions that this forkcov knows ({}.{} to {}.{})",
                    oldest.0, oldest.1, newest.0, newest.1
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_version_is_named_beside_the_known_ones() {
        let Question::Show(diagnostic) = Question::from([3, 4, 0x030f_00a1]) else { panic!("a diagnostic") };
        let told = "CPython 3.15 is newer than the versions that this forkcov knows (3.9 to 3.14)";
        assert_eq!(diagnostic.to_string(), told);
    }
}
