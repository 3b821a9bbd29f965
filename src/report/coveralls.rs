//! `forkcov coveralls`: a job for the API of Coveralls, as its page "API Reference" describes it.
//!
//! The count of a line is the number of processes that ran it.

mod service;

use super::counts::LineCounts;
use super::coverage::{Coverage, FileCoverage};
use super::names::file_name;
use super::timestamp;
use crate::git;
use crate::sources::Here;
use md5::{Digest, Md5};
use serde::Serialize;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

pub use service::Service;

/// What the report says besides coverage.
#[derive(Debug)]
pub struct Options<'a> {
    /// Where this is done.
    pub service: Service,
    /// The secret by which Coveralls knows the repository.
    pub repo_token: Option<&'a str>,
    /// The commit.
    pub git: Option<Git>,
    /// When the report is made.
    pub now: SystemTime,
}

/// What Coveralls wants to know of the repository.
#[derive(Debug, Clone, Serialize)]
pub struct Git {
    /// The commit.
    pub head: git::Head,
    /// Its branch, if it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

/// The sources of a report, and those that cannot be in it since they cannot be read.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    /// Why they cannot be read.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

#[derive(Debug, Serialize)]
struct Source {
    name: String,
    source_digest: String,
    /// Of each line, how often it was hit; nothing where there is nothing to hit.
    coverage: Vec<Option<usize>>,
}

impl Sources {
    /// Those of `coverage`, under names relative to `here`.
    pub fn of(coverage: &Coverage, here: &Here) -> Self {
        let mut sources = Self::default();
        for file in &coverage.files {
            match fs::read(&file.source.path) {
                Ok(text) => sources.files.push(Source::of(file, here, &text)),
                Err(error) => sources.unreadable.push((file.source.path.clone(), error)),
            }
        }
        sources
    }
}

impl Source {
    fn of(file: &FileCoverage, here: &Here, text: &[u8]) -> Self {
        let counts = LineCounts::of(file.source);
        let mut coverage = vec![None; text.split_inclusive(|byte| *byte == b'\n').count()];
        for (line, _) in file.lines() {
            let index = line as usize - 1;
            // A source may have become shorter since it ran.
            coverage.resize(coverage.len().max(index + 1), None);
            coverage[index] = Some(counts.at(line));
        }
        Self {
            name: file_name(here, &file.source.path),
            source_digest: Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
            coverage,
        }
    }
}

/// Writes the report and a line break.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(sources: &Sources, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let job = Job {
        repo_token: options.repo_token,
        service: &options.service,
        run_at: timestamp::iso(options.now),
        git: options.git.as_ref(),
        source_files: &sources.files,
    };
    serde_json::to_writer(&mut *out, &job)?;
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
    git: Option<&'a Git>,
    source_files: &'a [Source],
}
