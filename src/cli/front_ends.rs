//! The options of the front ends `cargo` and `go`, and which arguments behind a tool's command are options.

use super::hints::from_command;
use crate::report::minimum::percentage;
use clap::{Arg, Args, Command};
use std::ffi::{OsStr, OsString};

/// The commands that take the command line of another tool.
pub const FRONT_ENDS: [&str; 2] = ["cargo", "go"];

const CARGO_EXAMPLES: &str = "\
`cargo forkcov ARGS` is the same. The options of forkcov may stand anywhere before `--`; all other arguments are cargo's.
Exit status: that of the tests; 2 below --fail-under; 125 if forkcov itself failed.

Examples:
  forkcov cargo test --workspace --show-missing
  cargo forkcov nextest run --html --open
  cargo forkcov test --lcov --output lcov.info -- --test-threads 4";

const GO_EXAMPLES: &str = "\
The options of forkcov, which begin with two dashes, may stand anywhere before -args; all other arguments are go's.
Exit status: that of the tests; 2 below --fail-under; 125 if forkcov itself failed.

Examples:
  forkcov go test ./... --show-missing
  forkcov go test -run TestLogin ./server --html --open";

/// `forkcov cargo`.
#[derive(Debug, Args)]
#[command(after_help = CARGO_EXAMPLES, override_usage = "forkcov cargo [OPTIONS] [test|nextest run|bench] [ARGS]...")]
pub struct CargoOptions {
    /// Build as cargo does by itself, without the functions that nothing refers to.
    ///
    /// They do not count as missed then.
    #[arg(long)]
    pub no_link_dead_code: bool,

    /// What all front ends have.
    #[command(flatten)]
    pub front_end: FrontEndOptions,
}

/// `forkcov go`.
#[derive(Debug, Args)]
#[command(after_help = GO_EXAMPLES, override_usage = "forkcov go [OPTIONS] <test|run> [ARGS]...")]
pub struct GoOptions {
    /// What all front ends have.
    #[command(flatten)]
    pub front_end: FrontEndOptions,
}

/// What all front ends have: the options of the run, those of the reports, and the arguments of the tool.
#[derive(Debug, Args)]
pub struct FrontEndOptions {
    /// Use this data file.
    #[arg(long, value_name = "FILE")]
    pub data_file: Option<OsString>,

    /// Add to the data file instead of replacing it.
    #[arg(long)]
    pub append: bool,

    /// Record only source files below this directory.
    #[arg(long, value_name = "DIR")]
    pub source: Vec<OsString>,

    /// Record only source files that match.
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<OsString>,

    /// Omit source files that match, instead of those of tests, benchmarks and build scripts.
    #[arg(long, value_name = "GLOB")]
    pub omit: Vec<OsString>,

    /// Label this run.
    #[arg(long, value_name = "NAME")]
    pub label: Option<OsString>,

    /// Record which directions of branches are taken, too.
    #[arg(long, alias = "branch")]
    pub branches: bool,

    /// Write a report for another tool.
    #[command(flatten)]
    pub format: FormatChoice,

    /// Write the report of --lcov, --json, --xml or --codecov to this file.
    #[arg(long, value_name = "FILE", alias = "output-path", requires = "format")]
    pub output: Option<OsString>,

    /// Write pages of HTML.
    #[arg(long)]
    pub html: bool,

    /// Write the pages into this directory.
    #[arg(long, value_name = "DIR", alias = "output-dir")]
    pub directory: Option<OsString>,

    /// Write the pages, and open them in a browser.
    #[arg(long)]
    pub open: bool,

    /// List the lines that no process ran in the table.
    #[arg(long, alias = "show-missing-lines")]
    pub show_missing: bool,

    /// Exit with status 2 if the tests succeed and the total is below this percentage.
    #[arg(long, value_name = "MIN", alias = "fail-under-lines", value_parser = percentage)]
    pub fail_under: Option<f64>,

    /// Write the data file and no report.
    #[arg(long, conflicts_with_all = ["format", "html", "open", "fail_under"])]
    pub no_report: bool,

    /// The command of the tool, and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}

/// A report for another tool.
#[derive(Debug, Args)]
#[group(id = "format", multiple = false)]
pub struct FormatChoice {
    /// Write an LCOV tracefile.
    #[arg(long)]
    pub lcov: bool,

    /// Write a JSON report.
    #[arg(long)]
    pub json: bool,

    /// Write a Cobertura XML report.
    #[arg(long, alias = "cobertura")]
    pub xml: bool,

    /// Write a report in the JSON format of Codecov.
    #[arg(long)]
    pub codecov: bool,
}

/// Puts the options of a front end before the arguments of its tool, wherever among these they stand. The
/// arguments behind `--`, and behind `-args` for go, are the tool's.
pub fn options_first(commands: &Command, arguments: &[OsString]) -> Vec<OsString> {
    let behind = from_command(arguments);
    let command = behind.first().filter(|name| FRONT_ENDS.iter().any(|front_end| *name == front_end));
    let Some(command) = command.and_then(|name| commands.find_subcommand(name)) else {
        return arguments.to_vec();
    };
    let (mut options, mut of_tool) = (Vec::new(), Vec::new());
    let mut rest = behind[1..].iter();
    while let Some(argument) = rest.next() {
        if argument == "--" || argument == "-args" || argument == "--args" {
            // A `--` before the tool's command only says that there are no more options.
            of_tool.extend((argument != "--" || !of_tool.is_empty()).then(|| argument.clone()));
            of_tool.extend(rest.cloned());
            break;
        }
        match option_of(command, argument) {
            Some(is_complete) => {
                options.push(argument.clone());
                options.extend(if is_complete { None } else { rest.next().cloned() });
            }
            None => of_tool.push(argument.clone()),
        }
    }
    let before = &arguments[..=arguments.len() - behind.len()];
    [before, &options, &["--".into()], &of_tool].concat()
}

/// Whether an argument that is an option of `command` needs no value behind it; `None` if it is no such
/// option.
fn option_of(command: &Command, argument: &OsStr) -> Option<bool> {
    let text = argument.to_str()?;
    if matches!(text, "--help" | "-h") {
        return Some(true);
    }
    let (name, value) = text
        .strip_prefix("--")?
        .split_once('=')
        .map_or((&text[2..], None), |(name, value)| (name, Some(value)));
    let is_called = |option: &&Arg| {
        option.get_long() == Some(name)
            || option.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
    };
    let option = command.get_arguments().find(is_called)?;
    Some(value.is_some() || !option.get_action().takes_values())
}
