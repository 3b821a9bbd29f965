//! Samples the memory of a process while it runs.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a process has taken at most.
#[derive(Debug, Default)]
pub struct Watched {
    pub seconds: f64,
    /// Resident memory in KiB, mapped files and all.
    pub resident: u64,
    /// That part of it that no file stands behind.
    pub anonymous: u64,
    pub descriptors: usize,
    pub mappings: usize,
    pub stdout: Vec<u8>,
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

impl Watched {
    /// Runs a command that must succeed.
    pub fn of(mut command: Command) -> Self {
        let start = Instant::now();
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("a program that starts");
        let pid = child.id();
        // Its output fits into the pipe, so it need not be read meanwhile.
        let waits = thread::spawn(move || child.wait_with_output().expect("an output"));
        let mut watched = Self::default();
        while !waits.is_finished() {
            watched.look(pid);
            thread::sleep(BETWEEN_LOOKS);
        }
        watched.seconds = start.elapsed().as_secs_f64();
        let output = waits.join().expect("an output");
        assert!(output.status.success(), "{command:?}: {}", output.status);
        watched.stdout = output.stdout;
        watched
    }

    fn look(&mut self, pid: u32) {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_ascii_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        self.resident = self.resident.max(field("VmHWM"));
        self.anonymous = self.anonymous.max(field("RssAnon"));
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
        self.descriptors = self.descriptors.max(descriptors);
        let mappings = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default().lines().count();
        self.mappings = self.mappings.max(mappings);
    }
}
