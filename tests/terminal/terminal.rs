//! A pseudo-terminal with a shell in it, and a simulated user at the keyboard.

use forkcov_testing::needs;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long an answer may take. No test passes by it.
const LIMIT: Duration = Duration::from_secs(60);

/// The terminal of a session.
pub struct Terminal {
    master: PtyMaster,
    /// Its device.
    pub name: String,
    unread: String,
    leader: Child,
}

impl Terminal {
    /// Starts `command` as the leader of a session with a new terminal, in `directory`.
    pub fn with(command: &[&str], directory: &Path) -> Terminal {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname_r(&master).unwrap();
        let device = File::options().read(true).write(true).open(&name).unwrap();
        let end = || Stdio::from(OwnedFd::from(device.try_clone().unwrap()));
        needs::require(needs::tool(command[0]));
        let leader = needs::command("setsid")
            .arg("--ctty")
            .args(command)
            .current_dir(directory)
            .env("PS1", "what? ")
            .env_remove("ENV")
            .env_remove("FORKCOV_FILE")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        Terminal { master, name, unread: String::new(), leader }
    }

    /// Types `text`; `^Z` is `\x1a`.
    pub fn types(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    /// Waits for `text` on the terminal, and gives what came before it.
    pub fn shows(&mut self, text: &str) -> String {
        let end = Instant::now() + LIMIT;
        loop {
            if let Some(at) = self.unread.find(text) {
                let before = self.unread[..at].to_string();
                self.unread.drain(..at + text.len());
                return before;
            }
            assert!(self.reads(end), "the terminal does not show {text:?}, but {:?}", self.unread);
        }
    }

    /// What a shell says to `command`, up to its next prompt.
    pub fn answers(&mut self, command: &str) -> String {
        self.types(&format!("{command}\n"));
        self.shows(command);
        self.shows("what? ")
    }

    /// Waits for the end of the leader, and of every process that has the terminal open.
    pub fn ends(mut self) -> ExitStatus {
        let end = Instant::now() + LIMIT;
        while self.reads(end) {}
        assert!(Instant::now() < end, "the terminal is still in use, and shows {:?}", self.unread);
        self.leader.wait().unwrap()
    }

    /// Hangs up, and gives the leader to wait for.
    pub fn hangs_up(self) -> Child {
        self.leader
    }

    /// Reads more; false when there will be no more, or not until `end`.
    fn reads(&mut self, end: Instant) -> bool {
        let left = end.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let mut descriptors = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        let mut buffer = [0; 4096];
        if poll(&mut descriptors, timeout) != Ok(1) {
            return false;
        }
        // A terminal without users gives EIO.
        let Ok(length @ 1..) = self.master.read(&mut buffer) else { return false };
        self.unread += &String::from_utf8_lossy(&buffer[..length]);
        true
    }
}

/// The state letter of a process (proc_pid_stat(5)).
pub fn state(pid: &str) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}
