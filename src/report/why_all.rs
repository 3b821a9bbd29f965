//! Why all tests are affected.

use crate::quote;
use std::fmt;
use std::path::PathBuf;

/// Why it is not known which tests a change affects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyAll {
    /// For this reason, which begins with the quoted name of a file.
    File(PathBuf, &'static str),
    /// This line did not run in a test, or what it means is not known.
    Line(PathBuf, u32, &'static str),
    /// This process, which had several tests, ended so.
    Failed(i32, String),
    /// This process ended so, and none of those that ran tests below it failed.
    RunnerFailed(i32, String),
    /// This process ended so, and no process below it had a test.
    NoTests(i32, String),
    /// This failed, and is no test.
    Outside(String),
    /// The framework in this process stopped at a failure.
    Stopped(i32),
    /// The format cannot hold the name of this test.
    Name(String),
}

impl fmt::Display for WhyAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, why) => write!(f, "{} {why}", quote::path(path)),
            Self::Line(path, line, why) => write!(f, "line {line} of {} {why}", quote::path(path)),
            Self::Failed(pid, end) => write!(f, "process {pid}, which had several tests, ended by {end}"),
            Self::RunnerFailed(pid, end) => {
                write!(
                    f,
                    "process {pid} ended by {end}, but none of the processes with tests below it failed"
                )
            }
            Self::NoTests(pid, end) => write!(f, "process {pid} ended by {end}, and ran no test"),
            Self::Outside(name) => write!(f, "{} failed, outside of every test", quote::text(name)),
            Self::Stopped(pid) => {
                let why = "stopped at a failure, and tests may be left: run all, without `-a` and the option for that";
                write!(f, "the tests of process {pid} {why}")
            }
            Self::Name(name) => write!(f, "the format cannot hold the name {}", quote::text(name)),
        }
    }
}
