//! The programs that are measured.

use crate::tool::{HERE, Tool};
use forkcov_testing::environment::{CoverageEnvironment, output};
use std::path::{Path, PathBuf};

/// A program to be timed.
#[derive(Debug)]
pub struct Work {
    /// What it does.
    pub name: &'static str,
    /// In `programs/`.
    file: &'static str,
    arguments: &'static [&'static str],
    /// How its time is shown.
    pub shown: Shown,
    /// The processes that it starts, when they have lines to be kept.
    pub children: Option<Children>,
}

/// How a time is shown: that of a bare program in milliseconds.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// All of it: others as the ratio to the bare one.
    Whole,
    /// Divided by a number: others as what they add.
    Each(u32),
}

/// Processes that all run the function `work` of a file.
#[derive(Debug)]
pub struct Children {
    /// How many there are.
    pub count: usize,
    file: &'static str,
}

const fn cpu_bound(name: &'static str, file: &'static str) -> Work {
    Work { name, file, arguments: &[], shown: Shown::Whole, children: None }
}

/// All of them.
pub const WORKS: &[Work] = &[
    cpu_bound("calls", "fib.py"),
    cpu_bound("loops", "loop.py"),
    cpu_bound("strings", "text.py"),
    cpu_bound("objects", "bodies.py"),
    Work {
        name: "start-up, each of 20",
        file: "starts.py",
        arguments: &["20"],
        shown: Shown::Each(20),
        children: Some(Children { count: 20, file: "started.py" }),
    },
    Work {
        name: "500 forks of 50 lines",
        file: "forks.py",
        arguments: &["500", "exit"],
        shown: Shown::Whole,
        children: Some(Children { count: 500, file: "forks.py" }),
    },
    Work {
        name: "50 such forks, killed",
        file: "forks.py",
        arguments: &["50", "kill"],
        shown: Shown::Whole,
        children: Some(Children { count: 50, file: "forks.py" }),
    },
];

impl Work {
    /// The seconds that it says it took. Data is left in `place`.
    pub fn run(&self, tool: Tool, environment: &CoverageEnvironment, place: &Path) -> f64 {
        let mut command = tool.command(environment, place);
        command.arg(program(self.file)).args(self.arguments);
        output(command).trim().parse().expect("a program that prints its seconds")
    }
}

impl Children {
    /// The source of what they run.
    pub fn source(&self) -> PathBuf {
        program(self.file)
    }

    /// The numbers of the lines in the body of `work`.
    pub fn lines(&self) -> Vec<u64> {
        let source = std::fs::read_to_string(self.source()).expect("a program of this benchmark");
        (1..)
            .zip(source.lines())
            .skip_while(|(_, line)| *line != "def work():")
            .skip(1)
            .take_while(|(_, line)| !line.is_empty())
            .map(|(number, _)| number)
            .collect()
    }
}

fn program(file: &str) -> PathBuf {
    Path::new(HERE).join("programs").join(file)
}
