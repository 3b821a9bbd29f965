//! What cargo starts in place of rustc for the packages of a workspace, if `RUSTC_WORKSPACE_WRAPPER` is
//! forkcov.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Keeps the functions that nothing refers to. They have lines then, which count as missed.
const KEEP: &str = "-Clink-dead-code";

/// If the command line of this process is `forkcov RUSTC ARGS`, becomes that rustc. Gives the reason why it
/// cannot, or `None` if it is another command line.
pub fn become_rustc(arguments: &[OsString]) -> Option<io::Error> {
    let rustc =
        arguments.get(1).filter(|program| Path::new(program).file_name() == Some("rustc".as_ref()))?;
    Some(Command::new(rustc).args(&arguments[2..]).arg(KEEP).exec())
}
