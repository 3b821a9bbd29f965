//! The options of a front end as commands of forkcov.

use super::TestRun;
use crate::cli::FrontEndOptions;
use std::ffi::{OsStr, OsString};

/// `run`, of the tests.
pub fn run_command(options: &FrontEndOptions, tests: &TestRun) -> Vec<OsString> {
    let mut command = Words::of("run", options);
    command.add_if(options.append, "--append");
    command.add_if(options.branches, "--branches");
    command.add_all("--source", &options.source);
    command.add_all("--include", &options.include);
    command.add_all("--omit", &options.omit);
    command.add_all("--label", &options.label);
    command.add_all("--context-from", &tests.context_from.map(OsString::from));
    command.0.push("--".into());
    command.0.extend(tests.command.iter().cloned());
    command.0
}

/// The reports, in the order in which they are written.
pub fn reports(options: &FrontEndOptions) -> Vec<Vec<OsString>> {
    if options.no_report {
        return Vec::new();
    }
    let format = &options.format;
    let formats =
        [(format.lcov, "lcov"), (format.json, "json"), (format.xml, "xml"), (format.codecov, "codecov")];
    let mut reports = Vec::new();
    for (_, name) in formats.into_iter().filter(|(is_chosen, _)| *is_chosen) {
        let mut command = Words::of(name, options);
        command.add_all("--output", &options.output);
        reports.push(command.0);
    }
    if options.html || options.open || options.directory.is_some() {
        let mut command = Words::of("html", options);
        command.add_all("--directory", &options.directory);
        command.add_if(options.open, "--open");
        reports.push(command.0);
    }
    let mut command = Words::of("report", options);
    command.add_if(options.show_missing, "--show-missing");
    command.add_all("--fail-under", &options.fail_under.map(|minimum| minimum.to_string().into()));
    reports.push(command.0);
    reports
}

/// A command line of forkcov.
struct Words(Vec<OsString>);

impl Words {
    /// A command, and the data file.
    fn of(command: &str, options: &FrontEndOptions) -> Self {
        let mut words = Self(vec!["forkcov".into(), command.into()]);
        words.add_all("--data-file", &options.data_file);
        words
    }

    fn add_if(&mut self, is_set: bool, flag: &str) {
        self.0.extend(is_set.then(|| flag.into()));
    }

    fn add_all<'a>(&mut self, flag: &str, values: impl IntoIterator<Item = &'a OsString>) {
        for value in values {
            self.0.push([OsStr::new(flag), OsStr::new("="), value].into_iter().collect());
        }
    }
}
