//! Signal dispositions that the tests inherit: nohup(1), or a shell without job control, starts them with
//! signals ignored, and their programs would ignore these too, and not die of them as they are to.

use signal_hook::consts::FORBIDDEN;
use signal_hook::flag;
use std::fs;
use std::sync::{Arc, Once};

/// Gives every program that is started from now on the default action of each signal. A signal that is caught
/// is so by default in a new program (execve(2)); the tests themselves still do nothing about it.
pub fn are_default() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        for signal in (1..=libc::SIGRTMAX()).filter(|&signal| is_ignored(signal) && can_be_caught(signal)) {
            flag::register(signal, Arc::default()).unwrap_or_else(|why| panic!("signal {signal}: {why}"));
        }
    });
}

fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(set.trim(), 16).unwrap() >> (signal - 1) & 1 != 0
}

/// The signals between the standard and the real-time ones belong to the C library. SIGPIPE is ignored by
/// every program in Rust, and it starts others with the default.
fn can_be_caught(signal: i32) -> bool {
    !FORBIDDEN.contains(&signal) && signal != libc::SIGPIPE && !(32..libc::SIGRTMIN()).contains(&signal)
}
