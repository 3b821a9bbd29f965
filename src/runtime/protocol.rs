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
    /// Give the process a log. It continues the log of this number, plus 1 (0: none), and is of this version
    /// of the interpreter. The answer is 0 if that cannot be done, else [`super::log_mapping`] is filled in.
    pub const LOG: u64 = 4;
    /// Append a record to the log: its address and size. The answer is its slot, or 0.
    pub const RECORD: u64 = 5;
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
}

/// Offsets in the block `forkcov_log`, where the recorder says which log the process has.
pub mod log_mapping {
    /// The address at which it is mapped, 8 bytes; 0 if the process cannot map it.
    pub const ADDRESS: u64 = 0;
    /// How many bytes are mapped, 8 bytes. That may be more than the file has.
    pub const LENGTH: u64 = 8;
    /// How many bytes the file has, 8 bytes.
    pub const FILE_SIZE: u64 = 16;
    /// The number of the slot at offset 0, 4 bytes.
    pub const FIRST: u64 = 24;
    /// The number of the log, plus 1, 4 bytes.
    pub const NUMBER: u64 = 28;
    /// Size of the block.
    pub const SIZE: u64 = 32;
}

/// The block `forkcov_scratch`, which the recorder may overwrite.
pub mod scratch {
    /// Its size.
    pub const SIZE: u64 = 512;
}
