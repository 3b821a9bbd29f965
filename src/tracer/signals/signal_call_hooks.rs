//! Hooks: breakpoints before the system calls by which the program changes its signal mask and the actions of
//! its signals.
//!
//! A hook replaces an instruction with a known effect, which the tracer emulates. So a hook need not be
//! removed when it is hit; and it is never a hit of a site.

use crate::machine::{Patch, SignalCall};
use crate::ptrace::{Memory, Result};
use std::collections::BTreeMap;

/// How many calls are looked at in an address space, but for returns from handlers. Each costs a stop; a
/// program that makes more of them (coroutines change the signal mask at each switch) must not be slowed down
/// for ever.
const BUDGET: u32 = 10_000;

/// The hooks of one address space.
#[derive(Debug, Clone, Default)]
pub struct SignalCallHooks {
    by_address: BTreeMap<u64, SignalCallHook>,
    /// How many calls have been looked at.
    hits: u32,
    /// Returns from handlers are hooked too.
    hooks_returns: bool,
    /// Nothing is hooked any more.
    is_disabled: bool,
    /// Calls of ptrace(2) are not hooked any more.
    ignores_ptrace: bool,
    /// How many of them have been looked at.
    ptrace_calls: u32,
}

#[derive(Debug, Clone, Copy)]
struct SignalCallHook {
    call: SignalCall,
    state: HookState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HookState {
    /// It is not wanted, or the memory has other code than the object there.
    NotInserted,
    Inserted,
    /// A task may have run into it just before, and not reported that yet.
    Removed,
}

impl SignalCallHook {
    fn is_return(&self) -> bool {
        i64::from(self.call.number) == libc::SYS_rt_sigreturn
    }
}

impl SignalCallHooks {
    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }

    /// Can returns from handlers be hooked? Only then is it of use to note that SIGTRAP is blocked in a
    /// handler.
    pub fn can_hook_returns(&self) -> bool {
        !self.is_empty() && !self.is_disabled
    }

    /// Nothing is hooked any more. Returns the hooks to remove.
    pub fn disable(&mut self) -> Vec<SignalCall> {
        self.is_disabled = true;
        self.remove(|_| true)
    }

    /// Calls of ptrace(2) are not hooked any more. Returns the hooks to remove.
    pub fn disable_ptrace(&mut self) -> Vec<SignalCall> {
        self.ignores_ptrace = true;
        self.remove(|hook| hook.call.is_ptrace())
    }

    /// Counts a call of ptrace(2). False if there have been enough.
    pub fn count_ptrace_call(&mut self) -> bool {
        /// A program that traces none but processes outside of the run must not be slowed down for ever.
        const BUDGET: u32 = 1000;
        self.ptrace_calls = self.ptrace_calls.saturating_add(1);
        self.ptrace_calls < BUDGET
    }

    /// Disables all, and removes every breakpoint of theirs that is in `memory`.
    ///
    /// # Errors
    /// As [`SignalCallHooks::insert`].
    pub fn restore(&mut self, memory: &Memory) -> Result<()> {
        self.disable();
        for hook in self.by_address.values() {
            if memory.read_patch(hook.call.address)?.is_breakpoint() {
                memory.write_patch(hook.call.address, hook.call.original)?;
            }
        }
        Ok(())
    }

    fn remove(&mut self, which: impl Fn(&SignalCallHook) -> bool) -> Vec<SignalCall> {
        let hooks = self.by_address.values_mut();
        let removed = hooks.filter(|hook| hook.state == HookState::Inserted && which(hook)).map(|hook| {
            hook.state = HookState::Removed;
            hook.call
        });
        removed.collect()
    }

    /// The calls that are mapped now are these: forgets others, and inserts the hooks of new ones.
    ///
    /// # Errors
    /// As [`SignalCallHooks::insert`].
    pub fn replace(&mut self, memory: &Memory, calls: &[SignalCall]) -> Result<()> {
        let former = std::mem::take(&mut self.by_address);
        let state = |address: &u64| match former.get(address) {
            Some(SignalCallHook { state: HookState::Removed, .. }) => HookState::Removed,
            // It may be inserted; but perhaps another object was mapped there then.
            _ => HookState::NotInserted,
        };
        let hook = |&call: &SignalCall| (call.address, SignalCallHook { call, state: state(&call.address) });
        self.by_address = calls.iter().map(hook).collect();
        self.insert(memory)
    }

    /// Hooks returns from signal handlers from now on.
    ///
    /// # Errors
    /// As [`SignalCallHooks::insert`].
    pub fn hook_returns(&mut self, memory: &Memory) -> Result<()> {
        if self.hooks_returns {
            return Ok(());
        }
        self.hooks_returns = true;
        self.insert(memory)
    }

    /// Inserts the hooks that are wanted and not inserted.
    ///
    /// # Errors
    /// [`crate::ptrace::Error::Gone`] when the process has died.
    fn insert(&mut self, memory: &Memory) -> Result<()> {
        let is_spent = self.is_spent();
        let hooks_returns = self.hooks_returns;
        if self.is_disabled {
            return Ok(());
        }
        let ignores_ptrace = self.ignores_ptrace;
        let is_wanted = |hook: &SignalCallHook| match hook {
            hook if hook.is_return() => hooks_returns,
            hook if hook.call.is_ptrace() => !ignores_ptrace,
            _ => !is_spent,
        };
        for hook in
            self.by_address.values_mut().filter(|hook| hook.state != HookState::Inserted && is_wanted(hook))
        {
            let there = memory.read_patch(hook.call.address)?;
            // There is a breakpoint already if a line begins there too, or if the hook was inserted before
            // another object was unmapped.
            if there.is_breakpoint() || there == hook.call.original {
                memory.write_patch(hook.call.address, Patch::BREAKPOINT)?;
                hook.state = HookState::Inserted;
            }
        }
        Ok(())
    }

    /// The call at `address`, if a hook is inserted there, or was.
    pub fn find(&self, address: u64) -> Option<SignalCall> {
        self.by_address
            .get(&address)
            .filter(|hook| hook.state != HookState::NotInserted)
            .map(|hook| hook.call)
    }

    /// Is a hook inserted at `address`?
    pub fn is_inserted(&self, address: u64) -> bool {
        self.by_address.get(&address).is_some_and(|hook| hook.state == HookState::Inserted)
    }

    /// A hook was hit. Returns whether its call is to be looked at, and the hooks to remove if such calls are
    /// looked at no more.
    pub fn count_hit(&mut self, call: &SignalCall) -> (bool, Vec<SignalCall>) {
        if self.is_disabled || i64::from(call.number) == libc::SYS_rt_sigreturn {
            return (!self.is_disabled, Vec::new());
        }
        self.hits = self.hits.saturating_add(1);
        if !self.is_spent() {
            return (true, Vec::new());
        }
        (false, self.remove(|hook| !hook.is_return() && !hook.call.is_ptrace()))
    }

    fn is_spent(&self) -> bool {
        self.hits >= BUDGET
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{BREAKPOINT_LENGTH, Effect};

    fn call(number: i64, address: u64) -> SignalCall {
        let effect = Effect { register: 0, base: None, addend: number.cast_unsigned(), is_xor: false };
        SignalCall {
            number: number as u32,
            address,
            original: Patch([0; BREAKPOINT_LENGTH]),
            syscall: address + 5,
            effect,
        }
    }

    fn inserted(calls: &[SignalCall]) -> SignalCallHooks {
        let hook = |&call: &SignalCall| (call.address, SignalCallHook { call, state: HookState::Inserted });
        SignalCallHooks { by_address: calls.iter().map(hook).collect(), ..SignalCallHooks::default() }
    }

    #[test]
    fn calls_that_are_made_too_often_lose_their_hooks_together() {
        let (mask, action) = (call(libc::SYS_rt_sigprocmask, 10), call(libc::SYS_rt_sigaction, 20));
        let mut hooks = inserted(&[mask, action]);
        for _ in 1..BUDGET {
            assert_eq!(hooks.count_hit(&mask), (true, vec![]));
        }
        assert!(hooks.is_inserted(10));
        assert_eq!(hooks.count_hit(&action), (false, vec![mask, action]));
        assert!(!hooks.is_inserted(10) && !hooks.is_inserted(20));
        assert_eq!(hooks.find(10), Some(mask), "a thread that has hit it already is still understood");
        assert_eq!(hooks.count_hit(&mask), (false, vec![]));
    }

    #[test]
    fn returns_from_handlers_are_hooked_for_ever() {
        let (mask, back) = (call(libc::SYS_rt_sigprocmask, 10), call(libc::SYS_rt_sigreturn, 20));
        let mut hooks = inserted(&[mask, back]);
        for _ in 0..2 * BUDGET {
            assert_eq!(hooks.count_hit(&back), (true, vec![]));
        }
        for _ in 1..BUDGET {
            hooks.count_hit(&mask);
        }
        assert_eq!(hooks.count_hit(&mask), (false, vec![mask]));
        assert!(hooks.is_inserted(20));
    }
}
