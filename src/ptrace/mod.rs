//! The kernel's interface: ptrace(2), waitpid(2), `/proc/PID/mem`, and the launch of a program under them.
//!
//! Everything here is a thin, typed layer over one system call or a few, and holds no state of a run. A
//! SIGKILL can end a tracee at any moment, in a ptrace stop, too. The next call on it fails with ESRCH, which
//! is [`Error::Gone`] and not a fault: [`next`] reports the death like any other.
#![expect(unsafe_code, reason = "ptrace(2), fork(2) and sigaction(2) have no safe interface")]

mod attach;
mod call;
mod clone_flags;
mod code_file;
mod cut_write;
mod diagnose;
mod inject;
mod interrupted_wait;
mod map_file;
mod memory;
mod named_file;
mod near_memory;
mod out_of_line;
mod pass_descriptor;
mod privileges;
mod process;
mod regions;
mod register_access;
mod registers;
mod sigaction;
mod signal_info;
mod spawn;
mod startup;
mod status;
mod stopped;
mod syscalls;
mod undumpable;
mod unfiltered;
mod wait;
mod wake_child;
mod write_anywhere;

pub use attach::{interrupt, no_such_process, processes, seize, share_memory, threads};
pub use call::{OriginalReturn, SavedRegisters};
pub use clone_flags::CloneFlags;
pub use code_file::CodeFile;
pub use cut_write::CutWrite;
pub use diagnose::why_denied;
pub use inject::InjectionMode;
pub use interrupted_wait::InterruptedWait;
pub use map_file::{FileMapper, PassedFile, passes_descriptors};
pub use memory::{Memory, write_data};
pub use named_file::NamedFile;
pub use near_memory::free_place_near;
pub use pass_descriptor::send_to;
pub use privileges::{has_capabilities, has_forkcovs_filters, has_unlimited_memory};
pub use process::{die_of, most_descriptors, stop_by};
pub use regions::{MappedRegion, mapped_regions};
pub use sigaction::{SigAction, signal_bit};
pub use signal_info::SigInfo;
pub use spawn::{BlockedSignals, LaunchedProgram, SpawnError, block_signals, launch};
pub use status::{Status, proc_bytes, proc_text};
pub use stopped::Stopped;
pub use syscalls::Syscalls;
pub use wait::{Event, Stop, Wait, next, try_next, try_next_of};
pub use wake_child::{WakeChild, WakeGuard};

/// A thread ID, as waitpid(2) gives it.
pub type Tid = i32;

/// Why a call on a tracee failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tracee has died, or is dying, by SIGKILL; its exit will be reported by [`next`].
    #[error("the process has died")]
    Gone,
    /// Anything else, with the call that failed.
    #[error("failed to {call}: {errno}")]
    Failed {
        /// What was attempted.
        call: &'static str,
        /// The kernel's answer.
        errno: nix::errno::Errno,
    },
}

/// The result of a call on a tracee.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An I/O error of forkcov itself, which `call` failed for.
    pub fn of_own(call: &'static str, error: &std::io::Error) -> Self {
        let errno = error.raw_os_error().map_or(nix::errno::Errno::EIO, nix::errno::Errno::from_raw);
        Self::Failed { call, errno }
    }

    fn last(call: &'static str) -> Self {
        Self::from_errno(call, nix::errno::Errno::last())
    }

    fn from_errno(call: &'static str, errno: nix::errno::Errno) -> Self {
        match errno {
            nix::errno::Errno::ESRCH => Self::Gone,
            errno => Self::Failed { call, errno },
        }
    }
}
