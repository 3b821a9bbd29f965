//! Looking out for the next event.
//!
//! To be woken by a tracee takes the kernel longer than all else that a hit needs, if the two are on different CPUs: each has
//! to come out of idleness for the other. So as long as events come soon after one another, they are looked for some
//! times, with the CPU given to whoever wants it in between (sched_yield(2)), before forkcov goes to sleep.

use crate::ptrace::{self, Tid, Wait};
use std::thread;
use std::time::{Duration, Instant};

/// For how long an event is looked for: to be woken takes about as long.
const PATIENCE: Duration = Duration::from_micros(50);
/// How often in a row one task is asked for first, before the others are.
const MOST_IN_A_ROW: u32 = 8;
/// For each so many tracees, one look more is at the last task alone: to look at all takes time for each of them.
const CROWD: usize = 64;

/// Whom to look at, and for how long.
#[derive(Debug, Default)]
pub(in crate::tracer) struct AdaptiveWait {
    /// Of which task the last event was, and how many before that were its own.
    last: Option<Tid>,
    in_a_row: u32,
    /// Did the last event come soon?
    is_brisk: bool,
}

impl AdaptiveWait {
    /// The next event, with so many processes there.
    ///
    /// # Errors
    /// As [`ptrace::next`].
    pub fn next(&mut self, processes: usize) -> nix::Result<Option<Wait>> {
        let start = Instant::now();
        let found = if self.is_brisk { self.look(start, processes)? } else { None };
        let found = match found {
            Some(wait) => Some(wait),
            None => ptrace::next()?,
        };
        self.is_brisk = start.elapsed() < 2 * PATIENCE;
        if let Some(wait) = &found {
            let is_same = self.last.replace(wait.tid()) == Some(wait.tid());
            self.in_a_row = if is_same { self.in_a_row + 1 } else { 0 };
        }
        Ok(found)
    }

    fn look(&mut self, start: Instant, processes: usize) -> nix::Result<Option<Wait>> {
        if self.in_a_row >= MOST_IN_A_ROW {
            // Nobody waits for long because another stops often.
            self.in_a_row = 0;
            if let Some(wait) = ptrace::try_next()? {
                return Ok(Some(wait));
            }
        }
        let at_all = 1 + processes / CROWD;
        for look in 1.. {
            let found = match self.last {
                Some(tid) if look % at_all != 0 => ptrace::try_next_of(tid)?,
                _ => ptrace::try_next()?,
            };
            if found.is_some() || start.elapsed() > PATIENCE {
                return Ok(found);
            }
            thread::yield_now();
        }
        Ok(None)
    }
}
