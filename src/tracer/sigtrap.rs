//! What the program wants of SIGTRAP, kept through our breakpoints.
//!
//! A breakpoint is a forced SIGTRAP. If the task blocks the signal, or its process ignores it, the kernel
//! unblocks it and sets its action to SIG_DFL before a tracer can look (force_sig_info_to_task in
//! kernel/signal.c). A program that is inside its own SIGTRAP handler blocks it in just this way. So the action
//! is learnt when the first SIGTRAP of its own comes, or from the exec if it was ignored there; and from then
//! on each breakpoint is followed by a look whether the kernel has reset it.

use crate::ptrace::{Memory, Result, SigAction, Stopped, Syscalls, Tid};
use libc::SIGTRAP;
use std::fs;

/// What is known of a process's SIGTRAP.
#[derive(Debug, Clone, Copy, Default)]
pub enum Sigtrap {
    /// Nothing: it was at its default at exec, and the program has had none yet.
    #[default]
    Unknown,
    /// Ignored since exec.
    IgnoredAtExec,
    /// As it was when it was last looked at.
    Learnt(SigAction, Syscalls),
}

const BIT: u64 = 1 << (SIGTRAP - 1);

impl Sigtrap {
    /// Has anything been learnt, so that it must be kept?
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    /// The process has called exec: handlers are gone, an ignored signal stays ignored (execve(2)).
    pub fn executed(&mut self, pid: Tid) {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let ignored = status
            .lines()
            .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok())
            .is_some_and(|mask| mask & BIT != 0);
        *self = if ignored { Self::IgnoredAtExec } else { Self::Unknown };
    }

    /// The program is about to get a SIGTRAP of its own: learns what it does with it.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn before_delivery(&mut self, task: &Stopped, memory: &Memory) -> Result<()> {
        let syscalls = match self {
            Self::Learnt(_, syscalls) => *syscalls,
            _ => Syscalls::find(task.tid(), memory)?,
        };
        let action = syscalls.action(task, memory, SIGTRAP)?;
        *self = Self::Learnt(action, syscalls);
        Ok(())
    }

    /// A breakpoint of ours was hit: puts back what the kernel has reset.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn after_breakpoint(&mut self, task: &Stopped, memory: &Memory) -> Result<()> {
        let (before, syscalls) = match *self {
            Self::Unknown => return Ok(()),
            Self::IgnoredAtExec => (SigAction::IGNORED_AT_EXEC, Syscalls::find(task.tid(), memory)?),
            Self::Learnt(action, syscalls) => (action, syscalls),
        };
        let mut action = syscalls.action(task, memory, SIGTRAP)?;
        if action.is_reset_of(&before) {
            syscalls.set_action(task, memory, SIGTRAP, &before)?;
            if before.is_caught() {
                // It had a handler, so only a blocked signal can have made the kernel reset it.
                task.set_signal_mask(task.signal_mask()? | BIT)?;
            }
            action = before;
        }
        *self = Self::Learnt(action, syscalls);
        Ok(())
    }
}
