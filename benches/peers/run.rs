//! Runs commands for their time, and commands for their output.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The longest that a run may take.
pub const LIMIT: Duration = Duration::from_secs(180);

/// Runs a command: the seconds that it took, or what was wrong with it.
pub fn time(mut command: Command, input: Option<&Path>) -> Result<f64, String> {
    let input = input.map_or_else(Stdio::null, |path| File::open(path).expect("the input of a work").into());
    command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let start = Instant::now();
    let mut child = command.spawn().map_err(|why| format!("did not start: {why}"))?;
    let group = Pid::from_raw(child.id().cast_signed());
    let (ended, has_ended) = mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let is_late = has_ended.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
        if is_late {
            let _ = killpg(group, Signal::SIGKILL);
        }
        is_late
    });
    let status = child.wait().expect("a child that is waited for");
    let seconds = start.elapsed().as_secs_f64();
    drop(ended);
    if watch.join().expect("the watch") {
        return Err(format!("took more than {} s", LIMIT.as_secs()));
    }
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(seconds),
        (Some(code), _) => Err(format!("ended by {code}")),
        (None, signal) => Err(format!("died of signal {}", signal.unwrap_or_default())),
    }
}

/// What a command that must succeed writes to its standard output.
pub fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|why| panic!("failed to run {command:?}: {why}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
