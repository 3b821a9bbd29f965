//! How forkcov is started: with which descriptors, in place of which process; and programs that are killed
//! before they run.

use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

fn shell(place: &Sandbox, script: &str) -> Output {
    Command::new("bash").args(["-c", script]).current_dir(place.path("")).output().unwrap()
}

/// What `./started` wrote, and then the file is gone.
fn seen(place: &Sandbox) -> String {
    let seen = fs::read_to_string(place.path("seen")).unwrap_or_default();
    let _ = fs::remove_file(place.path("seen"));
    seen
}

#[test]
fn descriptors_that_were_closed_at_the_start_are_closed_in_the_program() {
    let place = Sandbox::with("started");
    let forkcov = paths::forkcov_text();
    for closed in 0..8 {
        let redirections: String =
            (0..3).filter(|bit| closed & 1 << bit != 0).map(|bit| format!(" {bit}>&-")).collect();
        shell(&place, &format!("./started seen{redirections}"));
        let bare = seen(&place);
        let output = shell(&place, &format!("{forkcov} run -- ./started seen{redirections}"));
        assert!(output.status.success(), "{redirections}: {output:?}");
        assert_eq!(seen(&place), bare, "{redirections}");
        assert!(!place.executed("forkcov.data", "started.c").is_empty(), "{redirections}");
        let is_said = text(&output.stderr).contains("forkcov.data");
        assert_eq!(is_said, closed & 4 == 0, "{redirections}: {output:?}");
    }
}

#[test]
fn variables_that_name_forkcovs_process_name_the_program() {
    let place = Sandbox::with("started");
    let forkcov = paths::forkcov_text();
    let identity =
        "$(python3 -c 'import os, sys; print(os.fstat(os.pidfd_open(int(sys.argv[1]))).st_ino)' $$)";
    let variables = format!(
        "exec 3</dev/null 4</dev/null; export LISTEN_PID=$$ LISTEN_FDS=2 WATCHDOG_PID=$$ SYSTEMD_EXEC_PID=$$ \
         LISTEN_PIDFDID={identity}"
    );
    let all = "01234--- LISTEN_PID WATCHDOG_PID SYSTEMD_EXEC_PID LISTEN_PIDFDID\n";
    for run in ["exec ./started seen".to_owned(), format!("exec {forkcov} run -q -- ./started seen")] {
        let output = shell(&place, &format!("{variables}; {run}"));
        assert_eq!(seen(&place), all, "{run}: {output:?}");
    }
}

#[test]
fn variables_that_name_another_process_are_kept() {
    let place = Sandbox::new();
    let script = format!("{} run -q -- sh -c 'echo $LISTEN_PID $WATCHDOG_PID'", paths::forkcov_text());
    let output = shell(&place, &format!("export LISTEN_PID=1 WATCHDOG_PID=$$; {script}; echo $$"));
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    assert_eq!(lines[0], format!("1 {}", lines[1]), "{output:?}");
}

#[test]
fn a_program_that_is_killed_before_it_runs_is_said_to_be_that() {
    let place = Sandbox::with("forks");
    place.compile("kills-before", &[]);
    for call in ["ptrace", "execve"] {
        let mut command = Command::new(place.path("kills-before"));
        command.args([call, paths::forkcov_text(), "run", "--", "./forks"]).current_dir(place.path(""));
        let output = command.output().unwrap();
        assert_eq!(output.status.signal(), Some(9), "{call}: {output:?}");
        assert_eq!(text(&output.stdout), "", "{call}: the program has not run");
        one_line(&output, &["./forks was killed by SIGKILL before it could run"]);
        assert_eq!(place.files("forkcov"), [""; 0], "{call}: nothing is left behind");
    }
}
