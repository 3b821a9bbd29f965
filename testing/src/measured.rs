//! How long a command takes, and how much memory.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The time and the memory that one run has taken.
pub struct Measured {
    /// From its start to its end.
    pub seconds: f64,
    /// Of the processor, in the program and for it in the kernel.
    pub cpu_seconds: f64,
    /// The maximum resident set size.
    pub megabytes: u64,
}

impl Measured {
    /// Runs a command that must succeed.
    #[expect(clippy::zombie_processes, reason = "it is waited for, by another call")]
    pub fn of(mut command: Command) -> Self {
        let start = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a command");
        let mut status = 0;
        // SAFETY: rusage is plain data, of which zero is a value.
        #[expect(unsafe_code, reason = "std does not report the resources that a child has used")]
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            // SAFETY: both point to live objects of the right types.
            assert!(libc::wait4(child.id().cast_signed(), &raw mut status, 0, &raw mut usage) > 0);
            usage
        };
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "{command:?}: {status:#x}");
        let of = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        Self {
            seconds: start.elapsed().as_secs_f64(),
            cpu_seconds: of(usage.ru_utime) + of(usage.ru_stime),
            megabytes: usage.ru_maxrss.cast_unsigned() / 1024,
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} s, {} MB", self.seconds, self.megabytes)
    }
}
