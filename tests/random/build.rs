//! Compiles a generated program, in the way that its seed says.

use crate::print::Source;
use fastrand::Rng;
use forkcov_testing::needs::{self, Lack};
use forkcov_testing::paths;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

/// How a program is compiled.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Makes the program.
    pub seed: u64,
    level: &'static str,
    compiler: &'static str,
    form: &'static str,
}

impl Variant {
    /// Of a seed, at a level of optimisation.
    pub fn of(seed: u64, level: &'static str) -> Self {
        // Not the numbers that the program is made of.
        let mut random = Rng::with_seed(!seed);
        let compilers = ["gcc", "gcc", "gcc", "clang", "clang", "musl-gcc"];
        let compiler = compilers[random.usize(..compilers.len())];
        let form = ["-pie", "-pie", "-no-pie", "-static"][random.usize(..4)];
        Self { seed, level, compiler, form }
    }

    /// The name of its test.
    pub fn name(&self) -> String {
        let Self { seed, level, compiler, form } = self;
        format!("{seed}{level}-{compiler}{form}")
    }

    /// Is the code as the source has it?
    pub fn is_plain(&self) -> bool {
        self.level == "-O0"
    }

    /// Can it have shared libraries?
    pub fn has_libraries(&self) -> bool {
        self.form != "-static"
    }

    /// Its compiler, if that is not installed.
    pub fn missing_compiler(&self) -> Option<Lack> {
        needs::tool(self.compiler)
    }

    /// Compiles `sources`, which are in `directory`, and their libraries; linked ones are named.
    pub fn build(&self, sources: &[Source], linked: &[&Source], directory: &Path) -> Result<(), String> {
        let runtime = runtime(self.compiler)?;
        let compile = |source: &Source| {
            let mut command = Command::new(self.compiler);
            command.args(["-g", "-w", "-pthread", self.level, "-I"]).arg(runtime_sources());
            command.args([source.name.as_str(), "-o", source.object.as_str()]).current_dir(directory);
            command
        };
        let (program, libraries) = sources.split_first().ok_or("there is no source")?;
        for library in libraries {
            let mut command = compile(library);
            command.args(["-shared", "-fPIC", &format!("-Wl,-soname,{}", library.object)]);
            finish(command)?;
        }
        let mut command = compile(program);
        command.args([self.form, if self.form == "-pie" { "-fPIE" } else { "-fno-pie" }]);
        if self.has_libraries() {
            command.arg("-rdynamic");
        }
        command.args(objects(&runtime)?).arg("-L.").arg("-Wl,-rpath,$ORIGIN,--no-as-needed");
        command.args(linked.iter().map(|library| format!("-l:{}", library.object))).arg("-ldl");
        finish(command)
    }
}

fn runtime_sources() -> PathBuf {
    paths::repository().join("tests/random/runtime")
}

/// Where the objects of the runtime are, compiled once by each compiler.
fn runtime(compiler: &'static str) -> Result<PathBuf, String> {
    static BUILT: LazyLock<Mutex<BTreeMap<&'static str, Result<PathBuf, String>>>> =
        LazyLock::new(Default::default);
    let mut built = BUILT.lock().map_err(|_| "another test failed to compile the runtime")?;
    built.entry(compiler).or_insert_with(|| compile_runtime(compiler)).clone()
}

fn compile_runtime(compiler: &str) -> Result<PathBuf, String> {
    let into = paths::scratch().join("random").join(format!("runtime-{compiler}"));
    fs::create_dir_all(&into).map_err(|why| format!("failed to make {}: {why}", into.display()))?;
    let roles = paths::repository().join("test-programs");
    let mut command = Command::new(compiler);
    command.args(["-c", "-g0", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-pthread", "-I"]).arg(roles);
    let sources = ["log.c", "births.c", "images.c", "waits.c", "ends.c", "threads.c", "signals.c"];
    command.args(sources.map(|name| runtime_sources().join(name))).current_dir(&into);
    finish(command)?;
    Ok(into)
}

fn objects(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let entries =
        fs::read_dir(directory).map_err(|why| format!("failed to list {}: {why}", directory.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
}

fn finish(mut command: Command) -> Result<(), String> {
    let output = command.output().map_err(|why| format!("failed to run {command:?}: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr)))
}
