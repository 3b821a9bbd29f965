//! Compiles programs for the tools. The results are kept for the next run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// A way to compile a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// With debug information alone.
    Plain,
    /// With the counters of GCC.
    Gcov,
    /// The same without optimisation: its counts are the truth about a program that has no other source of
    /// it.
    Truth,
    /// With the counters of Clang.
    Clang,
    /// The same, with counters that may lie in a mapped file.
    ClangContinuous,
}

/// A program in C or C++, linked to fixed addresses: of such a one kcov needs no library in the process to
/// find its lines.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its sources are here, and directories with what is made of them.
    pub directory: PathBuf,
    /// Of the executable.
    pub name: &'static str,
    /// The names of its sources.
    pub sources: Vec<String>,
    /// Of all but [`Build::Truth`].
    pub optimisation: &'static str,
    /// What is linked.
    pub libraries: &'static [&'static str],
}

impl Build {
    fn name(self) -> &'static str {
        match self {
            Build::Plain => "plain",
            Build::Gcov => "gcov",
            Build::Truth => "truth",
            Build::Clang => "clang",
            Build::ClangContinuous => "clang-continuous",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Build::Plain => &["-g"],
            Build::Gcov | Build::Truth => &["--coverage"],
            Build::Clang => &["-fprofile-instr-generate", "-fcoverage-mapping"],
            Build::ClangContinuous => {
                &["-fprofile-instr-generate", "-fcoverage-mapping", "-mllvm", "-runtime-counter-relocation"]
            }
        }
    }

    fn compiler(self, is_cplusplus: bool) -> &'static str {
        match (self, is_cplusplus) {
            (Build::Clang | Build::ClangContinuous, false) => "clang",
            (Build::Clang | Build::ClangContinuous, true) => "clang++",
            (_, false) => "gcc",
            (_, true) => "g++",
        }
    }
}

impl Program {
    /// Writes a source, unless it is there.
    pub fn write(directory: &Path, name: &str, text: &str) {
        fs::create_dir_all(directory).expect("a directory for sources");
        let path = directory.join(name);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return;
        }
        fs::write(path, text).expect("a source file");
    }

    /// The executable.
    pub fn path(&self, build: Build) -> PathBuf {
        self.directory.join(build.name()).join(self.name)
    }

    /// The object file of a source.
    pub fn object(&self, build: Build, source: &str) -> PathBuf {
        self.directory.join(build.name()).join(Path::new(source).with_extension("o"))
    }

    /// The commands that make the objects, each with its object.
    fn objects(&self, build: Build) -> Vec<(PathBuf, Command)> {
        self.sources.iter().map(|source| (self.object(build, source), self.compile(build, source))).collect()
    }

    fn compile(&self, build: Build, source: &str) -> Command {
        let mut command = self.compiler(build);
        command.arg("-c").arg(self.directory.join(source)).arg("-o").arg(self.object(build, source));
        command
    }

    fn link(&self, build: Build) -> Command {
        let mut command = self.compiler(build);
        command.args(self.sources.iter().map(|source| self.object(build, source)));
        command.arg("-o").arg(self.path(build)).args(self.libraries);
        command
    }

    fn compiler(&self, build: Build) -> Command {
        let is_cplusplus = self.sources.iter().any(|source| source.ends_with(".cpp"));
        let mut command = Command::new(build.compiler(is_cplusplus));
        command.arg(if build == Build::Truth { "-O0" } else { self.optimisation });
        command.args(build.flags()).args(["-w", "-fno-pie", "-no-pie"]).current_dir(&self.directory);
        command
    }
}

/// Compiles what is wanted and not there yet, with all CPUs.
pub fn all(wanted: &[(Program, Build)]) {
    let mut objects: Vec<(PathBuf, Command)> = Vec::new();
    for (program, build) in wanted {
        fs::create_dir_all(program.directory.join(build.name())).expect("a directory for objects");
        for (object, command) in program.objects(*build) {
            if !objects.iter().any(|(other, _)| *other == object) {
                objects.push((object, command));
            }
        }
    }
    in_parallel(objects);
    in_parallel(wanted.iter().map(|(program, build)| (program.path(*build), program.link(*build))).collect());
}

fn in_parallel(jobs: Vec<(PathBuf, Command)>) {
    let jobs = Mutex::new(jobs.into_iter());
    let work = || {
        loop {
            let job = jobs.lock().expect("no job panics with the lock").next();
            let Some((made, mut command)) = job else { return };
            make(&made, &mut command);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
}

/// Runs a compiler, unless it has made the same of the same before.
fn make(made: &Path, command: &mut Command) {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{command:?}").as_bytes());
    hasher.update(version(&command.get_program().to_string_lossy()).as_bytes());
    for argument in command.get_args() {
        let path = Path::new(argument);
        // The inputs: what is made is another.
        if path != made && path.is_file() {
            hasher.update(&fs::read(path).expect("a source or an object"));
        }
    }
    let hash = hasher.finalize().to_hex().to_string();
    // Written when it is made.
    let stamp = PathBuf::from(format!("{}.made", made.display()));
    if made.is_file() && fs::read_to_string(&stamp).is_ok_and(|old| old == hash) {
        return;
    }
    eprintln!("making {}", made.display());
    let status = command.status().unwrap_or_else(|why| panic!("failed to run {command:?}: {why}"));
    assert!(status.success(), "{command:?}: {status}");
    fs::write(stamp, hash).expect("a stamp");
}

/// The first line that a program says to `--version`; empty when it is not here.
pub fn version(program: &str) -> String {
    let output = Command::new(program).arg("--version").output();
    let lines = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    lines.lines().next().unwrap_or_default().trim().to_owned()
}
