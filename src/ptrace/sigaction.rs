//! Signal actions.

use libc::c_int;

/// A signal action as the kernel stores it (`struct sigaction` of the rt_sigaction system call, which differs
/// from the C library's). The default value is what exec leaves: SIG_DFL without flags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SigAction {
    /// SIG_DFL (0), SIG_IGN (1) or the address of a handler.
    handler: u64,
    flags: u64,
    restorer: u64,
    /// The signals that are blocked while the handler runs.
    mask: u64,
}

/// The signal set of `signal` alone, in the kernel's format.
pub const fn signal_bit(signal: c_int) -> u64 {
    1 << (signal - 1)
}

impl SigAction {
    /// Its size in bytes in the memory of a process.
    pub const SIZE: usize = 32;

    /// SIG_IGN without flags: what exec leaves of an ignored signal.
    pub const IGNORED: Self = Self { handler: 1, flags: 0, restorer: 0, mask: 0 };

    /// Is it SIG_DFL?
    pub fn is_default(&self) -> bool {
        self.handler == 0
    }

    /// Is it SIG_IGN?
    pub fn is_ignored(&self) -> bool {
        self.handler == 1
    }

    /// Is it a handler?
    pub fn is_caught(&self) -> bool {
        self.handler > 1
    }

    /// Is `other` blocked while this action's handler runs for `signal`?
    pub fn blocks(&self, signal: c_int, other: c_int) -> bool {
        let own = signal == other && self.flags & u64::from(libc::SA_NODEFER.cast_unsigned()) == 0;
        self.is_caught() && (own || self.mask & signal_bit(other) != 0)
    }

    /// Is it reset to SIG_DFL when the handler is called (SA_RESETHAND)?
    pub fn is_one_shot(&self) -> bool {
        self.is_caught() && self.flags & u64::from(libc::SA_RESETHAND.cast_unsigned()) != 0
    }

    /// Decodes it from the memory of a process.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let word = |index: usize| {
            let bytes = bytes[index * 8..].first_chunk();
            u64::from_ne_bytes(bytes.copied().unwrap_or_default())
        };
        Self { handler: word(0), flags: word(1), restorer: word(2), mask: word(3) }
    }

    /// Encodes it for the memory of a process.
    pub(super) fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        let words = [self.handler, self.flags, self.restorer, self.mask];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_ne_bytes());
        }
        bytes
    }
}
