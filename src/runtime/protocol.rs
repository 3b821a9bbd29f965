//! What a probe may ask of the recorder, as numbers. `build.rs` gives these constants to the C code of the
//! probes, so this file depends on nothing.

/// Kinds of question: the first argument of `forkcov_question`.
pub mod question {
    /// Which number has the source file of this name (address and length)? 0 if the file does not count.
    pub const FILE: u64 = 1;
    /// Make the log this many bytes long. The answer is its length; 0 if it cannot grow.
    pub const LOG_SIZE: u64 = 2;
    /// Show a diagnostic: its code, and a detail. The answer is ignored.
    pub const DIAGNOSTIC: u64 = 3;
    /// Give the process a log. The first number has in its lower half the log that it continues, plus 1 (0:
    /// none), and in the upper half the version of the interpreter. The second is a socket, plus 1, for
    /// [`PASS`] at once; 0 if that is asked later. The answer is one of [`super::log_answer`].
    pub const LOG: u64 = 4;
    /// Append a record to the log: its address and size. The answer is its slot, or 0.
    pub const RECORD: u64 = 5;
    /// Send the file of the log through this socket (SCM_RIGHTS of unix(7)). The answer is 0 if that cannot
    /// be done.
    pub const PASS: u64 = 6;
    /// A test begins that has this name (address and length), or ends if the length is 0. The answer is the
    /// number of the context that begins by that, or 0.
    pub const TEST: u64 = 7;
    /// A test has ended, or a phase of one, that has this name: its address, and four times its length,
    /// plus 1 if it has failed, plus 2 if the framework stops behind it. The answer is ignored.
    pub const RESULT: u64 = 8;
}

/// Answers to [`question::LOG`]. Unless there is none, [`log_mapping`] is filled in.
pub mod log_answer {
    /// The process has no log.
    pub const NONE: u64 = 0;
    /// It may not make the system calls that are needed to map the log: it passes each record.
    pub const APPEND: u64 = 1;
    /// It may map the log, which has been sent if there was a socket.
    pub const MAP: u64 = 2;
}

/// Codes of diagnostics.
pub mod diagnostic {
    /// All tool identifiers of sys.monitoring are in use.
    pub const NO_TOOL: u64 = 1;
    /// A function of the interpreter failed when the probe started.
    pub const START_FAILED: u64 = 2;
    /// The description of a code unit is larger than any record.
    pub const TOO_LARGE: u64 = 3;
    /// The interpreter is newer than all known versions. The detail is its version (`PY_VERSION_HEX`).
    pub const NEWER_VERSION: u64 = 4;
    /// Data of the interpreter are not where the probe looks for them. The detail is its version.
    pub const UNKNOWN_LAYOUT: u64 = 5;
}

/// What the probe for shells logs of code units.
pub mod shell {
    /// The flag of a function.
    pub const FUNCTION: u32 = 1;
}

/// Offsets in the block `forkcov_log`, in which the recorder says which log the process has.
pub mod log_mapping {
    /// How many bytes the file has, 8 bytes.
    pub const FILE_SIZE: u64 = 0;
    /// The number of the slot at offset 0, 4 bytes.
    pub const FIRST: u64 = 8;
    /// The number of the log, plus 1, 4 bytes.
    pub const NUMBER: u64 = 12;
    /// Size of the block.
    pub const SIZE: u64 = 16;
}
