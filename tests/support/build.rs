//! Compiles a test program and its helpers.

use crate::program::{Helper, Program, directory};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler, or another tool that a program is made with, if it is not installed.
pub fn missing_tool(program: &Program) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut tools = vec![compiler(program)];
    for command in program.after_build() {
        let first = |part: &str| part.split_whitespace().next().map(str::to_string);
        tools.extend(command.split("&&").filter_map(first));
    }
    tools.into_iter().find(|tool| !directories.iter().any(|directory| directory.join(tool).is_file()))
}

/// Compiles `program` and its helpers into a fresh directory for `suite`, and gives that directory.
pub fn build(program: &Program, suite: &str) -> Result<PathBuf, String> {
    let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join(suite).join(&program.name);
    let failed = |why: std::io::Error| format!("failed to make {}: {why}", into.display());
    if into.exists() {
        fs::remove_dir_all(&into).map_err(failed)?;
    }
    fs::create_dir_all(&into).map_err(failed)?;
    for library in program.libraries() {
        compile_library(&compiler(program), &library, &into)?;
    }
    compile(program, &into)?;
    for helper in program.helpers() {
        compile_helper(&helper, &into)?;
    }
    for line in program.after_build() {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        finish(command, &into)?;
    }
    Ok(into)
}

fn compiler(program: &Program) -> String {
    let usual = match program.source.rsplit_once('.') {
        Some((_, "cc")) => "c++",
        Some((_, "rs")) => "rustc",
        _ => "cc",
    };
    program.first("compiler").unwrap_or(usual).to_string()
}

fn compile(program: &Program, into: &Path) -> Result<(), String> {
    let mut command = Command::new(compiler(program));
    if program.source.ends_with(".rs") {
        command.args(["--edition=2024", "-g"]);
    } else {
        command.args(["-g", "-O0", "-Wall", "-Wno-unused-function"]);
    }
    command.args(program.sources()).args(&program.flags).arg("-o").arg(into.join(program.executable()));
    for library in program.values("links") {
        command.arg("-L").arg(into).arg(format!("-l:{library}")).arg("-Wl,-rpath,$ORIGIN");
    }
    compile_by(command)
}

fn compile_library(compiler: &str, library: &Helper, into: &Path) -> Result<(), String> {
    let mut command = Command::new(compiler);
    let debug = if library.debug { "-g" } else { "-g0" };
    command.args([debug, "-O0", "-Wall", "-shared", "-fPIC", &library.source, "-o"]);
    command.arg(into.join(&library.name)).arg(format!("-Wl,-soname,{}", library.name));
    compile_by(command)
}

fn compile_helper(helper: &Helper, into: &Path) -> Result<(), String> {
    let mut command = Command::new("cc");
    command
        .args([if helper.debug { "-g" } else { "-g0" }, "-I.", "-O0", &helper.source, "-o"])
        .arg(into.join(&helper.name));
    compile_by(command)
}

/// Runs a compiler where the sources are, so that their names in the debug information are relative.
fn compile_by(command: Command) -> Result<(), String> {
    finish(command, &directory())
}

fn finish(mut command: Command, directory: &Path) -> Result<(), String> {
    let output =
        command.current_dir(directory).output().map_err(|why| format!("failed to run {command:?}: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr)))
}
