//! The calls by which a program changes what SIGTRAP does to it, seen at the hooks before them, and handlers of signals,
//! seen when they are entered.
//!
//! What a call does is learnt before it is made. A signal can come in between; then the task is found still in front of
//! the call, and is taken back to the hook, for another look when the handler has returned.

use crate::machine::SignalCall;
use crate::machine::SyscallRequest;
use crate::ptrace::{Memory, Result, SigAction, Status, Stop, Stopped, Tid, signal_bit};
use crate::tracer::Tracer;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::Recorder;
use crate::tracer::signals::disposition::Dispositions;
use libc::{SIGTRAP, c_int};
use std::fs;

const BIT: u64 = signal_bit(SIGTRAP);

/// What was known before a call that has been seen, and may not have been made yet.
#[derive(Debug, Clone, Copy)]
pub(in crate::tracer) struct PendingSignalCall {
    hook: SignalCall,
    /// What the call changes back.
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

impl<R: Recorder> Tracer<R> {
    /// A task has come to a hook: learns what the call will change, and carries out the instruction that the hook
    /// stands on.
    pub(in crate::tracer) fn signal_call(
        &mut self,
        id: ProcessId,
        task: &Stopped,
        hook: SignalCall,
    ) -> Result<()> {
        let call = task.emulate(&hook.effect, hook.syscall)?;
        self.restore_sigtrap(id, task)?;
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        if call.number != u64::from(hook.number) {
            return Ok(());
        }
        if !self.spaces.visit(process.space, task.tid(), &hook)? {
            // From now on changes are not seen. To put back what the program may have changed were worse than to
            // lose what it has.
            process.signals.forget();
            self.blocking.forget(id);
            return Ok(());
        }
        let mask = if self.blocking.contains(task.tid()) { BIT } else { 0 };
        let change = change(&call, mask, self.spaces.memory(process.space, task.tid())?);
        if let Some(former) = self.apply(id, task.tid(), change) {
            self.pending_signal_calls.insert(task.tid(), PendingSignalCall { hook, former });
        }
        self.disable_trampolines_if_sigtrap_handled(id, task.tid())?;
        self.drop_hooks_if_threaded(id, task.tid())
    }

    /// Among threads that handle SIGTRAP nothing is watched any more: a hook that is hit with SIGTRAP blocked would
    /// reset the action that they share, and until it is put back, a SIGTRAP to another thread would be the end of all.
    /// (Go's runtime is such a case: it changes the masks of its threads all the time.)
    pub(in crate::tracer) fn drop_hooks_if_threaded(&mut self, id: ProcessId, tid: Tid) -> Result<()> {
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        let is_crowded = self.tree.has_threads(id) && process.signals.catch_sigtrap();
        if !is_crowded || !self.spaces.sees_returns(process.space) {
            return Ok(());
        }
        process.signals.forget();
        self.blocking.forget(id);
        self.spaces.give_up_hooks(process.space, tid)
    }

    /// Takes note of a change; gives the one that takes it back.
    fn apply(&mut self, id: ProcessId, tid: Tid, change: SignalChange) -> Option<SignalChange> {
        match change {
            SignalChange::Nothing => None,
            SignalChange::Mask(mask) => {
                let was_blocked = self.blocking.contains(tid);
                self.blocking.set(tid, id, mask);
                Some(SignalChange::Mask(if was_blocked { BIT } else { 0 }))
            }
            SignalChange::Action(signal, action) => {
                let former = self.processes.get(&id)?.signals.set_action(signal, action);
                Some(SignalChange::Action(signal, former))
            }
        }
    }

    /// A task has stopped. If it is still in front of a call that has been learnt from, that is undone.
    pub(in crate::tracer) fn roll_back_pending_call(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(PendingSignalCall { hook, former }) = self.pending_signal_calls.remove(&task.tid()) else {
            return Ok(());
        };
        if task.program_counter()? == hook.syscall {
            task.set_program_counter(hook.address)?;
            self.apply(id, task.tid(), former);
        }
        Ok(())
    }

    /// The hooks of a process that is already running have just been inserted: learns what its signals do now. Its other
    /// tasks may be running; this one is in a stop, and not about to get a signal.
    ///
    /// # Errors
    /// As [`crate::ptrace::Syscalls::action`].
    pub(in crate::tracer) fn learn_signals(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(process) = self.processes.get_mut(&id) else { return Ok(()) };
        let memory = self.spaces.memory(process.space, task.tid())?;
        process.signals = Dispositions::of_running(task, memory)?;
        for tid in tasks_of(process.pid) {
            self.blocking.set(tid, id, Status::of(tid).set("SigBlk"));
        }
        Ok(())
    }

    /// A task is resumed with a signal. If that may change whether SIGTRAP is blocked, it will stop at the entry of the
    /// handler.
    pub(in crate::tracer) fn deliver(&mut self, id: ProcessId, task: &Stopped, signal: c_int) -> Result<()> {
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        let Some(action) = process.signals.deliver(signal) else { return Ok(()) };
        let is_blocked = self.blocking.contains(task.tid());
        if self.spaces.sees_returns(process.space)
            && (action.blocks(signal, SIGTRAP) && !is_blocked || task.waits_with_temporary_mask()?)
        {
            self.awaiting_handler.insert(task.tid());
        }
        Ok(())
    }

    /// True if a task has stopped because it is at the entry of a handler, and for nothing else.
    pub(in crate::tracer) fn reached_handler(&mut self, id: ProcessId, task: &Stopped, stop: Stop) -> bool {
        if self.releasing && stop != Stop::Signal(SIGTRAP) {
            // It may have reached_handler, and be told of that next.
            return false;
        }
        if !self.awaiting_handler.remove(&task.tid()) || stop != Stop::Signal(SIGTRAP) {
            return false;
        }
        let Ok(info) = task.signal_info() else { return false };
        let done = if info.is_handler_entry() {
            self.log_handler_entry(task);
            self.learn_from_handler(id, task)
        } else if info.is_step() {
            // There was no handler.
            self.restore_sigtrap(id, task)
        } else {
            return false;
        };
        self.report(task.tid(), done);
        true
    }

    fn learn_from_handler(&mut self, id: ProcessId, task: &Stopped) -> Result<()> {
        let Some(process) = self.processes.get(&id) else { return Ok(()) };
        let was_blocked = self.blocking.contains(task.tid());
        self.blocking.set(task.tid(), id, task.signal_mask()?);
        if self.blocking.contains(task.tid()) != was_blocked {
            self.spaces.watch_returns(process.space, task.tid())?;
        }
        Ok(())
    }
}

/// The tasks of a process (proc(5)).
fn tasks_of(pid: Tid) -> Vec<Tid> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()).collect()
}

/// What `call` will change, made by a task whose signal mask is `mask`. A call that will fail changes nothing.
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
        Some(new) if (new ^ mask) & BIT != 0 => SignalChange::Mask(new),
        _ => SignalChange::Nothing,
    }
}

fn read<const SIZE: usize>(memory: &Memory, address: u64) -> Option<[u8; SIZE]> {
    let mut bytes = [0; SIZE];
    memory.read(address, &mut bytes).ok().map(|()| bytes)
}
