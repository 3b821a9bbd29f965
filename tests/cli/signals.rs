//! Signals that are sent to forkcov reach the program, and the data is written.

use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus, Stdio};

/// Starts `waits`, and comes back when it is ready.
fn start(place: &Sandbox, arguments: &[&str]) -> (Child, impl BufRead + use<>) {
    let mut command = place.command(&[&["run", "-q", "--", "./waits"], arguments].concat());
    // A group that its parent is not in is not orphaned, so that its members can be stopped (setpgid(2)).
    let mut forkcov = command.process_group(0).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(forkcov.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    (forkcov, output)
}

fn send(place: &Sandbox, arguments: &[&str], signal: Signal) -> (ExitStatus, String) {
    let (mut forkcov, mut output) = start(place, arguments);
    kill(Pid::from_raw(forkcov.id() as i32), signal).unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    (forkcov.wait().unwrap(), rest)
}

#[test]
fn a_program_handles_the_signal_that_forkcov_was_sent() {
    let place = Sandbox::with("waits");
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let (status, rest) = send(&place, &["catch"], signal);
        assert_eq!(rest, format!("caught {}\n", signal as i32));
        assert_eq!(status.code(), Some(7));
        assert!(
            place.executed("forkcov.data", "waits.c").contains(&10),
            "the handler's line after the signal"
        );
    }
}

#[test]
fn a_program_that_dies_by_it_takes_forkcov_along_and_the_data_is_written() {
    let place = Sandbox::with("waits");
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let (status, rest) = send(&place, &[], signal);
        assert_eq!(rest, "");
        assert_eq!(status.signal(), Some(signal as i32));
        let json = place.json("forkcov.data");
        assert_eq!(json["processes"][0]["exit"]["signal"], signal.as_str());
        assert!(!place.executed("forkcov.data", "waits.c").contains(&10));
        std::fs::remove_file(place.path("forkcov.data")).unwrap();
    }
}

#[test]
fn a_stop_that_another_sends_to_forkcov_stops_it_until_it_is_continued() {
    let place = Sandbox::with("waits");
    for signal in [Signal::SIGTSTP, Signal::SIGSTOP] {
        let (mut forkcov, mut output) = start(&place, &["catch"]);
        let pid = Pid::from_raw(forkcov.id() as i32);
        kill(pid, signal).unwrap();
        assert_eq!(waitpid(pid, Some(WaitPidFlag::WUNTRACED)), Ok(WaitStatus::Stopped(pid, signal)));
        kill(pid, Signal::SIGCONT).unwrap();
        assert_eq!(waitpid(pid, Some(WaitPidFlag::WCONTINUED)), Ok(WaitStatus::Continued(pid)));
        kill(pid, Signal::SIGTERM).unwrap();
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        assert_eq!((rest.as_str(), forkcov.wait().unwrap().code()), ("caught 15\n", Some(7)));
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let place = Sandbox::new();
    let script = "trap '' INT; kill -INT $PPID; sleep 0.1; echo alive";
    let output = place.forkcov(&["run", "-q", "--", "sh", "-c", script]);
    assert_eq!(forkcov_testing::sandbox::text(&output.stdout), "alive\n", "{output:?}");
}

#[test]
fn sigtrap_that_is_ignored_from_the_start_stays_ignored() {
    let place = Sandbox::with("ignores");
    let script = format!("trap '' TRAP; exec {} run -q -- ./ignores", paths::forkcov_text());
    let output =
        std::process::Command::new("sh").args(["-c", &script]).current_dir(place.path("")).output().unwrap();
    assert_eq!((text(&output.stdout), output.status.code()), ("1111", Some(0)), "{output:?}");
}
