//! Functions that do not return.

use hashbrown::HashSet;

/// Functions that do not return, by their addresses, and by those of the words in memory that contain them.
#[derive(Debug, Default)]
pub(crate) struct NoReturn {
    /// All that are known.
    pub(crate) any: HashSet<u64>,
    /// The function that goes on with the unwinding of the stack after a clean-up.
    pub(crate) unwinding: HashSet<u64>,
}
