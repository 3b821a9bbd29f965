//! What the commands have in common: where the data is, and what of it counts.

use crate::report::Excluded;
use crate::sources::Selection;
use clap::Args;
use std::path::PathBuf;

/// What a command reports.
#[derive(Debug, Args)]
pub struct Data {
    /// Where it is.
    #[command(flatten)]
    pub file: DataFile,

    /// Which source files.
    #[command(flatten)]
    pub patterns: Patterns,

    /// Which runs.
    #[command(flatten)]
    pub labels: Labels,
}

/// Where the data is.
#[derive(Debug, Args)]
pub struct DataFile {
    /// The data file; hit files are beside it.
    #[arg(
        long,
        value_name = "FILE",
        env = "FORKCOV_FILE",
        hide_env_values = true,
        default_value = "forkcov.data"
    )]
    pub data_file: PathBuf,
}

/// Which source files count.
#[derive(Debug, Default, Args)]
pub struct Patterns {
    /// Only source files that match; `*` stops at a `/`, `**` does not.
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub include: Vec<String>,

    /// No source file that matches.
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub omit: Vec<String>,

    /// Which lines of these do not.
    #[command(flatten)]
    pub exclude: Exclude,
}

/// Which lines do not count.
#[derive(Debug, Default, Clone, Args)]
pub struct Exclude {
    /// No line that matches, no function of which the first line does; in Python, no statement there, nor its suite.
    #[arg(long, value_name = "REGEX", value_parser = regular_expression)]
    pub exclude_also: Vec<String>,

    /// No function of which the name, demangled, matches.
    #[arg(long, value_name = "REGEX", value_parser = regular_expression)]
    pub exclude_functions: Vec<String>,
}

/// Which runs.
#[derive(Debug, Default, Args)]
pub struct Labels {
    /// Only what the runs with this label ran.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub label: Vec<String>,
}

/// Which lines of them: those of a diff, if one is given.
#[derive(Debug, Default, Args)]
pub struct Changes {
    /// Only lines that this unified diff adds or changes, of git or diff(1); `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "diff_base")]
    pub diff: Option<PathBuf>,

    /// Only lines that have changed since the branch left REV, as `git diff --merge-base REV` says.
    #[arg(long, value_name = "REV")]
    pub diff_base: Option<String>,
}

impl Exclude {
    /// What the flags mean.
    ///
    /// # Errors
    /// When all patterns together are too large a regular expression.
    pub fn excluded(&self) -> Result<Excluded, regex::Error> {
        Excluded::new(&self.exclude_also, &self.exclude_functions)
    }
}

impl From<&Patterns> for Selection {
    fn from(patterns: &Patterns) -> Self {
        Self { source: Vec::new(), include: patterns.include.clone(), omit: patterns.omit.clone() }
    }
}

fn regular_expression(text: &str) -> Result<String, String> {
    match regex::Regex::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("malformed regular expression: {error}")),
    }
}
