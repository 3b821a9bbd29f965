//! Rights that a test program needs of the machine, by the `needs` directive.
//!
//! | need | is |
//! |---|---|
//! | `root` | the capabilities CAP_SYS_ADMIN and CAP_SYS_CHROOT: namespaces, `chroot`, chosen PIDs |
//! | `perf` | perf_event_open(2) for the program's own user code |

use std::fs;

/// Why this machine does not give what is needed, if so.
pub fn lacking(need: &str) -> Option<String> {
    match need {
        "root" => (!has_capability(21) || !has_capability(18)).then(|| "it needs root's capabilities".into()),
        "perf" => (!may_perf()).then(|| "perf_event_open is not permitted here".into()),
        other => panic!("no such need: {other}"),
    }
}

/// By its number in capabilities(7).
fn has_capability(number: u32) -> bool {
    field("CapEff")
        .and_then(|set| u64::from_str_radix(&set, 16).ok())
        .is_some_and(|set| set & (1 << number) != 0)
}

/// A seccomp filter, such as a container's, is taken for one that forbids it.
fn may_perf() -> bool {
    let paranoid = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").unwrap_or_default();
    let allowed = paranoid.trim().parse::<i32>().is_ok_and(|level| level <= 2 || has_capability(38));
    allowed && field("Seccomp").as_deref() == Some("0")
}

fn field(name: &str) -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim().to_string()))
}
