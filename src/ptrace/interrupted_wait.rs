//! Waiting system calls that a signal has interrupted.

use super::{Result, Stopped};
use crate::machine;
use libc::c_long;

/// System calls that wait, and that fail with EINTR whenever a signal wakes them, even one without a handler.
/// Sockets do so only if they have a timeout (SO_RCVTIMEO of socket(7)). Repeating one of these calls only
/// waits again; that is not true of close(2), for example. The machine has more of them.
const WAITS: &[c_long] = &[
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_io_getevents,
    libc::SYS_io_uring_enter,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_connect,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
];

/// A waiting system call that will fail with EINTR.
#[derive(Debug)]
pub struct InterruptedWait(machine::Registers);

impl Stopped {
    /// The waiting system call that the pending signal has interrupted. Valid only at the stop by that
    /// signal.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn interrupted_wait(&self) -> Result<Option<InterruptedWait>> {
        let registers = self.registers()?;
        let wait = machine::interrupted_syscall(&registers).filter(is_wait);
        Ok(wait.map(|_| InterruptedWait(registers)))
    }
}

fn is_wait(number: &c_long) -> bool {
    WAITS.contains(number) || machine::OWN_WAITS.contains(number)
}

impl InterruptedWait {
    /// Makes the call start again when its task, `task`, resumes.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn restart(mut self, task: &Stopped) -> Result<()> {
        machine::restart_syscall(&mut self.0);
        task.set_registers(self.0)
    }
}
