//! The system calls by which a program changes its signal mask and the actions of its signals.
//!
//! A hook stands before each of them. What the call will change is noted there, before it is made. If a
//! signal comes in between, the task is still in front of the call: the note is then taken back, and the task
//! goes back to the hook.

use crate::machine::{SignalCall, SyscallRequest};
use crate::ptrace::{Memory, Result, SigAction, signal_bit};
use crate::tracer::recorder::Recorder;
use crate::tracer::signals::disposition::Dispositions;
use crate::tracer::stop::StopContext;
use libc::{SIGTRAP, c_int};

const SIGTRAP_BIT: u64 = signal_bit(SIGTRAP);

/// A call that has been noted, and may not have been made yet.
#[derive(Debug, Clone, Copy)]
pub struct PendingSignalCall {
    hook: SignalCall,
    /// The change that takes the call's change back.
    former: SignalChange,
}

/// What a call changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignalChange {
    Nothing,
    /// The task's signal mask.
    Mask(u64),
    /// The action of a signal.
    Action(c_int, SigAction),
}

impl<R: Recorder> StopContext<'_, R> {
    /// The task has run into a hook: notes what the call will change, and emulates the instruction that the
    /// hook replaces.
    pub fn signal_call(&mut self, hook: SignalCall) -> Result<()> {
        let call = self.task.emulate(&hook.effect, hook.syscall)?;
        self.restore_sigtrap()?;
        if call.number != u64::from(hook.number) {
            return Ok(());
        }
        if hook.is_ptrace() {
            return self.ptrace_call(&call);
        }
        if !self.open()?.count_hook_hit(&hook)? {
            // From now on changes are not seen. Restoring what the program may have changed would be worse
            // than not restoring what it has.
            self.forget_signals();
            return Ok(());
        }
        let mask = if self.state.blocks_sigtrap() { SIGTRAP_BIT } else { 0 };
        let change = change(&call, mask, self.open()?.memory());
        if let Some(former) = self.apply(change) {
            self.state.pending_call = Some(PendingSignalCall { hook, former });
        }
        self.disable_trampolines_if_sigtrap_used()?;
        self.drop_hooks_if_threaded()
    }

    /// Removes the hooks of a process that handles SIGTRAP and has threads. A hook that is hit with SIGTRAP
    /// blocked would reset the action, which the threads share, and until that is restored a SIGTRAP to
    /// another thread would kill the process. (Go's runtime is such a case: it changes the masks of its
    /// threads all the time.)
    pub fn drop_hooks_if_threaded(&mut self) -> Result<()> {
        let is_at_risk = self.tree.has_threads(self.process.id) && self.process.signals.handles_sigtrap();
        if !is_at_risk || !self.spaces.get(self.process.space).can_hook_returns() {
            return Ok(());
        }
        self.forget_signals();
        self.open()?.disable_signal_call_hooks()
    }

    fn forget_signals(&mut self) {
        self.process.signals.forget();
        self.followup.forget_masks = true;
    }

    /// Notes a change; returns the one that takes it back.
    fn apply(&mut self, change: SignalChange) -> Option<SignalChange> {
        match change {
            SignalChange::Nothing => None,
            SignalChange::Mask(mask) => {
                let was_blocked = self.state.blocks_sigtrap();
                self.state.set_mask(self.process.id, mask);
                Some(SignalChange::Mask(if was_blocked { SIGTRAP_BIT } else { 0 }))
            }
            SignalChange::Action(signal, action) => {
                Some(SignalChange::Action(signal, self.process.signals.set_action(signal, action)))
            }
        }
    }

    /// The task has stopped. If it is still in front of a call that has been noted, takes the note back.
    pub fn roll_back_pending_call(&mut self) -> Result<()> {
        let Some(PendingSignalCall { hook, former }) = self.state.pending_call.take() else { return Ok(()) };
        if self.task.program_counter()? == hook.syscall {
            self.task.set_program_counter(hook.address)?;
            self.apply(former);
        }
        Ok(())
    }

    /// The first hooks have been inserted in a process that was running already: asks what its signals do
    /// now. Its other tasks may be running; this one is in a stop, and not in a signal delivery.
    ///
    /// # Errors
    /// As [`crate::ptrace::Syscalls::action`].
    pub fn read_dispositions(&mut self) -> Result<()> {
        let memory = self.spaces.open(self.process.space, self.task.tid(), self.others)?.memory();
        self.process.signals = Dispositions::of_running(self.task, memory)?;
        self.followup.read_masks = true;
        Ok(())
    }

    /// A breakpoint of forkcov's was hit: restores what the kernel has reset.
    pub fn restore_sigtrap(&mut self) -> Result<()> {
        let is_blocked = self.state.blocks_sigtrap();
        if !is_blocked && self.process.signals.has_default() {
            return Ok(());
        }
        let memory = self.spaces.open(self.process.space, self.task.tid(), self.others)?.memory();
        self.process.signals.after_breakpoint(self.task, is_blocked, memory)
    }
}

/// What `call` will change, if the signal mask of the task is `mask`. A call that will fail changes nothing.
fn change(call: &SyscallRequest, mask: u64, memory: &Memory) -> SignalChange {
    let [first, second, _, size] = call.arguments;
    let new = match call.number.cast_signed() {
        libc::SYS_rt_sigaction if size == 8 => match read(memory, second) {
            Some(bytes) if second != 0 => {
                return SignalChange::Action(first as c_int, SigAction::from_bytes(&bytes));
            }
            _ => None,
        },
        libc::SYS_rt_sigprocmask if size == 8 && second != 0 => {
            read(memory, second).map(u64::from_ne_bytes).and_then(|set| match first as c_int {
                libc::SIG_BLOCK => Some(mask | set),
                libc::SIG_UNBLOCK => Some(mask & !set),
                libc::SIG_SETMASK => Some(set),
                _ => None,
            })
        }
        libc::SYS_rt_sigreturn => read(memory, call.mask_to_restore()).map(u64::from_ne_bytes),
        _ => None,
    };
    match new {
        Some(new) if (new ^ mask) & SIGTRAP_BIT != 0 => SignalChange::Mask(new),
        _ => SignalChange::Nothing,
    }
}

fn read<const SIZE: usize>(memory: &Memory, address: u64) -> Option<[u8; SIZE]> {
    let mut bytes = [0; SIZE];
    memory.read(address, &mut bytes).ok().map(|()| bytes)
}
