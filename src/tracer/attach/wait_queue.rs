//! Waiting while tasks are seized.
//!
//! A thread that calls exec waits until all others of its process are dead, and until their tracer has waited for them;
//! and PTRACE_SEIZE of any task of that process waits for the exec (`cred_guard_mutex` in kernel/ptrace.c and
//! fs/exec.c). A tracer with one thread would stand still, and the process with it.

use crate::ptrace::{self, Wait};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long tasks get to stop, or to finish a fork, before they are looked at again.
pub(in crate::tracer) const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// What has happened to seized tasks, in that order.
#[derive(Debug, Default)]
pub(in crate::tracer) struct WaitQueue(Mutex<VecDeque<Wait>>);

impl WaitQueue {
    /// Does `work` while another thread waits for what happens.
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

    /// Takes out all that the kernel has told until now: nothing is on its way from there.
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
