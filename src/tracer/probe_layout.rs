//! The layout of the memory that a probe shares with the tracer. `build.rs` gives these constants to the C
//! code of the probes, so this file depends on nothing.

/// Offsets in the block of a process, which the tracer resets for each new process.
pub mod process {
    /// The number of the process in the run, plus 1 (4 bytes).
    pub const NUMBER: u64 = 0;
    /// The tracer sets it to 1 when it releases the process (4 bytes).
    pub const IS_RELEASED: u64 = 4;
    /// How many threads the tracer has seen born (4 bytes).
    pub const THREADS_BORN: u64 = 8;
    /// A number that no other context of the run has; 0 until one has begun (4 bytes).
    pub const CONTEXT: u64 = 56;
    /// Where the process has its log among the logs of children, plus 1; 0 if it has none there (4 bytes).
    pub const PLACE: u64 = 64;
    /// The number of that log, plus 1 (4 bytes).
    pub const LOG_NUMBER: u64 = 68;
    /// Size of the block. All else in it is the probe's, and 0 in a new process.
    pub const SIZE: u64 = 88;
}

/// What the function of a probe gives that is called before a hooked one.
pub mod answer {
    /// It is not to be called again.
    pub const NEVER: u64 = 0;
    /// It is to be called before each call.
    pub const EACH_TIME: u64 = 1;
    /// It could not start yet, and is to be called before the next call.
    pub const NOT_YET: u64 = 2;
}

/// Offsets in the list of words that the tracer writes when a thread is born.
pub mod thread_writes {
    /// How many entries there are (8 bytes).
    pub const COUNT: u64 = 0;
    /// The first entry.
    pub const FIRST: u64 = 8;
    /// From one entry to the next.
    pub const STRIDE: u64 = 24;
    /// The tracer believes no count above this.
    pub const MOST: u64 = 1024;

    /// In an entry: the address that is written to.
    pub const PLACE: u64 = 0;
    /// In an entry: the word that is written there.
    pub const VALUE: u64 = 8;
    /// In an entry: the address where the word that was there is saved, if it was another.
    pub const FORMER: u64 = 16;
}
