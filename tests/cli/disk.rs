//! A disk with little or no room: the program runs, one line names the problem, and recorded hits are not
//! lost.

use forkcov_testing::needs::{self, Lack};
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tmpfs of so many bytes, unmounted at the end.
struct Disk(PathBuf);

impl Disk {
    /// Ends the test where mounting is not permitted.
    fn mount(at: &Path, bytes: usize) -> Disk {
        fs::create_dir_all(at).unwrap();
        let mut command = needs::command("mount");
        let output = command.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]).arg(at).output();
        let output = output.unwrap();
        if !output.status.success() {
            let reason = format!("mount failed: {}", text(&output.stderr).trim());
            needs::give_up(Lack::machine("mount", reason));
        }
        Disk(at.to_path_buf())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "failed to unmount {}", self.0.display());
    }
}

#[test]
fn with_any_amount_of_room_the_program_runs_and_nothing_recorded_is_lost() {
    let place = Sandbox::with("forks");
    let mut outcomes = Vec::new();
    for pages in [1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 32, 48, 64, 128] {
        let at = place.path(&format!("disk-{pages}"));
        let _disk = Disk::mount(&at, pages * 4096);
        outcomes.push((pages, run_on(&place, &format!("disk-{pages}"))));
    }
    println!("{outcomes:?}");
    assert!(outcomes.iter().any(|(_, outcome)| *outcome == "kept"), "{outcomes:?}");
    assert!(outcomes.iter().any(|(_, outcome)| *outcome != "kept"), "{outcomes:?}");
}

/// Runs the program with its data on the disk, and says where the data then is.
fn run_on(place: &Sandbox, disk: &str) -> &'static str {
    let data_file = format!("{disk}/forkcov.data");
    let output = place.forkcov(&["run", "--data-file", &data_file, "--", "./forks"]);
    let stderr = text(&output.stderr);
    assert!(
        stderr.lines().all(|line| line.starts_with("forkcov: ")) && stderr.lines().count() <= 3,
        "{disk}: {output:?}"
    );
    assert!(!stderr.contains("debug information"), "{disk}: {stderr}");
    if output.status.success() {
        assert_eq!(text(&output.stdout), "child\nparent\n", "{disk}");
        assert_eq!(place.processes(&data_file), 2, "{disk}");
        return "kept";
    }
    assert_eq!(output.status.code(), Some(125), "{disk}: {output:?}");
    assert!(stderr.contains(disk) && stderr.contains("No space left on device"), "{disk}: {stderr}");
    if text(&output.stdout).is_empty() {
        return "refused before the program ran";
    }
    assert_eq!(text(&output.stdout), "child\nparent\n", "{disk}");
    // Of a directory, combine takes the hit files whose name begins as the data file's does.
    let rescued = format!("rescued-from-{disk}/forkcov.data");
    fs::create_dir(place.path(&format!("rescued-from-{disk}"))).unwrap();
    let combined = place.forkcov(&["combine", "--data-file", &rescued, disk]);
    if place.path(&rescued).exists() && place.processes(&rescued) == 2 {
        assert!(place.executed(&rescued, "forks.c").is_superset(&[8, 16].into()), "{disk}: {combined:?}");
        return "left in hit files";
    }
    "not recorded, as it said"
}

#[test]
fn with_any_amount_of_room_for_what_is_private_nothing_is_lost_in_silence() {
    let place = Sandbox::with("forks");
    let mut outcomes = Vec::new();
    for pages in [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64] {
        let name = format!("disk-{pages}");
        let _disk = Disk::mount(&place.path(&name), pages * 4096);
        let data_file = format!("data-{pages}");
        let mut command = place.command(&["run", "--data-file", &data_file, "--", "./forks"]);
        let output = command.env("FORKCOV_TMPDIR", place.path(&name)).output().unwrap();
        let stderr = text(&output.stderr);
        assert!(stderr.lines().count() <= 3 && !stderr.contains("debug information"), "{name}: {output:?}");
        assert_eq!(text(&output.stdout), "child\nparent\n", "{name}: {output:?}");
        let is_whole = output.status.success();
        if is_whole {
            let run = place.executed(&data_file, "forks.c");
            assert!(run.is_superset(&[8, 16].into()), "{name}: {output:?}");
        } else {
            assert_eq!(output.status.code(), Some(125), "{name}: {output:?}");
            assert!(stderr.contains(&name) && stderr.contains("No space left on device"), "{name}: {stderr}");
        }
        outcomes.push((pages, is_whole));
    }
    assert!(outcomes.iter().any(|(_, is_whole)| *is_whole), "{outcomes:?}");
    assert!(outcomes.iter().any(|(_, is_whole)| !is_whole), "{outcomes:?}");
}

#[test]
fn at_a_limit_of_file_sizes_the_program_runs_on_and_dies_of_it_only_itself() {
    let place = Sandbox::with("forks");
    let limited = |run: &str| {
        let mut command = Command::new("sh");
        let line = format!("ulimit -f 1; exec {} run --log-events log {run}", paths::forkcov_text());
        command.args(["-c", &line]).current_dir(place.path("")).output().unwrap()
    };
    let output = limited("-- ./forks 3");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(3), "child\nparent\n"), "{output:?}");
    assert!(text(&output.stderr).contains("failed to write log: File too large"), "{output:?}");
    assert!(text(&output.stderr).lines().all(|line| line.starts_with("forkcov: ")), "{output:?}");
    let output = limited("-- sh -c 'while :; do echo more; done >many'");
    assert_eq!(output.status.signal(), Some(nix::libc::SIGXFSZ), "{output:?}");
}
