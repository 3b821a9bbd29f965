//! Signals that are sent to forkcov are meant for the program, and are passed on.
//!
//! Those that a terminal sends (SIGINT by Ctrl-C, SIGQUIT, SIGHUP) go to the whole foreground process group
//! anyway, and so reach the program without us: they are told by their `si_code`, which is the kernel's. So do
//! those that a process of the program sends to its own process group (`kill 0`), which forkcov is in as well:
//! they are told by their sender.

use crate::ptrace::{Rope, Tid};
use crate::tracer::{self, Entry, EventLog};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
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
pub struct Receivers(Arc<Mutex<Living>>);

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
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
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
    at_each(move |origin| pass_on(&receivers, origin, &log))
}

/// Begins to pass signals on, but those that ask for the release: the first such cuts the rope.
///
/// # Errors
/// As [`forward`].
pub fn release_by(rope: Rope, receivers: Receivers, log: EventLog) -> io::Result<()> {
    let mut rope = Some(rope);
    at_each(move |origin| {
        if RELEASING.contains(&origin.signal) {
            drop(rope.take());
        } else {
            pass_on(&receivers, origin, &log);
        }
    })
}

fn at_each(mut work: impl FnMut(&Origin) + Send + 'static) -> io::Result<()> {
    let mut signals = SignalsInfo::<WithOrigin>::new(FORWARDED)?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for origin in &mut signals {
            work(&origin);
        }
    })?;
    Ok(())
}

fn pass_on(receivers: &Receivers, origin: &Origin, log: &EventLog) {
    if let (Cause::Sent(_), Ok(signal)) = (origin.cause, Signal::try_from(origin.signal)) {
        let to = receivers.send(signal, origin.process.as_ref().map(|process| process.pid));
        log.write(None, None, || Entry::Forward { signal: tracer::Signal::new(origin.signal), to });
    }
}
