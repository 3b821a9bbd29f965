//! What a process does with its signals, and what has to be restored after a breakpoint.
//!
//! A breakpoint raises a forced SIGTRAP. If the task blocks that signal, or its process ignores it, the
//! kernel unblocks it and sets its action to SIG_DFL before a tracer can look (force_sig_info_to_task in
//! kernel/signal.c); flags, mask and restorer stay. The stop does not show what was there before. So the
//! tracer notes the system calls that change it ([`super::signal_call_changes`]), and restores it after
//! each breakpoint.

use crate::ptrace::{
    CloneFlags, InjectionMode, Memory, Result, SigAction, SigInfo, Status, Stopped, Syscalls, Tid, signal_bit,
};
use libc::{SIGTRAP, c_int};
use std::cell::RefCell;
use std::rc::Rc;

/// The actions of the signals of a process, as far as they are known.
#[derive(Debug, Clone)]
pub struct Dispositions {
    /// The action of signal `n` at `n - 1`. Processes that were made with CLONE_SIGHAND share it.
    actions: Rc<RefCell<Actions>>,
    /// Where system calls can be injected, once that has been looked up.
    syscalls: Option<Syscalls>,
    /// The action of SIGTRAP is known only since one was delivered. Then it is not known which tasks block
    /// it.
    is_late: bool,
}

type Actions = [SigAction; 64];

impl Default for Dispositions {
    fn default() -> Self {
        let actions = Rc::new(RefCell::new([SigAction::default(); 64]));
        Self { actions, syscalls: None, is_late: false }
    }
}

impl Dispositions {
    /// The actions after an exec: handlers are gone, an ignored signal stays ignored (execve(2)).
    pub fn at_exec(&self, status: &Status) -> Self {
        let signals = Self::default();
        if self.action(SIGTRAP).is_ignored() || status.has_signal("SigIgn", SIGTRAP) {
            signals.set_action(SIGTRAP, SigAction::IGNORED);
        }
        signals
    }

    /// The actions of a process that was running already, as it is asked by injected system calls. No signal
    /// must be in delivery to the task.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn of_running(task: &Stopped, memory: &Memory) -> Result<Self> {
        let status = Status::of(task.tid());
        let mut signals = Self::default().at_exec(&status);
        let caught = status.set("SigCgt");
        for signal in (1..=64).filter(|&signal| caught & signal_bit(signal) != 0) {
            let action =
                signals.syscalls(task.tid(), memory)?.action(task, memory, signal, InjectionMode::Syscall)?;
            signals.set_action(signal, action);
        }
        Ok(signals)
    }

    /// The actions of a child that is made with `flags`.
    pub fn of_child(&self, flags: CloneFlags) -> Self {
        if flags.shares_actions {
            return self.clone();
        }
        let mut actions = *self.actions.borrow();
        if flags.clears_actions {
            let caught = actions.iter_mut().filter(|action| action.is_caught());
            caught.for_each(|action| *action = SigAction::default());
        }
        Self { actions: Rc::new(RefCell::new(actions)), syscalls: self.syscalls, is_late: self.is_late }
    }

    fn action(&self, signal: c_int) -> SigAction {
        let index = usize::try_from(signal - 1).ok();
        index.and_then(|index| self.actions.borrow().get(index).copied()).unwrap_or_default()
    }

    /// The action of `signal` has become `action`. Returns the former one.
    pub fn set_action(&self, signal: c_int, action: SigAction) -> SigAction {
        let former = self.action(signal);
        let index = usize::try_from(signal - 1).ok();
        let mut actions = self.actions.borrow_mut();
        if let Some(place) = index.and_then(|index| actions.get_mut(index)) {
            *place = action;
        }
        former
    }

    /// The actions are no longer known.
    pub fn forget(&self) {
        self.actions.replace([SigAction::default(); 64]);
    }

    /// Before the delivery of `signal`. Returns its action if the program catches it.
    pub fn take_action(&self, signal: c_int) -> Option<SigAction> {
        let action = self.action(signal);
        if action.is_one_shot() {
            self.set_action(signal, SigAction::default());
        }
        action.is_caught().then_some(action)
    }

    /// Before the delivery of a SIGTRAP of the program's own, which `info` describes. Returns the signal to
    /// resume it with.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn sigtrap_to_deliver(&mut self, task: &Stopped, memory: &Memory, info: SigInfo) -> Result<c_int> {
        let known = self.action(SIGTRAP);
        let status = Status::of(task.tid());
        let is_caught = status.has_signal("SigCgt", SIGTRAP);
        if known.is_ignored() && !is_caught {
            // The kernel may have reset the action just now, by a breakpoint that another thread ran into.
            return Ok(if info.is_sent() { 0 } else { SIGTRAP });
        }
        // The kernel resets no action to that of an ignored signal.
        let is_ignored = status.has_signal("SigIgn", SIGTRAP);
        if known.is_caught() && !is_caught && !is_ignored && info.is_sent() {
            // It has been reset just now. A single step does not disturb the delivery, and resets no default
            // action.
            let syscalls = self.syscalls(task.tid(), memory)?;
            syscalls.set_action(task, memory, SIGTRAP, &known, InjectionMode::Step)?;
            task.set_signal_info(info)?;
        } else if !known.is_caught() && is_caught {
            // The call that set the action was not seen.
            let action =
                self.syscalls(task.tid(), memory)?.action(task, memory, SIGTRAP, InjectionMode::Step)?;
            task.set_signal_info(info)?;
            self.set_action(SIGTRAP, action);
            self.is_late = true;
        } else if info.is_sent() && is_ignored {
            self.set_action(SIGTRAP, SigAction::IGNORED);
        }
        Ok(SIGTRAP)
    }

    /// A breakpoint of forkcov's was hit, by a task that blocks SIGTRAP or does not: restores what the kernel
    /// has reset.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn after_breakpoint(&mut self, task: &Stopped, is_blocked: bool, memory: &Memory) -> Result<()> {
        let action = self.action(SIGTRAP);
        let info = task.signal_info()?;
        let is_reset = || !Status::of(task.tid()).has_signal("SigCgt", SIGTRAP);
        // The kernel resets an action that is caught only if the signal was blocked.
        let is_blocked = is_blocked || (self.is_late && action.is_caught() && is_reset());
        if (action.is_ignored() && self.is_alone(task.tid())) || (is_blocked && action.is_caught()) {
            let syscalls = self.syscalls(task.tid(), memory)?;
            syscalls.set_action(task, memory, SIGTRAP, &action, InjectionMode::Syscall)?;
        }
        if is_blocked {
            task.set_signal_mask(task.signal_mask()? | signal_bit(SIGTRAP))?;
        }
        if info.is_sent() {
            // One was pending for this task already, and a signal is not queued twice (legacy_queue in
            // kernel/signal.c): the kernel has delivered that instead of the breakpoint's.
            self.syscalls(task.tid(), memory)?.requeue_signal(task, memory, &info)?;
        }
        Ok(())
    }

    /// Is the task the only one with these actions? Ignoring a signal removes it from the queues of all
    /// threads (do_sigaction in kernel/signal.c). A thread that has just run into a breakpoint would then
    /// continue behind it. So with threads the action stays reset, and a SIGTRAP that is sent is [not
    /// delivered](Self::sigtrap_to_deliver).
    fn is_alone(&self, tid: Tid) -> bool {
        Rc::strong_count(&self.actions) == 1 && Status::of(tid).field("Threads") == Some("1")
    }

    /// Does the program handle SIGTRAP?
    pub fn handles_sigtrap(&self) -> bool {
        self.action(SIGTRAP).is_caught()
    }

    /// Has SIGTRAP its default action? Then nothing is to be restored after a breakpoint, unless it is
    /// blocked.
    pub fn has_default(&self) -> bool {
        self.action(SIGTRAP).is_default()
    }

    fn syscalls(&mut self, tid: Tid, memory: &Memory) -> Result<Syscalls> {
        let found = match self.syscalls {
            Some(syscalls) => syscalls,
            None => Syscalls::find(tid, memory)?,
        };
        self.syscalls = Some(found);
        Ok(found)
    }
}
