//! Job control: a shell watches forkcov instead of the program.
//!
//! Ctrl-Z sends SIGTSTP to the whole foreground process group. If forkcov stopped at once, the tracee would
//! not receive the signal until forkcov is continued. A program that first restores the terminal would be too
//! late: the shell would be in the foreground already. So forkcov stops when it was asked to *and* the first
//! process has stopped. A stop of the first process alone does not stop forkcov: the process that stopped it
//! may continue it, and needs forkcov running for that.

use std::sync::{Mutex, PoisonError};

/// The two conditions of a stop.
#[derive(Debug, Default)]
pub struct JobControl(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    requested: bool,
    /// The signal that has stopped the first process.
    stopped: Option<i32>,
}

impl JobControl {
    /// forkcov was asked to stop. Gives the signal to stop by, if both conditions hold.
    pub fn stop_requested(&self) -> Option<i32> {
        self.with(|state| {
            state.requested = true;
            state.due()
        })
    }

    /// The first process was stopped by `signal`. Gives the signal to stop by, if both conditions hold.
    pub fn stopped(&self, signal: i32) -> Option<i32> {
        self.with(|state| {
            state.stopped = Some(signal);
            state.due()
        })
    }

    /// The first process continues.
    pub fn continued(&self) {
        self.with(|state| *state = State::default());
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn due(&mut self) -> Option<i32> {
        self.stopped.filter(|_| std::mem::take(&mut self.requested))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_when_both_have_happened_in_any_order() {
        let job = JobControl::default();
        assert_eq!(job.stopped(20), None);
        assert_eq!(job.stop_requested(), Some(20));
        job.continued();
        assert_eq!(job.stop_requested(), None);
        assert_eq!(job.stopped(19), Some(19));
    }

    #[test]
    fn a_request_from_before_it_continued_is_forgotten() {
        let job = JobControl::default();
        job.stop_requested();
        job.continued();
        assert_eq!(job.stopped(20), None);
    }
}
