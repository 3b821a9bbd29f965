//! Addresses in an object that is not loaded yet.

use serde::{Deserialize, Serialize};

/// An address as the object's program headers give it, before the object is loaded ("stated virtual
/// memory address").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Svma(pub u64);

impl Svma {
    /// The address in a process that has the object loaded with `bias`.
    pub fn loaded(self, bias: u64) -> u64 {
        self.0.wrapping_add(bias)
    }
}
