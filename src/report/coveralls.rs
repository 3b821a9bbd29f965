//! `forkcov coveralls`: a job for the API of Coveralls, as described on its page "API Reference".
//!
//! The count of a line, or of a direction of a branch, is the number of processes that ran it.

mod service;

use super::branches::{Direction, FileBranches};
use super::coverage::{Coverage, FileCoverage};
use super::line_counts::LineCounts;
use super::naming::file_name_in_json;
use super::timestamp;
use crate::git;
use crate::quote::json;
use crate::source_file;
use crate::sources::Here;
use md5::{Digest, Md5};
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

pub use service::Service;

/// What the report contains besides coverage.
#[derive(Debug)]
pub struct JobDetails<'a> {
    /// The service on which forkcov runs.
    pub service: Service,
    /// The secret that identifies the repository to Coveralls.
    pub repo_token: Option<&'a str>,
    /// The commit.
    pub git: Option<GitDetails>,
    /// The time of the report.
    pub now: SystemTime,
}

/// The commit that the report is about.
#[derive(Debug, Clone, Serialize)]
pub struct GitDetails {
    /// The commit.
    pub head: git::Head,
    /// Its branch, if it is on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

/// The source files of a report, and those that are left out because they cannot be read.
#[derive(Debug, Default)]
pub struct JobSources {
    files: Vec<JobSource>,
    /// The files that cannot be read, with the error.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

#[derive(Debug, Serialize)]
struct JobSource {
    name: String,
    source_digest: String,
    /// The hits of each line; `None` for a line that is not executable.
    coverage: Vec<Option<usize>>,
    /// Of each direction of a branch: the line, the jump, the direction and its hits, one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    branches: Vec<usize>,
}

impl JobSources {
    /// The files of `coverage`, under names relative to `here`.
    pub fn of(coverage: &Coverage, here: &Here) -> Self {
        let mut sources = Self::default();
        for file in &coverage.files {
            match source_file::read(&file.source.path) {
                Ok(text) => sources.files.push(JobSource::of(file, here, &text)),
                Err(error) => sources.unreadable.push((file.source.path.clone(), error)),
            }
        }
        sources
    }
}

impl JobSource {
    fn of(file: &FileCoverage, here: &Here, text: &[u8]) -> Self {
        let counts = LineCounts::of(file.source);
        let mut coverage = vec![None; text.split_inclusive(|byte| *byte == b'\n').count()];
        for (line, _) in file.lines() {
            let index = line as usize - 1;
            // The source may have become shorter since it ran.
            coverage.resize(coverage.len().max(index + 1), None);
            coverage[index] = Some(counts.at(line));
        }
        let of_direction = |direction: &Direction| {
            let Direction { branch, place, processes } = *direction;
            [branch.line as usize, branch.jump as usize, place, processes]
        };
        let branches = FileBranches::of(file).directions().flat_map(of_direction).collect();
        Self {
            name: file_name_in_json(here, &file.source.path).into_owned(),
            source_digest: Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
            coverage,
            branches,
        }
    }
}

/// Writes the report and a line break.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(sources: &JobSources, details: &JobDetails, out: &mut dyn Write) -> io::Result<()> {
    let job = Job {
        repo_token: details.repo_token,
        service: &details.service,
        run_at: timestamp::iso(details.now),
        git: details.git.as_ref(),
        source_files: &sources.files,
    };
    json::to_writer(out, &job)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Job<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    repo_token: Option<&'a str>,
    #[serde(flatten)]
    service: &'a Service,
    run_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    git: Option<&'a GitDetails>,
    source_files: &'a [JobSource],
}
