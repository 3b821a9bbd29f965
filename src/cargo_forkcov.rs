//! `cargo-forkcov`, which cargo runs for `cargo forkcov`: becomes `forkcov cargo`.

use forkcov::quote;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let beside = std::env::current_exe().map(|path| path.with_file_name("forkcov"));
    let forkcov = beside.ok().filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("forkcov"));
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // cargo puts the name of the command first.
    if arguments.first().is_some_and(|first| first == "forkcov") {
        arguments.remove(0);
    }
    let mut command = Command::new(&forkcov);
    let is_version = matches!(&arguments[..], [only] if only == "--version" || only == "-V");
    if !is_version {
        command.arg("cargo");
    }
    let error = command.args(arguments).exec();
    eprintln!("cargo-forkcov: failed to run {}: {error}", quote::path(&forkcov));
    ExitCode::from(125)
}
