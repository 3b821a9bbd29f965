//! Stopping as the program stopped.

/// Stops this process by `signal`, one of those that stop, so that its parent sees what it would have seen of the
/// program; comes back when SIGCONT has come. A handler of the signal is set aside for that time.
pub fn stop_by(signal: i32) {
    // SAFETY: zeroed is a valid sigaction, of which SIG_DFL runs no code of ours; both pointers are to live objects,
    // and raise(3) takes a number.
    unsafe {
        let default: libc::sigaction = std::mem::zeroed();
        let mut before: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(signal, &raw const default, &raw mut before) == 0 {
            libc::raise(signal);
            libc::sigaction(signal, &raw const before, std::ptr::null_mut());
        }
    }
}
