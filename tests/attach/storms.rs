//! Programs that fork, exec and end all the time while forkcov attaches and detaches.

use crate::target::Target;
use crate::{forkcov, target, unharmed};
use forkcov_testing::needs;
use forkcov_testing::paths;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;

const ROUNDS: u32 = 20;

#[test]
fn a_program_that_calls_exec_all_the_time() {
    let (built, mut target) = target::start("execs", "execs");
    for round in 0..ROUNDS {
        // A forkcov that gets the CPU late seizes a thread, having waited for its exec, after that exec was
        // reported.
        let late = if round % 4 == 3 { "19" } else { "0" };
        let mut nice = Command::new("nice");
        nice.args(["-n", late]);
        let attached = forkcov::attach_by(forkcov::run_by(nice, &built.directory), target.pid);
        let remarks = attached.detach_with_remarks();
        // A process that is released directly after its exec has run nothing of the new image.
        let is_expected = |remark: &String| remark.contains("nothing that ran has a line to cover");
        assert!(remarks.iter().all(is_expected), "{remarks:?}");
    }
    let forkcov = forkcov::attach(&built.directory, target.pid);
    target.go_on();
    let (rest, status) = target.end();
    assert_eq!((rest.as_str(), status.code()), ("enough\n", Some(0)));
    forkcov.end();
}

/// Also between forkcov's seizing them and its asking them to stop, which is made slow.
#[test]
fn a_program_whose_threads_end_all_the_time() {
    needs::require(needs::tool("strace"));
    let (built, mut target) = target::start("short_threads", "short_threads");
    for _ in 0..ROUNDS / 2 {
        // Not the parent of forkcov (-D), which is sent a signal. The first calls are for threads that stay.
        let mut slowed = Command::new("strace");
        slowed.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=ptrace"]);
        slowed.arg("--inject=ptrace:delay_exit=15000:when=9..40");
        forkcov::attach_by(forkcov::run_by(slowed, &built.directory), target.pid).detach();
    }
    unharmed::check(target.pid);
    target.go_on();
    let (rest, status) = target.end();
    assert_eq!((rest.as_str(), status.code()), ("enough\n", Some(0)));
}

/// Also those that were being made when forkcov came.
#[test]
fn every_child_of_a_traced_process_is_traced_with_its_libraries() {
    const SOME: usize = 4;
    let built = target::build("opens", "opens");
    let plugin = built.source.parent().unwrap().with_file_name("libraries").join("plugin.c");
    let reaped = || {
        let bytes = fs::read(built.directory.join("reaped")).unwrap();
        let ids = bytes.chunks_exact(4).map(|id| i32::from_ne_bytes(id.try_into().unwrap()));
        ids.collect::<Vec<i32>>()
    };
    let mut target = built.start();
    target.wait_for("ready");
    let mut children = 0;
    for _ in 0..ROUNDS {
        let forkcov = forkcov::attach(&built.directory, target.pid);
        let before = reaped().len();
        while reaped().len() < before + SOME {
            thread::yield_now();
        }
        let ended = reaped().split_off(before);
        forkcov.detach();
        for process in forkcov::processes(&built.directory) {
            // One that was attached to has a command.
            let is_new = process["command"].as_array().unwrap().is_empty();
            if is_new && ended.contains(&(process["pid"].as_i64().unwrap() as i32)) {
                assert_eq!(process["exit"]["code"], 7, "{process}");
                let lines = process["files"].as_object().unwrap();
                let of_plugin =
                    lines.iter().find(|(path, _)| plugin.ends_with(path.trim_start_matches("../")));
                let (_, lines) = of_plugin.unwrap_or_else(|| panic!("no lines of the plugin: {process}"));
                assert!(lines.as_array().unwrap().len() >= 5, "{process}");
                children += 1;
            }
        }
    }
    unharmed::check(target.pid);
    target.go_on();
    assert_eq!(target.end().0, "wrong 0\n");
    assert!(children >= ROUNDS, "{children} children were seen from their birth to their end");
}

#[test]
fn children_outlive_a_parent_that_is_killed_while_it_makes_them() {
    let built = target::build("killed", "killed");
    for _ in 0..ROUNDS {
        let mut target = built.start();
        target.wait_for("ready");
        let forkcov = forkcov::attach(&built.directory, target.pid);
        target.go_on();
        target.read_byte();
        kill(Pid::from_raw(target.pid), Signal::SIGKILL).unwrap();
        forkcov.end();
        // It ends when the last one that has it as its output does.
        let (rest, _) = target.end();
        let count = |byte: char| rest.matches(byte).count();
        assert_eq!(1 + count('S'), count('E'), "a child began and did not end well");
    }
}

#[test]
fn what_outlives_the_first_process_is_born_and_ends_all_the_time() {
    let built = target::build("busy", "busy-outlives");
    let mut command = built.command(paths::forkcov());
    let script = "mkfifo go; exec 3<&0; ./busy <&3 & read line < go; exit 5";
    command.args(["run", "--exit-first-process", "--", "sh", "-c", script]).stderr(Stdio::null());
    let mut busy = Target::of(command.spawn().unwrap());
    busy.wait_for("ready");
    fs::write(built.directory.join("go"), "\n").unwrap();
    assert_eq!(busy.status().code(), Some(5));
    let processes = forkcov::processes(&built.directory);
    let is_root = |process: &&serde_json::Value| process["parent"].is_null();
    assert_eq!(processes.iter().filter(is_root).count(), 1, "each process but the first has its parent");
    let released = processes.iter().find(|process| process["command"][0] == "./busy").unwrap();
    unharmed::check(released["pid"].as_i64().unwrap() as i32);
    busy.go_on();
    assert_eq!(busy.end().0, "wrong 0, worked 1\n");
}
