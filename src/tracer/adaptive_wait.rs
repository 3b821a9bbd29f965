//! Waiting for the next event: polling first, then sleeping.
//!
//! If tracee and tracer run on different CPUs, waking up takes the kernel longer than all else that a hit
//! needs, since each CPU has to leave its idle state. So where events follow each other closely, forkcov
//! polls for a short time before it sleeps, and yields its CPU in between (sched_yield(2)). Whether they do
//! depends on what happened: a child begins soon after its parent has forked, and ends later than that.

use crate::ptrace::{self, Stop, Tid, Wait};
use hashbrown::HashMap;
use std::thread;
use std::time::{Duration, Instant};

/// How long to poll: about as long as waking up takes.
const SPIN_TIME: Duration = Duration::from_micros(50);
/// How often in a row only the task of the last event is polled, before the others get their turn.
const MAX_IN_A_ROW: u32 = 8;
/// A poll for all tasks takes time for each of them. For every so many processes, one more poll in between is
/// for the last task only.
const PROCESSES_PER_POLL: usize = 64;

/// Waits for events, and adapts to how often they come.
#[derive(Debug, Default)]
pub(super) struct AdaptiveWait {
    /// The task of the last event, and how many events before that were its own.
    last: Option<Tid>,
    in_a_row: u32,
    /// Why it stopped; `None` if it has ended.
    stop: Option<Stop>,
    /// After which stops the next event came soon when they happened last: they are polled for.
    came_soon: HashMap<Option<Stop>, bool>,
}

impl AdaptiveWait {
    /// The next event, while so many processes are traced.
    ///
    /// # Errors
    /// As [`ptrace::next`].
    pub fn next(&mut self, processes: usize) -> nix::Result<Option<Wait>> {
        let start = Instant::now();
        let spins = self.came_soon.get(&self.stop).copied().unwrap_or_default();
        let polled = if spins { self.poll(start, processes)? } else { None };
        let event = match polled {
            Some(wait) => Some(wait),
            None => ptrace::next()?,
        };
        self.came_soon.insert(self.stop, start.elapsed() < 2 * SPIN_TIME);
        if let Some(wait) = &event {
            self.stop = wait.stop();
            let is_same = self.last.replace(wait.tid()) == Some(wait.tid());
            self.in_a_row = if is_same { self.in_a_row + 1 } else { 0 };
        }
        Ok(event)
    }

    fn poll(&mut self, start: Instant, processes: usize) -> nix::Result<Option<Wait>> {
        if self.in_a_row >= MAX_IN_A_ROW {
            // A task that stops often must not make the others wait for long.
            self.in_a_row = 0;
            if let Some(wait) = ptrace::try_next()? {
                return Ok(Some(wait));
            }
        }
        let polls_per_turn = 1 + processes / PROCESSES_PER_POLL;
        for poll in 1.. {
            let event = match self.last {
                Some(tid) if poll % polls_per_turn != 0 => ptrace::try_next_of(tid)?,
                _ => ptrace::try_next()?,
            };
            if event.is_some() || start.elapsed() > SPIN_TIME {
                return Ok(event);
            }
            thread::yield_now();
        }
        Ok(None)
    }
}
