//! The tools that a program is run under.

use forkcov_testing::environment::CoverageEnvironment;
use forkcov_testing::paths;
use std::path::Path;
use std::process::Command;

/// One of the tools that are compared, with its best settings for a program that forks. Each leaves one file
/// of data per process, which are not combined while the time is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tool {
    /// None.
    Bare,
    /// `forkcov run -p`.
    Forkcov,
    /// The same with `--branches`.
    ForkcovBranches,
    /// `coverage run` with `coverage.ini`.
    CoveragePy(Core),
}

/// How coverage.py listens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Core {
    /// A trace function in C.
    C,
    /// `sys.monitoring`, since Python 3.12.
    Sysmon,
}

/// Beside the sources of this benchmark.
pub const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/python");

impl Tool {
    /// Those for a Python 3 with this minor number, [`Tool::Bare`] first.
    pub fn all(minor: u32) -> Vec<Tool> {
        let mut all = vec![Tool::Bare, Tool::Forkcov, Tool::ForkcovBranches, Tool::CoveragePy(Core::C)];
        if minor >= 12 {
            all.push(Tool::CoveragePy(Core::Sysmon));
        }
        all
    }

    /// What the table calls it.
    pub fn name(self, environment: &CoverageEnvironment) -> String {
        match self {
            Tool::Bare => "bare".into(),
            Tool::Forkcov => "forkcov".into(),
            Tool::ForkcovBranches => "forkcov, branches".into(),
            Tool::CoveragePy(Core::C) => format!("coverage.py {}, C tracer", environment.coverage_py),
            Tool::CoveragePy(Core::Sysmon) => format!("coverage.py {}, sysmon", environment.coverage_py),
        }
    }

    /// A command that lacks a script and its arguments, and leaves its data in `place`.
    pub fn command(self, environment: &CoverageEnvironment, place: &Path) -> Command {
        let python = environment.python();
        let mut command = match self {
            Tool::Bare | Tool::CoveragePy(_) => Command::new(python),
            Tool::Forkcov | Tool::ForkcovBranches => {
                let mut command = Command::new(paths::forkcov());
                command.args(["run", "-q", "-p"]);
                if self == Tool::ForkcovBranches {
                    command.arg("--branches");
                }
                command.arg("--").arg(python);
                command
            }
        };
        for (name, _) in std::env::vars_os() {
            if ["PYTHON", "COVERAGE_", "FORKCOV_"]
                .iter()
                .any(|start| name.to_string_lossy().starts_with(start))
            {
                command.env_remove(name);
            }
        }
        if let Tool::CoveragePy(core) = self {
            let core = if core == Core::C { "ctrace" } else { "sysmon" };
            command.env("COVERAGE_CORE", core);
            command.args(["-m", "coverage", "run", "--rcfile"]).arg(Path::new(HERE).join("coverage.ini"));
        }
        command.current_dir(place);
        command
    }
}
