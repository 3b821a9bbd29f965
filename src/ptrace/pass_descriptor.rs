//! Passes a file descriptor of forkcov's to a tracee. The tracee makes a pair of sockets, forkcov takes one
//! of them (pidfd_getfd(2)) and sends the descriptor through it (SCM_RIGHTS of unix(7)), and the tracee
//! receives it.

use super::{Error, Memory, Result, Stopped, Syscalls, Tid};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use std::fs::File;
use std::io::IoSlice;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::LazyLock;

/// Bytes of the tracee's memory that this overwrites.
const SCRATCH: usize = 512;

/// Do kernel and filters (seccomp(2)) let forkcov take descriptors of processes that it may trace? It takes
/// one of its own to see that.
pub(super) static CAN_TAKE_DESCRIPTORS: LazyLock<bool> = LazyLock::new(|| {
    let own = File::open("/dev/null");
    own.is_ok_and(|own| take(std::process::id().cast_signed(), own.as_raw_fd() as u64).is_ok())
});

/// Sends `files` through the socket `socket` of the process `pid`, which receives them by itself.
///
/// # Errors
/// [`Error::Gone`], or when the kernel forbids forkcov to take descriptors of the process.
pub fn send_to(pid: Tid, socket: u64, files: &[&File]) -> Result<()> {
    take(pid, socket).and_then(|socket| send(&socket, files))
}

impl Syscalls {
    /// Passes `file` to `task`, and gives its descriptor there, which an exec closes. 512 bytes at `scratch`
    /// in the memory of `task` are overwritten.
    ///
    /// # Errors
    /// As [`Syscalls::map`], or when the kernel forbids forkcov to take descriptors of the tracee.
    pub fn pass(&self, task: &Stopped, memory: &Memory, scratch: u64, file: &File) -> Result<u64> {
        memory.write(scratch, &[0; SCRATCH])?;
        self.socket_pair(task, scratch)?;
        let mut pair = [0; 8];
        memory.read(scratch, &mut pair)?;
        let [ours, theirs] = [&pair[..4], &pair[4..]]
            .map(|bytes| bytes.iter().rev().fold(0, |number: u64, byte| number << 8 | u64::from(*byte)));
        let passed = take(super::Status::of(task.tid()).id("Tgid"), ours)
            .and_then(|socket| send(&socket, &[file]))
            .and_then(|()| self.receive(task, memory, scratch, theirs));
        self.close(task, ours)?;
        self.close(task, theirs)?;
        passed
    }

    fn receive(&self, task: &Stopped, memory: &Memory, scratch: u64, socket: u64) -> Result<u64> {
        // struct iovec, struct msghdr and room for struct cmsghdr with one descriptor (recvmsg(2), cmsg(3)).
        const VECTOR: u64 = 16;
        const MESSAGE: u64 = 32;
        const BYTE: u64 = 96;
        const CONTROL: u64 = 128;
        const CONTROL_SIZE: u64 = 24;
        const DESCRIPTOR: u64 = CONTROL + 16;
        let words = |words: &[u64]| words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<u8>>();
        memory.write(scratch + VECTOR, &words(&[scratch + BYTE, 1]))?;
        let message = [0, 0, scratch + VECTOR, 1, scratch + CONTROL, CONTROL_SIZE, 0];
        memory.write(scratch + MESSAGE, &words(&message))?;
        self.receive_message(task, socket, scratch + MESSAGE)?;
        let mut descriptor = [0; 4];
        memory.read(scratch + DESCRIPTOR, &mut descriptor)?;
        Ok(u64::from(u32::from_ne_bytes(descriptor)))
    }
}

/// Takes a descriptor of the process of `pid`.
pub(super) fn take(pid: Tid, descriptor: u64) -> Result<OwnedFd> {
    // SAFETY: pidfd_open(2) and pidfd_getfd(2) take numbers and give a new descriptor, which has no other
    // owner.
    unsafe {
        let owned = |result: libc::c_long| {
            if result < 0 {
                return Err(Error::last("take a descriptor of a process"));
            }
            Ok(OwnedFd::from_raw_fd(result as i32))
        };
        let open = |pid: Tid| owned(libc::syscall(libc::SYS_pidfd_open, pid, 0));
        // It may be a thread: then its leader names the process.
        let process = open(pid).or_else(|_| open(super::Status::of(pid).id("Tgid")))?;
        owned(libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), descriptor, 0))
    }
}

/// Sends descriptors through a socket. The process has named the socket: it may be one that is full, or that
/// nothing reads from.
fn send(socket: &OwnedFd, files: &[&File]) -> Result<()> {
    let rights: Vec<i32> = files.iter().map(|file| file.as_raw_fd()).collect();
    let message = [IoSlice::new(b"f")];
    sendmsg::<()>(
        socket.as_raw_fd(),
        &message,
        &[ControlMessage::ScmRights(&rights)],
        MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
        None,
    )
    .map(drop)
    .map_err(|errno| Error::from_errno("send descriptors", errno))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_socket_that_is_full_or_has_no_reader_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        let own = std::process::id().cast_signed();
        let (mut full, reader) = UnixStream::pair().unwrap();
        let send = |socket: &UnixStream| send_to(own, socket.as_raw_fd() as u64, &[&file]);
        send(&full).unwrap();
        full.set_nonblocking(true).unwrap();
        while full.write(&[0; 4096]).is_ok() {}
        full.set_nonblocking(false).unwrap();
        assert!(matches!(send(&full), Err(Error::Failed { .. })));
        drop(reader);
        assert!(matches!(send(&full), Err(Error::Failed { .. })));
    }
}
