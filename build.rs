//! Builds the probe that runs inside Python interpreters: code that can be copied to any address of any process.

use std::env;
use std::path::Path;
use std::process::Command;

const SOURCE: &str = "src/runtime/python/payload.c";

fn main() {
    println!("cargo::rerun-if-changed={SOURCE}");
    let directory = env::var("OUT_DIR").expect("cargo sets it");
    let mut command: Command = cc::Build::new().opt_level(2).get_compiler().to_command();
    command.args(["-shared", "-nostdlib", "-ffreestanding", "-fPIC", "-fvisibility=hidden", "-O2", "-g0"]);
    // Nothing that would need a C library, or be seen by a debugger as a frame of its own.
    command.args(["-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables"]);
    command.args(["-fno-tree-loop-distribute-patterns", "-fno-builtin", "-Wall", "-Wextra"]);
    command.args(["-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-Wl,--build-id=none", "-Wl,--no-undefined"]);
    command.arg("-o").arg(Path::new(&directory).join("payload.so")).arg(SOURCE);
    let status = command.status().unwrap_or_else(|error| panic!("failed to run {command:?}: {error}"));
    assert!(status.success(), "failed to compile {SOURCE}: {command:?}");
}
