//! Job control: a shell watches forkcov in the program's place.
//!
//! A Ctrl-Z goes to the whole foreground process group. If forkcov stopped at once, the program could not be told of
//! it before it is continued; one that puts the terminal in order first would leave it in disorder, and stop when
//! nobody looks any more. So forkcov stops when it was told to *and* the program's first process has stopped. A stop
//! of that one alone is none of the job: who stopped it may want to continue it, and finds forkcov at work.

use std::sync::{Mutex, PoisonError};

/// What is known of a stop.
#[derive(Debug, Default)]
pub struct JobControl(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    asked: bool,
    /// The signal that the first process has stopped by.
    stopped: Option<i32>,
}

impl JobControl {
    /// The job was told to stop. Gives the signal to stop by if it is time to.
    pub fn ask(&self) -> Option<i32> {
        self.with(|state| {
            state.asked = true;
            state.due()
        })
    }

    /// The first process has stopped by `signal`. Gives the signal to stop by if it is time to.
    pub fn stopped(&self, signal: i32) -> Option<i32> {
        self.with(|state| {
            state.stopped = Some(signal);
            state.due()
        })
    }

    /// The first process goes on.
    pub fn continued(&self) {
        self.with(|state| *state = State::default());
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn due(&mut self) -> Option<i32> {
        self.stopped.filter(|_| std::mem::take(&mut self.asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_both_in_any_order() {
        let job = JobControl::default();
        assert_eq!(job.stopped(20), None);
        assert_eq!(job.ask(), Some(20));
        job.continued();
        assert_eq!(job.ask(), None);
        assert_eq!(job.stopped(19), Some(19));
    }

    #[test]
    fn what_was_asked_before_it_went_on_is_done_with() {
        let job = JobControl::default();
        job.ask();
        job.continued();
        assert_eq!(job.stopped(20), None);
    }
}
