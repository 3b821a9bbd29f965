//! How a process began.

use crate::ptrace::Event;

/// How a process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    /// Started by forkcov.
    Launch,
    /// By fork(2), or clone(2) as fork does.
    Fork,
    /// By vfork(2), or clone(2) with CLONE_VFORK.
    Vfork,
    /// By clone(2) otherwise.
    Clone,
    /// Before forkcov attached to it.
    Attach,
}

impl Birth {
    /// By the kernel's event.
    pub(in crate::tracer) fn by(event: Event) -> Self {
        match event {
            Event::Fork => Self::Fork,
            Event::Vfork => Self::Vfork,
            _ => Self::Clone,
        }
    }

    /// Its name in the event log.
    pub(in crate::tracer) fn name(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Fork => "fork",
            Self::Vfork => "vfork",
            Self::Clone => "clone",
            Self::Attach => "attach",
        }
    }
}
