//! A program to attach to.

use crate::forkcov::Attached;
use crate::unharmed;
use forkcov_testing::needs;
use forkcov_testing::paths;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

/// What `phases` says at its end.
pub const PHASES: &str = "sum 73, child 0\n";

/// Where it is built, with what it is.
pub struct Built {
    pub directory: PathBuf,
    pub program: PathBuf,
    pub source: PathBuf,
}

/// A program that runs, in a process group of its own.
pub struct Target {
    child: Child,
    pub pid: i32,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// Compiles `test-programs/attach/NAME.c`, and the plugin beside it, for one test.
pub fn build(name: &str, test: &str) -> Built {
    let sources = paths::repository().join("test-programs").canonicalize().unwrap();
    let directory = paths::scratch().join("attach").join(test);
    if directory.exists() {
        fs::remove_dir_all(&directory).unwrap();
    }
    fs::create_dir_all(&directory).unwrap();
    let compile = |source: &str, output: &str, flags: &[&str]| {
        let mut command = needs::command("cc");
        command.args(["-g", "-O0", "-Wall", "-Wno-unused-result", "-pthread", source, "-o"]);
        command.arg(directory.join(output)).args(flags).current_dir(&sources);
        assert!(command.status().unwrap().success(), "{command:?}");
    };
    compile(&format!("attach/{name}.c"), name, &[]);
    compile("libraries/plugin.c", "libplugin.so", &["-shared", "-fPIC"]);
    let program = directory.join(name);
    Built { directory, program, source: sources.join(format!("attach/{name}.c")) }
}

/// Builds a program for one test, starts it, and waits until it is ready.
pub fn start(name: &str, test: &str) -> (Built, Target) {
    let built = build(name, test);
    let mut target = built.start();
    target.wait_for("ready");
    (built, target)
}

impl Built {
    /// A command in the directory of the build, with the log of roles.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.directory).env("ROLES", self.directory.join("roles"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        command
    }

    /// Starts the program without forkcov.
    pub fn start(&self) -> Target {
        Target::of(self.command(&self.program).spawn().unwrap())
    }
}

impl Target {
    pub fn of(mut child: Child) -> Self {
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { pid: child.id() as i32, child, stdin, stdout }
    }

    /// Waits until it says `word`.
    pub fn wait_for(&mut self, word: &str) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), word);
    }

    /// Waits for a byte of what it says.
    pub fn read_byte(&mut self) {
        self.stdout.read_exact(&mut [0]).unwrap();
    }

    /// How it ends; others may still hold its output.
    pub fn status(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Lets it continue.
    pub fn go_on(&mut self) {
        self.stdin.write_all(b"x").unwrap();
    }

    /// Lets it run the lines that are to be traced, and then releases it.
    pub fn is_traced_by(&mut self, forkcov: Attached) {
        self.go_on();
        self.wait_for("traced");
        forkcov.detach();
    }

    /// Checks that forkcov has left nothing in it, and lets it run to its end: the rest of its output, and
    /// its status.
    pub fn ends_unharmed(mut self) -> (String, ExitStatus) {
        unharmed::check(self.pid);
        self.go_on();
        self.end()
    }

    /// The rest of what it says, and how it ends.
    pub fn end(mut self) -> (String, ExitStatus) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap())
    }
}
