//! Breakpoints for the tracer's own use in an address space: where the program is about to change what SIGTRAP does to
//! it. They stand on instructions whose effect is known, which are carried out in their place; so they need not be
//! removed when they are hit, and none is ever a hit.

use crate::machine::{Patch, SignalCall};
use crate::ptrace::{Memory, Result};
use std::collections::BTreeMap;

/// How often the calls that say what the program wants are looked at in an address space. One costs a stop; a program
/// that makes more of them (coroutines change the signal mask at each switch) shall not be slowed down for ever.
const BUDGET: u32 = 10_000;

/// The hooks of one address space.
#[derive(Debug, Clone, Default)]
pub(in crate::tracer) struct SyscallHooks {
    by_address: BTreeMap<u64, SyscallHook>,
    /// Calls that have been looked at.
    visits: u32,
    /// Are returns from handlers of interest?
    returns: bool,
    /// Is nothing of interest any more?
    given_up: bool,
}

#[derive(Debug, Clone, Copy)]
struct SyscallHook {
    call: SignalCall,
    state: HookState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HookState {
    /// Not of interest, or other code than the object's stands there.
    NotInserted,
    Inserted,
    /// A task may still be about to tell that it was hit.
    Removed,
}

impl SyscallHook {
    fn is_return(&self) -> bool {
        i64::from(self.call.number) == libc::SYS_rt_sigreturn
    }
}

impl SyscallHooks {
    /// Has it any?
    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }

    /// Is it of use to know that SIGTRAP is blocked in a handler, since it will be seen when it no longer is?
    pub fn see_returns(&self) -> bool {
        !self.is_empty() && !self.given_up
    }

    /// Nothing is of interest any more. Gives the hooks to remove.
    pub fn give_up(&mut self) -> Vec<SignalCall> {
        self.given_up = true;
        self.remove(|_| true)
    }

    /// Gives all up, and takes out every breakpoint of theirs that stands in `memory`.
    ///
    /// # Errors
    /// As [`SyscallHooks::insert`].
    pub fn restore(&mut self, memory: &Memory) -> Result<()> {
        self.give_up();
        for hook in self.by_address.values() {
            if memory.read_patch(hook.call.address)?.is_breakpoint() {
                memory.write_patch(hook.call.address, hook.call.original)?;
            }
        }
        Ok(())
    }

    fn remove(&mut self, which: impl Fn(&SyscallHook) -> bool) -> Vec<SignalCall> {
        let hooks = self.by_address.values_mut();
        let removed = hooks.filter(|hook| hook.state == HookState::Inserted && which(hook)).map(|hook| {
            hook.state = HookState::Removed;
            hook.call
        });
        removed.collect()
    }

    /// The calls that are mapped now are these: forgets others, and plants what is new.
    ///
    /// # Errors
    /// As [`SyscallHooks::insert`].
    pub fn reconcile(&mut self, memory: &Memory, calls: &[SignalCall]) -> Result<()> {
        let former = std::mem::take(&mut self.by_address);
        let state = |address: &u64| match former.get(address) {
            Some(SyscallHook { state: HookState::Removed, .. }) => HookState::Removed,
            // Or inserted; but perhaps another object was mapped there then.
            _ => HookState::NotInserted,
        };
        let hook = |&call: &SignalCall| (call.address, SyscallHook { call, state: state(&call.address) });
        self.by_address = calls.iter().map(hook).collect();
        self.insert(memory)
    }

    /// Returns from signal handlers are of interest from now on.
    ///
    /// # Errors
    /// As [`SyscallHooks::insert`].
    pub fn watch_returns(&mut self, memory: &Memory) -> Result<()> {
        if self.returns {
            return Ok(());
        }
        self.returns = true;
        self.insert(memory)
    }

    /// Plants those of interest that are not inserted.
    ///
    /// # Errors
    /// [`crate::ptrace::Error::Gone`] when the process has died.
    fn insert(&mut self, memory: &Memory) -> Result<()> {
        let is_spent = self.is_spent();
        let returns = self.returns;
        if self.given_up {
            return Ok(());
        }
        let wanted = |hook: &SyscallHook| if hook.is_return() { returns } else { !is_spent };
        for hook in
            self.by_address.values_mut().filter(|hook| hook.state != HookState::Inserted && wanted(hook))
        {
            let there = memory.read_patch(hook.call.address)?;
            // A line may begin there too, and what was inserted before an unmapping elsewhere stands still.
            if there.is_breakpoint() || there == hook.call.original {
                memory.write_patch(hook.call.address, Patch::BREAKPOINT)?;
                hook.state = HookState::Inserted;
            }
        }
        Ok(())
    }

    /// The call at `address`, if a hook is or was inserted there.
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

    /// A call is to be looked at. Gives whether that is done, and the hooks to remove when it is done no more.
    pub fn visit(&mut self, call: &SignalCall) -> (bool, Vec<SignalCall>) {
        if self.given_up || i64::from(call.number) == libc::SYS_rt_sigreturn {
            return (!self.given_up, Vec::new());
        }
        self.visits = self.visits.saturating_add(1);
        if !self.is_spent() {
            return (true, Vec::new());
        }
        (false, self.remove(|hook| !hook.is_return()))
    }

    fn is_spent(&self) -> bool {
        self.visits >= BUDGET
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

    fn inserted(calls: &[SignalCall]) -> SyscallHooks {
        let hook = |&call: &SignalCall| (call.address, SyscallHook { call, state: HookState::Inserted });
        SyscallHooks { by_address: calls.iter().map(hook).collect(), ..SyscallHooks::default() }
    }

    #[test]
    fn calls_that_are_made_too_often_are_given_up_together() {
        let (mask, action) = (call(libc::SYS_rt_sigprocmask, 10), call(libc::SYS_rt_sigaction, 20));
        let mut hooks = inserted(&[mask, action]);
        for _ in 1..BUDGET {
            assert_eq!(hooks.visit(&mask), (true, vec![]));
        }
        assert!(hooks.is_inserted(10));
        assert_eq!(hooks.visit(&action), (false, vec![mask, action]));
        assert!(!hooks.is_inserted(10) && !hooks.is_inserted(20));
        assert_eq!(hooks.find(10), Some(mask), "a thread that was under way is still understood");
        assert_eq!(hooks.visit(&mask), (false, vec![]));
    }

    #[test]
    fn returns_from_handlers_are_never_given_up() {
        let (mask, back) = (call(libc::SYS_rt_sigprocmask, 10), call(libc::SYS_rt_sigreturn, 20));
        let mut hooks = inserted(&[mask, back]);
        for _ in 0..2 * BUDGET {
            assert_eq!(hooks.visit(&back), (true, vec![]));
        }
        for _ in 1..BUDGET {
            hooks.visit(&mask);
        }
        assert_eq!(hooks.visit(&mask), (false, vec![mask]));
        assert!(hooks.is_inserted(20));
    }
}
