//! `forkcov codecov`, `coveralls` and `sonarqube`.

use super::{here, load, of_runs, require_files, to_output};
use forkcov::cli::{CodecovOptions, CoverallsOptions, SonarqubeOptions};
use forkcov::complain::complain;
use forkcov::git;
use forkcov::report::coveralls::{self, Git, Service, Sources};
use forkcov::report::{Coverage, codecov as theirs, sonarqube as generic};
use std::process::ExitCode;
use std::time::SystemTime;

pub(crate) fn codecov(options: &CodecovOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load(&here, &options.data_file, &options.patterns, of_runs(&options.labels))?;
    require_files(&view, &options.data_file, &options.patterns)?;
    let coverage = Coverage::of(&view);
    to_output(&options.output, |out| theirs::write(&coverage, &here, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn sonarqube(options: &SonarqubeOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load(&here, &options.data_file, &options.patterns, of_runs(&options.labels))?;
    require_files(&view, &options.data_file, &options.patterns)?;
    let coverage = Coverage::of(&view);
    to_output(&options.output, |out| generic::write(&coverage, &here, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn coveralls(options: &CoverallsOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load(&here, &options.data_file, &options.patterns, of_runs(&options.labels))?;
    require_files(&view, &options.data_file, &options.patterns)?;
    let coverage = Coverage::of(&view);
    let sources = Sources::of(&coverage, &here);
    for (path, why) in &sources.unreadable {
        complain(&format!("left out {}: failed to read it: {why}", path.display()));
    }
    let service = Service::of(|name| std::env::var(name).ok());
    let git = git(&service).inspect_err(|why| complain(&format!("the report names no commit: {why}"))).ok();
    let repo_token = options.repo_token.as_deref();
    let report = coveralls::Options { service, repo_token, git, now: SystemTime::now() };
    to_output(&options.output, |out| coveralls::write(&sources, &report, out))?;
    Ok(ExitCode::SUCCESS)
}

/// A service knows the branch better than git: it has checked out a commit.
fn git(service: &Service) -> Result<Git, git::Error> {
    let branch = match &service.branch {
        Some(branch) => Some(branch.clone()),
        None => git::branch()?,
    };
    Ok(Git { head: git::head()?, branch })
}
