//! Names of signals, as in kill(1) and signal(7).

use nix::sys::signal::Signal;

/// The name of the signal `number`: `SIGKILL`, `SIGRTMIN+3`; `SIG99` if it has no name.
pub fn signal_name(number: i32) -> String {
    let first = libc::SIGRTMIN();
    match Signal::try_from(number) {
        Ok(signal) => signal.as_str().to_owned(),
        Err(_) if number == first => "SIGRTMIN".to_owned(),
        Err(_) if (first..=libc::SIGRTMAX()).contains(&number) => format!("SIGRTMIN+{}", number - first),
        Err(_) => format!("SIG{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_has_a_name() {
        assert_eq!(signal_name(9), "SIGKILL");
        assert_eq!(signal_name(11), "SIGSEGV");
        assert_eq!(signal_name(libc::SIGRTMIN()), "SIGRTMIN");
        assert_eq!(signal_name(libc::SIGRTMIN() + 3), "SIGRTMIN+3");
        // glibc reserves signals 32 and 33 for its threads.
        assert_eq!(signal_name(32), "SIG32");
        assert_eq!(signal_name(0), "SIG0");
    }
}
