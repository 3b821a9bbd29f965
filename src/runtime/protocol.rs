//! What a probe may ask of the recorder, as numbers. `build.rs` gives these constants to the C code of the
//! probes, so this file depends on nothing.

/// Kinds of question: the first argument of `forkcov_question`.
pub mod question {
    /// Which record has the source file of this name (address and length)? 0 if the file does not count.
    pub const FILE: u64 = 1;
    /// Make the log this many bytes long. The answer is its length; 0 if it cannot grow.
    pub const LOG_SIZE: u64 = 2;
    /// Show a diagnostic: its code, and a detail. The answer is ignored.
    pub const DIAGNOSTIC: u64 = 3;
}

/// Codes of diagnostics.
pub mod diagnostic {
    /// All tool identifiers of sys.monitoring are in use.
    pub const NO_TOOL: u64 = 1;
    /// A function of the interpreter failed when the probe started.
    pub const START_FAILED: u64 = 2;
    /// More of the log could not be mapped.
    pub const UNMAPPED: u64 = 3;
    /// The interpreter is newer than all known versions. The detail is its version (`PY_VERSION_HEX`).
    pub const NEWER_VERSION: u64 = 4;
}

/// Offsets in the block `forkcov_log`, where the recorder says where it has mapped the log.
pub mod log_mapping {
    /// The address, 8 bytes.
    pub const ADDRESS: u64 = 0;
    /// How many bytes are mapped, 8 bytes.
    pub const LENGTH: u64 = 8;
    /// Size of the block.
    pub const SIZE: u64 = 16;
}
