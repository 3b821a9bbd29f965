//! The same by coverage.py.

use crate::set;
use forkcov_testing::environment::{self, CoverageEnvironment};
use forkcov_testing::interpreter;
use forkcov_testing::measured::Measured;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// coverage.py, with a directory of data files.
pub struct CoveragePy {
    pub version: String,
    python: PathBuf,
    directory: PathBuf,
}

/// Writes a data file for each line of the file of its first argument.
const WRITE: &str = "
import sys
from coverage import CoverageData
for number, process in enumerate(open(sys.argv[1])):
    lines = {}
    for part in process.split():
        source, where = part.split(':')
        first, last = map(int, where.split('-'))
        name = f'{sys.argv[2]}/p{source.replace(chr(45), chr(95))}.py'
        lines.setdefault(name, set()).update(range(first, last + 1))
    data = CoverageData('.coverage', suffix=str(number))
    data.add_lines(lines)
    data.write()
";

impl CoveragePy {
    /// Takes the newest interpreter for which there is one.
    pub fn prepare(directory: &Path) -> Self {
        let mut found = interpreter::found(9..=13);
        found.retain(|python| python.environments);
        let newest = found.into_iter().max_by_key(|python| python.minor).expect("an interpreter");
        let environment = CoverageEnvironment::of(&newest);
        let directory = directory.join("python");
        fs::create_dir(&directory).expect("a directory");
        set::write_python(&directory);
        fs::write(directory.join("told"), set::told()).expect("a file");
        let mut write = Command::new(environment.python());
        write.args(["-c", WRITE, "told"]).arg(&directory).current_dir(&directory);
        environment::output(write);
        Self { version: environment.coverage_py.to_owned(), python: environment.python(), directory }
    }

    pub fn run(&mut self, command: &str) -> Measured {
        let mut coverage = Command::new(&self.python);
        coverage.args(["-m", "coverage", command]).current_dir(&self.directory);
        Measured::of(coverage)
    }
}
