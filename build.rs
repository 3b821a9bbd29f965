//! Builds the probes that run inside interpreters: code that can be copied to any address of any process.
//!
//! The probe of a runtime is `src/runtime/NAME/probe/probe.c`, and is compiled to `NAME.so` in `OUT_DIR`.
//! Layouts and numbers that the probes share with forkcov are written once, in Rust. `protocol.h` is
//! generated from them; the C code asserts that its structs agree.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "src/data/runtime_log/layout.rs"]
#[expect(dead_code, reason = "the probe needs no more of it")]
mod log;
#[path = "src/tracer/probe_layout.rs"]
mod probe_layout;
#[path = "src/runtime/protocol.rs"]
mod protocol;
#[path = "src/runtime/python/versions.rs"]
#[expect(dead_code, reason = "the probe needs no more of it")]
mod versions;

use probe_layout::{answer, process, thread_writes};
use protocol::{diagnostic, log_answer, log_mapping, question, shell};
use versions::{FIRST_UNKNOWN, Hook, first_with, hex};

/// The runtimes that have a probe.
const RUNTIMES: [&str; 2] = ["python", "bash"];

/// Folders and files that probes depend on, beside their own and the machine's.
const INPUTS: [&str; 5] = [
    "src/runtime/probe",
    "src/runtime/protocol.rs",
    "src/runtime/python/versions.rs",
    "src/data/runtime_log/layout.rs",
    "src/tracer/probe_layout.rs",
];

/// Pairs of the C name and the value of constants: `MODULE_NAME` is `module::NAME`.
macro_rules! constants {
    ($($prefix:literal $module:ident: $($name:ident)+;)+) => {
        [$($((concat!($prefix, stringify!($name)), $module::$name as u64)),+),+]
    };
}

fn main() {
    let machine = format!("src/machine/{}", env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it"));
    for header in ["probe.h", "probe_traps.h", "probe_detour.h"] {
        println!("cargo::rerun-if-changed={machine}/{header}");
    }
    for input in INPUTS {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("protocol.h"), protocol_header()).expect("OUT_DIR can be written to");
    for runtime in RUNTIMES {
        compile(runtime, Path::new(&machine), &out);
    }
}

fn compile(runtime: &str, machine: &Path, out: &Path) {
    let directory = format!("src/runtime/{runtime}/probe");
    println!("cargo::rerun-if-changed={directory}");
    let mut command = compiler();
    for included in [Path::new("src/runtime"), machine, out] {
        command.arg("-I").arg(included);
    }
    command.arg("-o").arg(out.join(format!("{runtime}.so"))).arg(format!("{directory}/probe.c"));
    let status = command.status().unwrap_or_else(|error| panic!("failed to run {command:?}: {error}"));
    assert!(status.success(), "failed to compile the probe for {runtime}: {command:?}");
}

fn compiler() -> Command {
    let compiler = cc::Build::new().inherit_rustflags(false).opt_level(2).get_compiler();
    let mut command = compiler.to_command();
    command.args(["-shared", "-nostdlib", "-ffreestanding", "-fPIC", "-fvisibility=hidden", "-O2", "-g0"]);
    // Nothing that would need a C library, or be seen by a debugger as a frame of its own.
    command.args(["-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables"]);
    // A sanitizer of the Rust code, as fuzzers have it, is not in the interpreter.
    command.arg("-fno-sanitize=all");
    command.args(["-fno-builtin", "-Wall", "-Wextra"]);
    if compiler.is_like_gnu() {
        command.arg("-fno-tree-loop-distribute-patterns");
    }
    command.args(["-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-Wl,--build-id=none", "-Wl,--no-undefined"]);
    command
}

/// `protocol.h`: what the C code of the probes shares with the rest of forkcov.
fn protocol_header() -> String {
    let constants = constants![
        "PROCESS_" process: NUMBER IS_RELEASED THREADS_BORN CONTEXT PLACE LOG_NUMBER SIZE;
        "ANSWER_" answer: NEVER EACH_TIME NOT_YET;
        "THREAD_WRITES_" thread_writes: COUNT FIRST STRIDE MOST PLACE VALUE FORMER;
        "QUESTION_" question: FILE LOG_SIZE DIAGNOSTIC LOG RECORD PASS TEST RESULT;
        "DIAGNOSTIC_" diagnostic: NO_TOOL START_FAILED TOO_LARGE NEWER_VERSION UNKNOWN_LAYOUT;
        "SHELL_" shell: FUNCTION;
        "LOG_MAPPING_" log_mapping: FILE_SIZE FIRST NUMBER SIZE;
        "LOG_ANSWER_" log_answer: NONE APPEND MAP;
        "PYTHON_" versions: NATIVE_CODE;
        "LOG_" log: HEADER FIRST PLACE PLACES MOST_RECORD SLOT COMPLETE SIZE_SHIFT KIND_SHIFT LINE CODE ARC LINE_CODE LINE_NUMBER
            ARC_CODE ARC_FROM ARC_TO ARC_SIZE
            CODE_FILE CODE_PARENT CODE_FIRST_LINE CODE_NAME_LENGTH CODE_TABLE_LENGTH CODE_FLAGS CODE_CODE_SIZE
            CODE_CONTENT;
    ];
    let since = |has: fn(&versions::Features) -> bool| first_with(has).expect("a version has it");
    let versions = [
        ("PYTHON_SINCE_MONITORING", since(|known| known.hook == Hook::Monitoring)),
        ("PYTHON_SINCE_ANNOTATE_FUNCTIONS", since(|known| known.has_annotate_functions)),
        ("PYTHON_SINCE_BRANCH_DIRECTIONS", since(|known| known.has_branch_directions)),
        ("PYTHON_FIRST_UNKNOWN", FIRST_UNKNOWN),
    ];
    let versions = versions.map(|(name, minor)| (name, u64::from(hex(minor))));
    let mut header = "// Generated by build.rs from Rust sources.\n#pragma once\n".to_owned();
    for (name, value) in constants.into_iter().chain(versions) {
        // Values of 63 bits or less are signed in C, as enumerators are.
        let suffix = if value > i64::MAX as u64 { "u" } else { "" };
        writeln!(header, "#define {name} {value}{suffix}").expect("a string can be written to");
    }
    writeln!(header, "#define PYTHON_OPCODES {{{}}}", opcodes()).expect("a string can be written to");
    header
}

/// The opcodes of each version that has `sys.monitoring`, as bytecode.c has them.
fn opcodes() -> String {
    let of_version = |features: &versions::Features| {
        let opcodes = features.opcodes?;
        let versions::Opcodes {
            extended_arg, jump_forward, jump_backward, jump_backward_no_interrupt, ..
        } = opcodes;
        let versions::Opcodes { send, raise_varargs, reraise, return_value, return_const, .. } = opcodes;
        let versions::Opcodes { with_except_start, get_anext, end_async_for, branches, .. } = opcodes;
        let single = [
            extended_arg,
            jump_forward,
            jump_backward,
            jump_backward_no_interrupt,
            send,
            raise_varargs,
            reraise,
            return_value,
            return_const,
            with_except_start,
            get_anext,
            end_async_for,
        ];
        let list = |opcodes: &[u8]| opcodes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        Some(format!("{{{}, {{{}, {{{}}}}}}}", hex(features.minor), list(&single), list(&branches)))
    };
    versions::KNOWN.iter().filter_map(of_version).collect::<Vec<_>>().join(", ")
}
