//! Signals that are sent to forkcov are meant for the program, and are passed on.
//!
//! Those that a terminal sends (SIGINT by Ctrl-C, SIGQUIT, SIGHUP) go to the whole foreground process group
//! anyway, and so reach the program without us: they are told by their `si_code`, which is the kernel's. So do
//! those that a process of the program sends to its own process group (`kill 0`), which forkcov is in as well:
//! they are told by their sender. But where forkcov leads its session, a hangup is told to it alone, and would have been
//! to the program.
//!
//! SIGTSTP is not passed on either; when forkcov itself stops is told in [`super::job_control`].

use super::job_control::JobControl;
use crate::ptrace::{Tid, WakeGuard, stop_by};
use crate::tracer::{self, Entry, EventLog};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid, getsid};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// The signals that are passed on.
pub const FORWARDED: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Who is to get them: the first process, and when that has ended all that live on.
#[derive(Debug, Clone, Default)]
pub struct Receivers {
    living: Arc<Mutex<Living>>,
    job: Arc<JobControl>,
}

#[derive(Debug, Default)]
struct Living {
    first: Option<Tid>,
    all: BTreeSet<Tid>,
    /// Every process that there has been.
    ever: HashSet<Tid>,
}

impl Receivers {
    /// A process has begun; the first one to be told of is the first process.
    pub fn began(&self, pid: Tid) {
        self.with(|living| {
            if living.ever.is_empty() {
                living.first = Some(pid);
            }
            living.all.insert(pid);
            living.ever.insert(pid);
        });
    }

    /// A process has ended.
    pub fn ended(&self, pid: Tid) {
        self.with(|living| {
            living.all.remove(&pid);
            living.first = living.first.filter(|&first| first != pid);
        });
    }

    /// A process has been stopped by `signal`.
    pub fn stopped(&self, pid: Tid, signal: i32) {
        if self.is_first(pid) {
            self.job.stopped(signal).into_iter().for_each(stop_by);
        }
    }

    /// A stopped process goes on.
    pub fn continued(&self, pid: Tid) {
        if self.is_first(pid) {
            self.job.continued();
        }
    }

    fn is_first(&self, pid: Tid) -> bool {
        self.with(|living| living.first == Some(pid))
    }

    /// forkcov was told to stop, by `sender` or by its terminal. What another tells it is meant for forkcov at once.
    fn stop(&self, sender: Option<Tid>) {
        let together =
            self.with(|living| living.first.is_some() && sender.is_none_or(|pid| living.ever.contains(&pid)));
        let signal = if together { self.job.ask() } else { Some(SIGTSTP) };
        signal.into_iter().for_each(stop_by);
    }

    /// Passes on what `sender` sent to forkcov, and says to whom.
    fn send(&self, signal: Signal, sender: Option<Tid>) -> Vec<Tid> {
        self.with(|living| {
            if sender.is_some_and(|pid| living.ever.contains(&pid)) {
                return Vec::new();
            }
            let receivers: Vec<Tid> =
                living.first.map_or_else(|| living.all.iter().copied().collect(), |first| vec![first]);
            for pid in &receivers {
                // It may have ended this very moment, or belong to another user.
                let _ = kill(Pid::from_raw(*pid), signal);
            }
            receivers
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Living) -> T) -> T {
        work(&mut self.living.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Those of them that ask for the release of a process that was attached to.
const RELEASING: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Begins to pass signals on. This goes for one that was ignored when forkcov began, too: the program has been
/// launched with that, and may have changed its mind.
///
/// # Errors
/// When a handler cannot be installed or no thread be made.
pub fn forward(receivers: Receivers, log: EventLog) -> io::Result<()> {
    at_each(FORWARDED.iter().chain(&[SIGTSTP]), move |origin| {
        let sender = sender(origin);
        match (origin.signal, origin.cause) {
            (SIGTSTP, _) => receivers.stop(sender),
            // The kernel sends a SIGCONT with it (tty_signal_session_leader in drivers/tty/tty_jobctrl.c).
            (SIGHUP, Cause::Kernel) if getsid(None) == Ok(getpid()) => {
                [SIGHUP, SIGCONT].iter().for_each(|&signal| pass_on(&receivers, signal, None, &log));
            }
            (signal, Cause::Sent(_)) => pass_on(&receivers, signal, sender, &log),
            _ => {}
        }
    })
}

/// Begins to pass signals on, but those that ask for the release: the first such cuts the guard.
///
/// # Errors
/// As [`forward`].
pub fn release_at_signal(guard: WakeGuard, receivers: Receivers, log: EventLog) -> io::Result<()> {
    let mut guard = Some(guard);
    at_each(FORWARDED, move |origin| match (origin.signal, origin.cause) {
        (signal, _) if RELEASING.contains(&signal) => drop(guard.take()),
        (signal, Cause::Sent(_)) => pass_on(&receivers, signal, sender(origin), &log),
        _ => {}
    })
}

fn sender(origin: &Origin) -> Option<Tid> {
    origin.process.as_ref().map(|process| process.pid)
}

fn pass_on(receivers: &Receivers, signal: i32, sender: Option<Tid>, log: &EventLog) {
    if let Ok(known) = Signal::try_from(signal) {
        let to = receivers.send(known, sender);
        log.write(None, None, || Entry::Forward { signal: tracer::Signal::new(signal), to });
    }
}

/// Does `work` at each of these signals, in a thread of its own.
fn at_each<'a>(
    signals: impl IntoIterator<Item = &'a i32>,
    mut work: impl FnMut(&Origin) + Send + 'static,
) -> io::Result<()> {
    let mut signals = SignalsInfo::<WithOrigin>::new(signals)?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for origin in &mut signals {
            work(&origin);
        }
    })?;
    Ok(())
}
