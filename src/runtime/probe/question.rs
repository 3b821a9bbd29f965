//! What a probe asks of the recorder.

use crate::runtime::protocol::question;

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
    Show {
        /// One of [`crate::runtime::protocol::diagnostic`]; the runtime has a text for it.
        code: u64,
        /// What the code says about it.
        detail: u64,
    },
    /// A question that this version does not know.
    Unknown,
}

impl From<[u64; 3]> for Question {
    /// By the arguments of `forkcov_question`.
    fn from([kind, first, second]: [u64; 3]) -> Self {
        match kind {
            question::FILE => Self::File { name: first, length: second },
            question::LOG_SIZE => Self::LogSize(first),
            question::DIAGNOSTIC => Self::Show { code: first, detail: second },
            _ => Self::Unknown,
        }
    }
}
