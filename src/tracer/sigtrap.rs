//! What the program wants of SIGTRAP, kept through our breakpoints.
//!
//! A breakpoint is a forced SIGTRAP. If the task blocks the signal, or its process ignores it, the kernel
//! unblocks it and sets its action to SIG_DFL before a tracer can look (force_sig_info_to_task in
//! kernel/signal.c). A program that is inside its own SIGTRAP handler blocks it in just this way. So the action
//! is learnt when a SIGTRAP of the program's own comes, or from the exec if it was ignored there; and from then
//! on each breakpoint is followed by a look whether the kernel has reset it.

use crate::ptrace::{Memory, Result, SigAction, Status, Stopped, Syscalls, Tid};
use libc::SIGTRAP;

/// What is known of a process's SIGTRAP.
#[derive(Debug, Clone, Copy, Default)]
pub enum Sigtrap {
    /// It had its default action when it was last looked at.
    #[default]
    Default,
    /// It was ignored; the flags of the action are not known yet.
    Ignored,
    /// It was ignored or caught, by this action.
    Learnt(SigAction, Syscalls),
}

const BIT: u64 = 1 << (SIGTRAP - 1);

impl Sigtrap {
    /// Is there something that must be kept?
    pub fn is_special(&self) -> bool {
        !matches!(self, Self::Default)
    }

    /// The process has called exec: handlers are gone, an ignored signal stays ignored (execve(2)).
    pub fn at_exec(pid: Tid) -> Self {
        if Status::of(pid).has_signal("SigIgn", SIGTRAP) { Self::Ignored } else { Self::Default }
    }

    /// The program is about to get a SIGTRAP of its own: learns what it does with it.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn before_delivery(&mut self, task: &Stopped, memory: &Memory) -> Result<()> {
        let status = Status::of(task.tid());
        *self = if status.has_signal("SigIgn", SIGTRAP) {
            Self::Ignored
        } else if status.has_signal("SigCgt", SIGTRAP) {
            let info = task.signal_info()?;
            let syscalls = Syscalls::find(task.tid(), memory)?;
            let action = syscalls.action(task, memory, SIGTRAP)?;
            // The signal of the last step stands in its place now.
            task.set_signal_info(info)?;
            Self::Learnt(action, syscalls)
        } else {
            Self::Default
        };
        Ok(())
    }

    /// A breakpoint of ours was hit: puts back what the kernel has reset.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn after_breakpoint(&mut self, task: &Stopped, memory: &Memory) -> Result<()> {
        let (before, syscalls) = match *self {
            Self::Default => return Ok(()),
            Self::Ignored => (None, Syscalls::find(task.tid(), memory)?),
            Self::Learnt(action, syscalls) => (Some(action), syscalls),
        };
        let now = syscalls.action(task, memory, SIGTRAP)?;
        // An ignored signal's flags could not be learnt without resetting it; they are as the kernel left them.
        let before = before.unwrap_or(now.ignored());
        *self = if now.is_reset_of(&before) {
            syscalls.set_action(task, memory, SIGTRAP, &before)?;
            if before.is_caught() {
                // It had a handler, so only a blocked signal can have made the kernel reset it.
                task.set_signal_mask(task.signal_mask()? | BIT)?;
            }
            Self::Learnt(before, syscalls)
        } else if now.is_default() {
            Self::Default
        } else {
            Self::Learnt(now, syscalls)
        };
        Ok(())
    }
}
