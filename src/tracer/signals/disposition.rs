//! What the program wants of SIGTRAP, kept through our breakpoints.
//!
//! A breakpoint is a forced SIGTRAP. If the task blocks the signal, or its process ignores it, the kernel
//! unblocks it and sets its action to SIG_DFL before a tracer can look (force_sig_info_to_task in
//! kernel/signal.c); flags, mask and restorer stay. Nothing in the stop tells what was before. So it is learnt from
//! the system calls that change it ([`super::changes`]), and put back after each breakpoint.

use crate::ptrace::{
    CloneFlags, InjectionMode, Memory, Result, SigAction, SigInfo, Status, Stopped, Syscalls, Tid, signal_bit,
};
use crate::tracer::parents::tree::ProcessId;
use hashbrown::HashMap;
use libc::{SIGTRAP, c_int};
use std::cell::RefCell;
use std::rc::Rc;

const BIT: u64 = signal_bit(SIGTRAP);

/// What a process does with its signals, as far as it is known.
#[derive(Debug, Clone)]
pub(in crate::tracer) struct Dispositions {
    /// Of signal `n` at `n - 1`. One for all processes that were made with CLONE_SIGHAND.
    actions: Rc<RefCell<Actions>>,
    /// Where to borrow system calls, once that has been asked for.
    syscalls: Option<Syscalls>,
    /// Is the action of SIGTRAP known only because the program has had one? Then who blocks it is not known.
    is_late: bool,
}

type Actions = [SigAction; 64];

/// The tasks that block SIGTRAP, with their processes.
#[derive(Debug, Default)]
pub(in crate::tracer) struct Blocking(HashMap<Tid, ProcessId>);

impl Default for Dispositions {
    fn default() -> Self {
        let actions = Rc::new(RefCell::new([SigAction::default(); 64]));
        Self { actions, syscalls: None, is_late: false }
    }
}

impl Dispositions {
    /// Those of a process that has just called exec: handlers are gone, an ignored signal stays ignored (execve(2)).
    pub fn at_exec(&self, status: &Status) -> Self {
        let signals = Self::default();
        if self.action(SIGTRAP).is_ignored() || status.has_signal("SigIgn", SIGTRAP) {
            signals.set_action(SIGTRAP, SigAction::IGNORED);
        }
        signals
    }

    /// Those of a process that was running before it was watched. It must not be about to get a signal.
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

    /// Those of a child that is made with `flags`.
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

    /// The action of `signal` has become `action`. Gives what it was.
    pub fn set_action(&self, signal: c_int, action: SigAction) -> SigAction {
        let former = self.action(signal);
        let index = usize::try_from(signal - 1).ok();
        let mut actions = self.actions.borrow_mut();
        if let Some(place) = index.and_then(|index| actions.get_mut(index)) {
            *place = action;
        }
        former
    }

    /// Nothing is known any more.
    pub fn forget(&self) {
        self.actions.replace([SigAction::default(); 64]);
    }

    /// `signal` is about to be delivered. Gives its action if the program catches it.
    pub fn deliver(&self, signal: c_int) -> Option<SigAction> {
        let action = self.action(signal);
        if action.is_one_shot() {
            self.set_action(signal, SigAction::default());
        }
        action.is_caught().then_some(action)
    }

    /// The program is about to get a SIGTRAP of its own, of which `info` tells. Gives the signal to resume it with.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn before_delivery(&mut self, task: &Stopped, memory: &Memory, info: SigInfo) -> Result<c_int> {
        let known = self.action(SIGTRAP);
        if known.is_ignored() {
            // The action itself may have been reset just now, by a breakpoint that another thread ran into.
            return Ok(if info.is_sent() { 0 } else { SIGTRAP });
        }
        let status = Status::of(task.tid());
        let is_caught = status.has_signal("SigCgt", SIGTRAP);
        if known.is_caught() && !is_caught && info.is_sent() {
            // So here. A step does not disturb the delivery, and resets nothing that has its default action.
            let syscalls = self.syscalls(task.tid(), memory)?;
            syscalls.set_action(task, memory, SIGTRAP, &known, InjectionMode::Step)?;
            task.set_signal_info(info)?;
        } else if !known.is_caught() && is_caught {
            // The call that set it was not seen.
            let action =
                self.syscalls(task.tid(), memory)?.action(task, memory, SIGTRAP, InjectionMode::Step)?;
            task.set_signal_info(info)?;
            self.set_action(SIGTRAP, action);
            self.is_late = true;
        } else if info.is_sent() && status.has_signal("SigIgn", SIGTRAP) {
            self.set_action(SIGTRAP, SigAction::IGNORED);
        }
        Ok(SIGTRAP)
    }

    /// A breakpoint of ours was hit, by a task that does or does not block SIGTRAP: puts back what the kernel has reset.
    ///
    /// # Errors
    /// As [`Syscalls::action`].
    pub fn after_breakpoint(&mut self, task: &Stopped, is_blocked: bool, memory: &Memory) -> Result<()> {
        let action = self.action(SIGTRAP);
        let info = task.signal_info()?;
        let is_reset = || !Status::of(task.tid()).has_signal("SigCgt", SIGTRAP);
        // If it is caught, nothing but that it was blocked makes the kernel reset it.
        let is_blocked = is_blocked || (self.is_late && action.is_caught() && is_reset());
        if (action.is_ignored() && self.is_alone(task.tid())) || (is_blocked && action.is_caught()) {
            let syscalls = self.syscalls(task.tid(), memory)?;
            syscalls.set_action(task, memory, SIGTRAP, &action, InjectionMode::Syscall)?;
        }
        if is_blocked {
            task.set_signal_mask(task.signal_mask()? | BIT)?;
        }
        if info.is_sent() {
            // There was one for this task already, and a signal is not queued twice (legacy_queue in
            // kernel/signal.c): that was taken for the breakpoint's.
            self.syscalls(task.tid(), memory)?.requeue_signal(task, memory, &info)?;
        }
        Ok(())
    }

    /// Do no others run with these actions? To ignore a signal takes it from the queues of all threads (do_sigaction in
    /// kernel/signal.c). If one has just run into a breakpoint, it would go on behind that, as if nothing were. So
    /// among threads the action stays as it was reset, and a SIGTRAP that is sent is [not delivered](Self::before_delivery).
    fn is_alone(&self, tid: Tid) -> bool {
        Rc::strong_count(&self.actions) == 1 && Status::of(tid).field("Threads") == Some("1")
    }

    /// Does the program handle SIGTRAP?
    pub fn catch_sigtrap(&self) -> bool {
        self.action(SIGTRAP).is_caught()
    }

    /// Is there nothing to be put back after a breakpoint, if SIGTRAP is not blocked?
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

impl Blocking {
    /// Does it block SIGTRAP?
    pub fn contains(&self, tid: Tid) -> bool {
        !self.0.is_empty() && self.0.contains_key(&tid)
    }

    /// Was the SIGTRAP that `task` stopped with raised by a breakpoint?
    ///
    /// # Errors
    /// As [`Stopped::signal_info`].
    pub fn is_breakpoint(&self, task: &Stopped) -> Result<bool> {
        let info = task.signal_info()?;
        Ok(info.is_breakpoint() || self.stand_in(task.tid(), &info))
    }

    /// Does a SIGTRAP that was sent to `tid` stand in for a forced one? A task that blocks SIGTRAP gets no other; but
    /// when one is pending for it already, that one is delivered in place of the forced one.
    pub fn stand_in(&self, tid: Tid, info: &SigInfo) -> bool {
        info.is_sent() && self.contains(tid)
    }

    /// `mask` is the signal mask of `tid`, a task of `process`, now.
    pub fn set(&mut self, tid: Tid, process: ProcessId, mask: u64) {
        if mask & BIT != 0 {
            self.0.insert(tid, process);
        } else {
            self.0.remove(&tid);
        }
    }

    /// `child`, a task of `process`, is made by `parent`, and has its mask.
    pub fn inherit(&mut self, parent: Tid, child: Tid, process: ProcessId) {
        let mask = if self.contains(parent) { BIT } else { 0 };
        self.set(child, process, mask);
    }

    /// It has ended.
    pub fn remove(&mut self, tid: Tid) {
        self.0.remove(&tid);
    }

    /// Nothing is known of the process's tasks any more.
    pub fn forget(&mut self, process: ProcessId) {
        self.0.retain(|_, of| *of != process);
    }
}
