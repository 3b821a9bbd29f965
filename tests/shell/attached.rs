//! Shells that run before forkcov comes, and after it has gone.

use crate::script::Place;
use forkcov_testing::paths;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// It changes its directory first. Each word that is written to the FIFO begins a phase.
const SCRIPT: &str = "\
cd other
old() {
  echo old >> ../log
}
phase() {
  read -r phase <&7
  echo $phase >> ../log
}
exec 7<> ../fifo
echo ready >> ../log
phase
old
echo attached > /dev/null
( echo child > /dev/null )
new() {
  echo new >> ../log
}
new
phase
echo released > /dev/null
( echo child > /dev/null )
new
old
phase
";

struct Running {
    place: Place,
    shell: Child,
}

impl Running {
    fn start() -> Self {
        let place = Place::new(&[("script", SCRIPT), ("other/x", "")]);
        mkfifo(&place.sandbox.path("fifo"), Mode::S_IRWXU).unwrap();
        fs::write(place.sandbox.path("log"), "").unwrap();
        let mut shell = Command::new("bash");
        shell.arg("./script").current_dir(place.sandbox.path("")).stdin(Stdio::null());
        let running = Self { shell: shell.spawn().unwrap(), place };
        running.wait_for("ready");
        running
    }

    fn wait_for(&self, word: &str) {
        let began = Instant::now();
        while !fs::read_to_string(self.place.sandbox.path("log")).unwrap().lines().any(|line| line == word) {
            assert!(began.elapsed() < Duration::from_secs(60), "no {word}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn go_on(&self, word: &str) {
        fs::write(self.place.sandbox.path("fifo"), format!("{word}\n")).unwrap();
    }

    fn attach(&self) -> Child {
        let mut forkcov = Command::new(paths::forkcov());
        forkcov.args(["run", "--data-file", "forkcov.data", "--include", "*/script"]);
        forkcov.args(["--attach", &self.shell.id().to_string()]);
        forkcov.current_dir(self.place.sandbox.path("")).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = forkcov.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        assert!(line.starts_with("forkcov: attached to "), "{line}");
        thread::spawn(move || lines.for_each(drop));
        child
    }

    /// It ends as it would have, and has done everything.
    fn ends(mut self) -> Place {
        self.go_on("end");
        assert!(self.shell.wait().unwrap().success());
        let log = fs::read_to_string(self.place.sandbox.path("log")).unwrap();
        assert_eq!(log, "ready\none\nold\nnew\ntwo\nnew\nold\nend\n");
        self.place
    }
}

fn detach(forkcov: &mut Child) {
    kill(Pid::from_raw(forkcov.id() as i32), Signal::SIGINT).unwrap();
    assert!(forkcov.wait().unwrap().success());
}

/// A function that was defined before has the file that the script is read from.
#[test]
fn what_runs_meanwhile_counts() {
    let shell = Running::start();
    let mut forkcov = shell.attach();
    shell.go_on("one");
    shell.wait_for("new");
    detach(&mut forkcov);
    shell.go_on("two");
    shell.wait_for("old");
    let hit = shell.ends().hit();
    let lines: Vec<u32> = hit["script"].iter().copied().collect();
    // Whether the second phase was still reached is a matter of time.
    let certain: Vec<u32> = lines.iter().copied().filter(|line| ![6, 19].contains(line)).collect();
    assert_eq!(certain, [3, 7, 12, 13, 14, 15, 16, 18]);
}

#[test]
fn it_can_be_attached_to_again() {
    let shell = Running::start();
    for _ in 0..3 {
        detach(&mut shell.attach());
    }
    let mut forkcov = shell.attach();
    shell.go_on("one");
    shell.wait_for("new");
    detach(&mut forkcov);
    let mut forkcov = shell.attach();
    shell.go_on("two");
    shell.wait_for("two");
    let place = shell.ends();
    assert!(forkcov.wait().unwrap().success());
    let lines: Vec<u32> = place.hit()["script"].iter().copied().filter(|line| *line > 8).collect();
    assert_eq!(lines, [16, 20, 21, 22, 23, 24]);
}

/// Once the shell has executed a command, nothing that is left in it stops it.
#[test]
fn it_outlives_a_forkcov_that_is_killed() {
    let shell = Running::start();
    let mut forkcov = shell.attach();
    shell.go_on("one");
    shell.wait_for("new");
    forkcov.kill().unwrap();
    forkcov.wait().unwrap();
    shell.go_on("two");
    shell.ends();
}
