//! What a probe asks of the recorder.

use crate::runtime::protocol::question;

/// What a probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The number of the source file of this name, or 0 if it does not count.
    File {
        /// The address of the name.
        name: u64,
        /// Its length.
        length: u64,
    },
    /// The log is to have this many bytes. The answer is its length, or 0 if it cannot grow.
    LogSize(u64),
    /// The process needs a log. The answer is 0 if it cannot have one.
    Log {
        /// The log that it continues.
        parent: Option<u32>,
        /// The version of the interpreter.
        version: u32,
        /// The socket of the process through which the file is to be sent at once.
        socket: Option<u64>,
    },
    /// A record is to be appended to the log. The answer is its slot, or 0.
    Record {
        /// The address of the record.
        address: u64,
        /// Its length.
        length: u64,
    },
    /// The file of the log is to be sent through this socket of the process. The answer is 0 if it cannot.
    Pass(u64),
    /// A test begins that has this name, or ends if that is empty. The answer is the number of the context
    /// that begins by that, or 0.
    Test {
        /// The address of the name.
        name: u64,
        /// Its length.
        length: u64,
    },
    /// A test has ended, or a phase of one, that has this name. The answer is ignored.
    Result {
        /// The address of the name.
        name: u64,
        /// Its length.
        length: u64,
        /// Whether it has failed.
        failed: bool,
        /// Whether the framework stops behind it, though tests may be left.
        stops: bool,
    },
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
            question::LOG => Self::Log {
                parent: (first as u32).checked_sub(1),
                version: (first >> 32) as u32,
                socket: second.checked_sub(1),
            },
            question::PASS => Self::Pass(first),
            question::TEST => Self::Test { name: first, length: second },
            question::RESULT => {
                let (failed, stops) = (second & 1 != 0, second & 2 != 0);
                Self::Result { name: first, length: second >> 2, failed, stops }
            }
            question::RECORD => Self::Record { address: first, length: second },
            question::DIAGNOSTIC => Self::Show { code: first, detail: second },
            _ => Self::Unknown,
        }
    }
}
