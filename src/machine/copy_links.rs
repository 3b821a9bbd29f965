//! Which out-of-line copies lead to others.

use crate::plain::{Fields, Plain};

/// A copy that leads to another one, by the indexes of their trampolines. It is ordered by the latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CopyLink {
    /// The other one, to which only copies lead.
    pub to: u32,
    /// The one that leads there.
    pub from: u32,
}

impl Plain for CopyLink {
    const SIZE: usize = 8;

    fn put(&self, bytes: &mut Vec<u8>) {
        self.to.put(bytes);
        self.from.put(bytes);
    }

    fn take(fields: &mut Fields) -> Self {
        Self { to: fields.u32(), from: fields.u32() }
    }
}
