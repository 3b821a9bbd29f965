//! `/proc/PID/auxv`: the auxiliary vector that the kernel gave the program at exec (getauxval(3)).

use crate::ptrace::{Tid, proc_bytes};

/// Addresses in the objects that the kernel itself has mapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Anchors {
    /// AT_ENTRY: the entry point of the executable; 0 when the process has ended.
    pub entry: u64,
    /// AT_BASE: the start of the dynamic linker, if the executable requests one.
    pub loader: Option<u64>,
}

impl Anchors {
    /// Reads those of `pid`.
    pub fn of(pid: Tid) -> Self {
        let mut anchors = Self::default();
        let vector = proc_bytes(pid, "auxv").unwrap_or_default();
        for pair in vector.as_chunks::<16>().0 {
            let [kind, value] =
                [0, 8].map(|at| u64::from_ne_bytes(pair[at..at + 8].try_into().unwrap_or_default()));
            match kind {
                libc::AT_ENTRY => anchors.entry = value,
                libc::AT_BASE => anchors.loader = (value != 0).then_some(value),
                _ => {}
            }
        }
        anchors
    }
}
