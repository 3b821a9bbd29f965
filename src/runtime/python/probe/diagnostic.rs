//! What the probe for CPython reports.

use crate::runtime::protocol::diagnostic;
use crate::runtime::python::{Version, versions};
use std::fmt;

/// What the probe reports. Its text is the reason why lines are missing, or may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PythonDiagnostic {
    /// All tool identifiers of sys.monitoring are in use.
    NoTool,
    /// A function of the interpreter failed when the probe started.
    StartFailed,
    /// The description of a code object is larger than any record.
    TooLarge,
    /// The interpreter has this version, which is newer than all known ones.
    NewerVersion(Version),
}

impl PythonDiagnostic {
    /// The diagnostic with this code. `None` if this version knows none.
    pub fn new(code: u64, detail: u64) -> Option<Self> {
        Some(match code {
            diagnostic::NO_TOOL => Self::NoTool,
            diagnostic::START_FAILED => Self::StartFailed,
            diagnostic::TOO_LARGE => Self::TooLarge,
            diagnostic::NEWER_VERSION => Self::NewerVersion(Version(detail as u32)),
            _ => return None,
        })
    }

    /// Is there a probe that records lines nevertheless?
    pub fn is_doubt(self) -> bool {
        matches!(self, Self::NewerVersion(_))
    }
}

impl fmt::Display for PythonDiagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NoTool => formatter.write_str("all tool identifiers of sys.monitoring are in use"),
            Self::StartFailed => formatter.write_str("its interpreter has refused the probe"),
            Self::TooLarge => {
                formatter.write_str("a code object has a name or line table of more than 16 MB")
            }
            Self::NewerVersion(version) => {
                let (oldest, newest) = (versions::OLDEST, versions::NEWEST);
                write!(formatter, "CPython {version} is newer than the versions that this forkcov ")?;
                write!(formatter, "knows ({}.{} to {}.{})", oldest.0, oldest.1, newest.0, newest.1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_version_is_named_beside_the_known_ones() {
        let shown = PythonDiagnostic::new(diagnostic::NEWER_VERSION, 0x0310_00a1).unwrap();
        let expected = "CPython 3.16.0a1 is newer than the versions that this forkcov knows (3.9 to 3.15)";
        assert_eq!(shown.to_string(), expected);
        assert!(shown.is_doubt());
    }
}
