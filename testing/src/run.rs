//! Runs a command with a time limit, and keeps what it wrote.

use crate::dispositions;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How a command ended.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// Its exit status, or the signal that it died by.
    pub status: ExitStatus,
    /// All of its standard output, its descendants' included.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
}

/// Runs `command` with `stdin` (or `/dev/null`) until it has ended, and every process that holds its output.
///
/// After `limit`, its process group is killed, and the error says what it had written.
pub fn run(mut command: Command, stdin: Option<Vec<u8>>, limit: Duration) -> Result<Outcome, String> {
    dispositions::are_default();
    let input = if stdin.is_some() { Stdio::piped() } else { Stdio::null() };
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|why| format!("failed to start {command:?}: {why}"))?;
    if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
        // A program that does not read all of its input has not failed.
        let _unread = pipe.write_all(&text);
    }
    let stdout = drain(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let end = Instant::now() + limit;
    let in_time = by(end, &stdout).and_then(|out| Some((out, by(end, &stderr)?)));
    let Some((out, err)) = in_time.filter(|_| ends_by(&mut child, end)) else {
        return Err(give_up(&command, &mut child, &stdout, &stderr, limit));
    };
    let status = child.wait().map_err(|why| format!("failed to wait for {command:?}: {why}"))?;
    Ok(Outcome { status, stdout: out, stderr: err })
}

type Output = Receiver<Vec<u8>>;

fn by(end: Instant, output: &Output) -> Option<Vec<u8>> {
    output.recv_timeout(end.saturating_duration_since(Instant::now())).ok()
}

fn drain(mut from: impl Read + Send + 'static) -> Output {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _unreadable = from.read_to_end(&mut bytes);
        let _nobody_waits = sender.send(bytes);
    });
    receiver
}

/// The output has ended, so this is nearly always true at once.
fn ends_by(child: &mut Child, end: Instant) -> bool {
    while Instant::now() < end {
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        thread::sleep(Duration::from_millis(1));
    }
    false
}

fn give_up(
    command: &Command,
    child: &mut Child,
    stdout: &Output,
    stderr: &Output,
    limit: Duration,
) -> String {
    let _already_gone = killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL);
    let _already_gone = child.wait();
    let soon = Instant::now() + Duration::from_secs(1);
    let text = |output: &Output| String::from_utf8_lossy(&by(soon, output).unwrap_or_default()).into_owned();
    format!(
        "{command:?} had not ended after {} s, and was killed\nstdout:\n{}\nstderr:\n{}",
        limit.as_secs(),
        text(stdout),
        text(stderr)
    )
}
