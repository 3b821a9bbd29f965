//! Launches a program so that it is traced from its first instruction. It inherits exactly what forkcov was
//! given: signal mask, ignored signals, resource limits, descriptors, environment ([`super::startup`]).

use super::{Tid, attach, diagnose, process, startup};
use crate::quote;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, execv, fork, getpid, pipe2, read, write};
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A program that is seized and has not called exec yet.
#[derive(Debug)]
pub struct LaunchedProgram {
    /// Its PID.
    pub pid: Tid,
    /// Whether forkcov had children before: a script that calls `exec forkcov` leaves its own children to it.
    pub has_other_children: bool,
    failure: OwnedFd,
}

/// Why a program could not be launched.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// It was not found. A shell exits with 127.
    #[error("failed to find the program {0:?}")]
    NotFound(OsString),
    /// It was found and cannot be executed. A shell exits with 126.
    #[error("failed to execute {path}: {1}", path = quote::path(.0))]
    NotExecutable(PathBuf, String),
    /// The kernel forbids forkcov to trace it.
    #[error("failed to trace the program: {0}")]
    Denied(String),
    /// It was killed before the program ran.
    #[error("{0} was killed by {1} before it could run")]
    Killed(PathBuf, Signal),
    /// No process could be created.
    #[error("failed to start a process: {0}")]
    Os(#[from] Errno),
}

/// The signals that forkcov forwards to the program. They are blocked from before the launch until the
/// forwarding thread runs, so that none is lost, and none kills forkcov.
#[derive(Debug)]
pub struct BlockedSignals {
    before: SigSet,
}

impl BlockedSignals {
    /// Restores the signal mask.
    pub fn release(self) {
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.before), None);
    }
}

/// Blocks `signals`.
///
/// # Errors
/// When a number is not that of a signal.
pub fn block_signals(signals: &[i32]) -> nix::Result<BlockedSignals> {
    let mut set = SigSet::empty();
    for &signal in signals {
        set.add(Signal::try_from(signal)?);
    }
    let mut before = SigSet::empty();
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), Some(&mut before))?;
    Ok(BlockedSignals { before })
}

/// Starts `argv[0]`, which is searched as by execvp(3). It is seized, its forks, clones and execs are
/// followed, and it is killed if forkcov dies. `blocked` has the signal mask that it gets.
///
/// # Errors
/// [`SpawnError`]. A failed exec is reported by [`LaunchedProgram::failure`], after it was tried.
pub fn launch(argv: &[OsString], blocked: &BlockedSignals) -> Result<LaunchedProgram, SpawnError> {
    let path = find(&argv[0])?;
    let image = Image::new(&path, argv)?;
    let (go_read, go_write) = pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
    let (failure_read, failure_write) = pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;

    // proc_pid_children(5). Without CONFIG_PROC_CHILDREN there is no such file, and no children are assumed.
    let children = std::fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
    let has_other_children = !children.trim().is_empty();

    let forkcov = getpid();
    // SAFETY: forkcov has one thread until the launch is over, so the child's copy of the heap is whole.
    let child = match unsafe { fork() }? {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            drop(go_write);
            image.exec(&go_read, &failure_write, blocked, forkcov)
        }
    };
    drop((go_read, failure_write));
    // The program has its copy of the state that this changes.
    process::prepare();
    if let Err(errno) = attach::seize_launched(child) {
        let reason = diagnose::why_denied(child.as_raw(), errno);
        // The child exits when the pipe is closed.
        drop(go_write);
        return Err(match waitpid(child, None) {
            Ok(WaitStatus::Signaled(_, signal, _)) => SpawnError::Killed(path, signal),
            _ => SpawnError::Denied(reason),
        });
    }
    write(&go_write, b"g")?;
    Ok(LaunchedProgram { pid: child.as_raw(), has_other_children, failure: failure_read })
}

impl LaunchedProgram {
    /// Why the program could not be executed. Valid after it has ended without an exec event, by the signal
    /// `killed_by` if by one.
    pub fn failure(self, program: &OsStr, killed_by: Option<i32>) -> Option<SpawnError> {
        let mut errno = [0; 4];
        let path = find(program).unwrap_or_else(|_| program.into());
        match read(&self.failure, &mut errno) {
            Ok(4) => {
                let errno = Errno::from_raw(i32::from_ne_bytes(errno));
                Some(match errno {
                    Errno::ENOENT if !path.exists() => SpawnError::NotFound(program.to_owned()),
                    Errno::ENOENT => {
                        SpawnError::NotExecutable(path, "the interpreter that it names was not found".into())
                    }
                    Errno::ENOEXEC => {
                        SpawnError::NotExecutable(path.clone(), diagnose::why_no_executable(&path))
                    }
                    errno => SpawnError::NotExecutable(path, errno.desc().to_lowercase()),
                })
            }
            _ => {
                let signal = Signal::try_from(killed_by?).ok()?;
                Some(SpawnError::Killed(path, signal))
            }
        }
    }
}

/// Finds a program as execvp(3) does: a name with a slash is a path, any other is searched in PATH.
fn find(program: &OsStr) -> Result<PathBuf, SpawnError> {
    if program.as_bytes().contains(&b'/') {
        let path = PathBuf::from(program);
        return match path.metadata() {
            Ok(_) => executable(path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(SpawnError::NotFound(program.to_owned()))
            }
            Err(error) => Err(SpawnError::NotExecutable(path, error.to_string().to_lowercase())),
        };
    }
    let search = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    let mut refused = None;
    for directory in std::env::split_paths(&search) {
        let path = directory.join(program);
        if program.is_empty() || !path.exists() {
            continue;
        }
        match executable(path) {
            Ok(path) => return Ok(path),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(refused.unwrap_or_else(|| SpawnError::NotFound(program.to_owned())))
}

fn executable(path: PathBuf) -> Result<PathBuf, SpawnError> {
    match path.metadata() {
        Ok(found) if found.is_dir() => Err(SpawnError::NotExecutable(path, "it is a directory".into())),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => {
            Err(SpawnError::NotExecutable(path, "it has no execute permission".into()))
        }
        _ => Ok(path),
    }
}

/// Everything that the child needs for its exec, allocated before the fork.
struct Image {
    path: CString,
    argv: Vec<CString>,
    /// `/bin/sh PATH ARGS...`, as execvp(3) runs a script without a `#!` line; none for an ELF file.
    script: Option<Vec<CString>>,
}

impl Image {
    fn new(path: &Path, argv: &[OsString]) -> Result<Self, SpawnError> {
        let c_string = |bytes: Vec<u8>| CString::new(bytes).map_err(|_| Errno::EINVAL);
        let name = c_string(path.as_os_str().as_bytes().to_vec())?;
        let arguments = argv
            .iter()
            .map(|argument| c_string(argument.clone().into_vec()))
            .collect::<Result<Vec<_>, _>>()?;
        let script = (!is_elf(path)).then(|| {
            [c"/bin/sh".to_owned(), name.clone()]
                .into_iter()
                .chain(arguments.iter().skip(1).cloned())
                .collect()
        });
        Ok(Self { path: name, argv: arguments, script })
    }

    /// Runs in the child. Waits until it is seized, restores what Rust's runtime and forkcov have changed,
    /// and calls exec.
    fn exec(&self, go: &OwnedFd, failure: &OwnedFd, blocked: &BlockedSignals, forkcov: Pid) -> ! {
        let mut byte = [0];
        if !matches!(read(go, &mut byte), Ok(1)) {
            // SAFETY: _exit(2) ends the process.
            unsafe { libc::_exit(125) }
        }
        startup::restore(forkcov);
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&blocked.before), None);
        let Err(mut errno) = execv(&self.path, &self.argv);
        if errno == Errno::ENOEXEC
            && let Some(script) = &self.script
        {
            Err(errno) = execv(&script[0], script);
        }
        let _ = write(failure, &(errno as i32).to_ne_bytes());
        // SAFETY: _exit(2) ends the process.
        unsafe { libc::_exit(125) }
    }
}

fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}
