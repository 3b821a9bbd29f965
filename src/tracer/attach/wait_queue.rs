//! Waiting for events while tasks are being seized.
//!
//! A thread that calls exec waits until all other threads of its process are dead, and their tracer has
//! waited for them. PTRACE_SEIZE of any task of that process waits for the exec (`cred_guard_mutex` in
//! kernel/ptrace.c and fs/exec.c). With one thread in the tracer, that would be a deadlock.

use crate::ptrace::{self, Wait};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long tasks get to stop, or to finish a fork, before the next look at them.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// The events of seized tasks, in their order.
#[derive(Debug, Default)]
pub(super) struct WaitQueue(Mutex<VecDeque<Wait>>);

impl WaitQueue {
    /// Does `work` while another thread gathers events.
    pub fn while_gathering<T>(&self, work: impl FnOnce() -> T) -> T {
        let is_done = &AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(move || {
                while !is_done.load(Ordering::Relaxed) {
                    self.gather();
                    thread::sleep(BETWEEN_LOOKS);
                }
            });
            let worked = work();
            is_done.store(true, Ordering::Relaxed);
            worked
        })
    }

    /// Takes all events that the kernel has reported until now.
    pub fn take(&self) -> VecDeque<Wait> {
        self.gather();
        std::mem::take(&mut *self.lock())
    }

    fn gather(&self) {
        let mut waits = self.lock();
        while let Ok(Some(wait)) = ptrace::try_next() {
            waits.push_back(wait);
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Wait>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
