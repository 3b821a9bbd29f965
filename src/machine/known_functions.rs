//! Functions with a behaviour that is known by their names.

use hashbrown::HashSet;
use std::ops::Range;

/// Such functions, by their addresses. Most are also known by the addresses of the words in memory that
/// contain theirs.
#[derive(Debug, Default)]
pub(crate) struct KnownFunctions {
    /// Those that do not return.
    pub(crate) no_return: HashSet<u64>,
    /// The function that continues the unwinding of the stack after a clean-up.
    pub(crate) unwinding: HashSet<u64>,
    /// A runtime can continue a caller at the call itself, from wherever in the caller it was.
    pub(crate) resumed_at_call: HashSet<u64>,
    /// Compilers call them where a check that they have inserted fails, or may skip the rest.
    pub(crate) of_checks: HashSet<u64>,
    /// Compilers call them to initialise a variable of a function once, or to get memory for the frame of a
    /// function, and look at what they return.
    pub(crate) of_guards: HashSet<u64>,
    /// They free memory. Compilers look before whether there is any.
    pub(crate) deletes: HashSet<u64>,
    /// Compilers make them. Arguments say which variables they initialise.
    pub(crate) initialisers: HashSet<u64>,
    /// A call into this code keeps the processor's flags, and the caller may rely on that.
    pub(crate) keeps_flags: Vec<Range<u64>>,
}
