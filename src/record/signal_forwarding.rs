//! Forwards signals that are sent to forkcov to the program that they are meant for.
//!
//! Two kinds are not forwarded, because they reach the program anyway. A terminal signals the whole
//! foreground process group (SIGINT by Ctrl-C, SIGQUIT, SIGHUP); the `si_code` of such a signal is the
//! kernel's. A process of the program can signal its own process group (`kill 0`), which includes forkcov;
//! the sender shows that. But when forkcov leads its session, a hangup is sent to forkcov alone, and is
//! forwarded.
//!
//! SIGTSTP is not forwarded either; [`super::job_control`] decides when forkcov stops.

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

/// The signals that are forwarded.
pub const FORWARDED: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// The processes that receive forwarded signals: the first process, and when it has ended, all that are
/// alive.
#[derive(Debug, Clone, Default)]
pub struct Receivers {
    living: Arc<Mutex<Living>>,
    job: Arc<JobControl>,
}

#[derive(Debug, Default)]
struct Living {
    first: Option<Tid>,
    all: BTreeSet<Tid>,
    /// Every process of the run so far.
    all_so_far: HashSet<Tid>,
}

impl Receivers {
    /// A process has started. The first call is for the first process.
    pub fn began(&self, pid: Tid) {
        self.with(|living| {
            if living.all_so_far.is_empty() {
                living.first = Some(pid);
            }
            living.all.insert(pid);
            living.all_so_far.insert(pid);
        });
    }

    /// A process has ended.
    pub fn ended(&self, pid: Tid) {
        self.with(|living| {
            living.all.remove(&pid);
            living.first = living.first.filter(|&first| first != pid);
        });
    }

    /// A process was stopped by `signal`.
    pub fn stopped(&self, pid: Tid, signal: i32) {
        if self.is_first(pid) {
            self.job.stopped(signal).into_iter().for_each(stop_by);
        }
    }

    /// A stopped process continues.
    pub fn continued(&self, pid: Tid) {
        if self.is_first(pid) {
            self.job.continued();
        }
    }

    fn is_first(&self, pid: Tid) -> bool {
        self.with(|living| living.first == Some(pid))
    }

    /// forkcov was asked to stop, by `sender` or by its terminal. A process outside the run means forkcov
    /// alone, which then stops at once.
    fn stop(&self, sender: Option<Tid>) {
        let together = self.with(|living| {
            living.first.is_some() && sender.is_none_or(|pid| living.all_so_far.contains(&pid))
        });
        let signal = if together { self.job.stop_requested() } else { Some(SIGTSTP) };
        signal.into_iter().for_each(stop_by);
    }

    /// Forwards a signal that `sender` sent to forkcov, and gives the receivers.
    fn send(&self, signal: Signal, sender: Option<Tid>) -> Vec<Tid> {
        self.with(|living| {
            if sender.is_some_and(|pid| living.all_so_far.contains(&pid)) {
                return Vec::new();
            }
            let receivers: Vec<Tid> =
                living.first.map_or_else(|| living.all.iter().copied().collect(), |first| vec![first]);
            for pid in &receivers {
                // It may just have ended, or belong to another user.
                let _ = kill(Pid::from_raw(*pid), signal);
            }
            receivers
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Living) -> T) -> T {
        work(&mut self.living.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The forwarded signals that detach forkcov from a process that it was attached to.
const DETACHING: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Starts to forward signals, also those that were ignored when forkcov started: the program has inherited
/// that, but may have installed a handler.
///
/// # Errors
/// When a handler cannot be installed, or no thread can be started.
pub fn forward(receivers: Receivers, log: EventLog) -> io::Result<()> {
    for_each_signal(FORWARDED.iter().chain(&[SIGTSTP]), move |origin| {
        let sender = sender(origin);
        match (origin.signal, origin.cause) {
            (SIGTSTP, _) => receivers.stop(sender),
            // The kernel sends SIGCONT with it (tty_signal_session_leader in drivers/tty/tty_jobctrl.c).
            (SIGHUP, Cause::Kernel) if getsid(None) == Ok(getpid()) => {
                [SIGHUP, SIGCONT].iter().for_each(|&signal| forward_one(&receivers, signal, None, &log));
            }
            (signal, Cause::Sent(_)) => forward_one(&receivers, signal, sender, &log),
            _ => {}
        }
    })
}

/// Starts to forward signals, except those that detach: the first of them drops `guard`.
///
/// # Errors
/// As [`forward`].
pub fn release_at_signal(guard: WakeGuard, receivers: Receivers, log: EventLog) -> io::Result<()> {
    let mut guard = Some(guard);
    for_each_signal(FORWARDED, move |origin| match (origin.signal, origin.cause) {
        (signal, _) if DETACHING.contains(&signal) => drop(guard.take()),
        (signal, Cause::Sent(_)) => forward_one(&receivers, signal, sender(origin), &log),
        _ => {}
    })
}

fn sender(origin: &Origin) -> Option<Tid> {
    origin.process.as_ref().map(|process| process.pid)
}

fn forward_one(receivers: &Receivers, signal: i32, sender: Option<Tid>, log: &EventLog) {
    if let Ok(known) = Signal::try_from(signal) {
        let to = receivers.send(known, sender);
        log.write(None, None, || Entry::Forward { signal: tracer::Signal::new(signal), to });
    }
}

/// Calls `work` for each of these signals, in a separate thread.
fn for_each_signal<'a>(
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
