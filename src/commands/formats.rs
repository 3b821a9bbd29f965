//! The commands that write a report for another tool: `forkcov lcov`, `json`, `coverage-py`,
//! `coveralls`, and those of [`FORMATS`](forkcov::report::formats::FORMATS).

use super::loading::{here, load, load_files, load_files_by, load_pairs};
use super::output::to_output;
use anyhow::bail;
use forkcov::cli::{CoveragePyOptions, CoverallsOptions, FormatCommand, JsonOptions, LcovOptions};
use forkcov::data::view::HitsBy;
use forkcov::git;
use forkcov::message::print_message;
use forkcov::plural::counted;
use forkcov::quote;
use forkcov::report::coveralls::{GitDetails, JobSources, Service};
use forkcov::report::formats::FormatInput;
use forkcov::report::{self, Coverage};
use std::process::ExitCode;
use std::time::SystemTime;

pub(crate) fn lcov(options: &LcovOptions) -> anyhow::Result<ExitCode> {
    let view = load_files(&here()?, &options.data)?;
    let layout = report::lcov::LcovLayout { function_ends: options.function_ends };
    to_output(&options.output, |out| report::lcov::write(&Coverage::of(&view), layout, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn json(options: &JsonOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load(&here, &options.data)?;
    let coverage = Coverage::of(&view);
    let (pretty, precision) = (options.pretty_print, usize::from(options.precision));
    let contexts = options.show_contexts.then(|| load_pairs(&here, &options.data)).transpose()?;
    let contexts = contexts.as_ref();
    let layout =
        report::json::JsonLayout { here: &here, pretty, precision, contexts, now: SystemTime::now() };
    to_output(&options.output, |out| report::json::write(&view, &coverage, &layout, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn format(command: &FormatCommand) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load_files(&here, &command.options.data)?;
    let coverage = Coverage::of(&view);
    let input = FormatInput { view: &view, coverage: &coverage, here: &here, now: SystemTime::now() };
    to_output(&command.options.output, |out| (command.format.write)(&input, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn coverage_py(options: &CoveragePyOptions) -> anyhow::Result<ExitCode> {
    let view = load_files_by(HitsBy::Pair, &here()?, &options.data)?;
    if report::coverage_py::sources(&view).next().is_none() {
        bail!("nothing for coverage.py: no Python source in {}", quote::path(&options.data.file.data_file));
    }
    let output = quote::path(&options.output);
    if options.per_process {
        let files = counted(report::coverage_py::write_each(&view, &options.output)?, "file", "files");
        print_message(&format!("wrote {files} {output}.*"));
    } else {
        report::coverage_py::write(&view, &options.output)?;
        print_message(&format!("wrote {output}"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn coveralls(options: &CoverallsOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load_files(&here, &options.data)?;
    let coverage = Coverage::of(&view);
    let sources = JobSources::of(&coverage, &here);
    for (path, why) in &sources.unreadable {
        print_message(&format!("left out {}: failed to read it: {why}", quote::path(path)));
    }
    let service = Service::of(|name| std::env::var(name).ok());
    let git = git_details(&service)
        .inspect_err(|why| print_message(&format!("the report names no commit: {why}")))
        .ok();
    let repo_token = options.repo_token.as_deref();
    let layout = report::coveralls::JobDetails { service, repo_token, git, now: SystemTime::now() };
    to_output(&options.output, |out| report::coveralls::write(&sources, &layout, out))?;
    Ok(ExitCode::SUCCESS)
}

/// The commit and branch. The service's variable for the branch is preferred: services check out a detached
/// commit.
fn git_details(service: &Service) -> Result<GitDetails, git::GitError> {
    let branch = match &service.branch {
        Some(branch) => Some(branch.clone()),
        None => git::branch()?,
    };
    Ok(GitDetails { head: git::head()?, branch })
}
