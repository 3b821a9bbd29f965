//! Options that several commands share: the data file, and which files, lines and runs to report.

use crate::byte_text;
use crate::report::{Excluded, ExclusionRules};
use crate::runtime::{Exclusions, MalformedPattern};
use crate::sources::{PathMap, Selection};
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use regex::Regex;
use std::error::Error;
use std::path::PathBuf;

/// The data file, and which parts of it to report.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// The data file.
    #[command(flatten)]
    pub file: DataFileOption,

    /// Which source files and lines to report.
    #[command(flatten)]
    pub patterns: PatternOptions,

    /// Which runs to report.
    #[command(flatten)]
    pub labels: LabelOptions,
}

/// `--data-file`.
#[derive(Debug, Args)]
pub struct DataFileOption {
    /// Use this data file.
    #[arg(
        long,
        value_name = "FILE",
        env = "FORKCOV_FILE",
        hide_env_values = true,
        default_value = "forkcov.data"
    )]
    pub data_file: PathBuf,

    /// How reports map paths of sources: `[paths]` of the configuration file.
    #[arg(skip)]
    pub paths: Vec<PathMap>,
}

/// Which source files and lines to report.
#[derive(Debug, Default, Args)]
pub struct PatternOptions {
    /// Include only source files that match; `*` does not match a `/`, `**` does.
    #[arg(long, value_name = "GLOB", value_delimiter = ',', value_parser = glob())]
    pub include: Vec<String>,

    /// Omit source files that match.
    #[arg(long, value_name = "GLOB", value_delimiter = ',', value_parser = glob())]
    pub omit: Vec<String>,

    /// Which lines to leave out.
    #[command(flatten)]
    pub exclude: ExcludeOptions,
}

/// Which lines to leave out.
#[derive(Debug, Default, Clone, Args)]
pub struct ExcludeOptions {
    /// Exclude lines that match, instead of those that are excluded by default (`# pragma: no cover`, ...).
    #[arg(long, value_name = "REGEX", value_parser = regular_expression)]
    pub exclude_lines: Vec<String>,

    /// Exclude lines that match, and functions whose first line matches; in Python, statements with their
    /// suites.
    #[arg(long, value_name = "REGEX", value_parser = regular_expression)]
    pub exclude_also: Vec<String>,

    /// Exclude functions whose demangled name matches.
    #[arg(long, value_name = "REGEX", value_parser = regular_expression)]
    pub exclude_functions: Vec<String>,

    /// Accept that branches of matching lines are not taken in each direction, instead of by default
    /// (`# pragma: no branch`).
    #[arg(long, value_name = "REGEX", value_parser = regular_expression)]
    pub partial_branches: Vec<String>,

    /// Accept that branches of matching lines are not taken in each direction.
    #[arg(long, value_name = "REGEX", value_parser = regular_expression)]
    pub partial_also: Vec<String>,
}

/// Which runs to report.
#[derive(Debug, Default, Args)]
pub struct LabelOptions {
    /// Report only runs with this label.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub label: Vec<String>,

    /// Report only what ran in contexts (run --context-from) whose name matches.
    #[arg(long, value_name = "REGEX", value_parser = Regex::new)]
    pub test: Option<Regex>,
}

/// The diff whose lines to report; all lines are reported if neither option is given.
#[derive(Debug, Default, Args)]
pub struct DiffBaseOptions {
    /// Report only lines that this unified diff (of git or diff(1)) adds or changes; `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "diff_base")]
    pub diff: Option<PathBuf>,

    /// Report only lines that changed since the branch left REV, as in `git diff --merge-base REV`.
    #[arg(long, value_name = "REV")]
    pub diff_base: Option<String>,
}

impl ExcludeOptions {
    /// The exclusions that the flags ask for.
    ///
    /// # Errors
    /// When the patterns together compile to a regular expression that is too large.
    pub fn excluded(&self) -> Result<Excluded, MalformedPattern> {
        Excluded::new(&ExclusionRules {
            lines: &self.exclude_lines,
            also: &self.exclude_also,
            functions: &self.exclude_functions,
            partial_branches: &self.partial_branches,
            partial_also: &self.partial_also,
        })
    }
}

impl From<&PatternOptions> for Selection {
    fn from(patterns: &PatternOptions) -> Self {
        let PatternOptions { include, omit, .. } = patterns;
        Self { include: include.clone(), omit: omit.clone(), ..Self::default() }
    }
}

/// A pattern for paths, which need not be UTF-8: text that holds bytes.
pub(super) fn glob() -> impl TypedValueParser<Value = String> {
    OsStringValueParser::new().map(byte_text::encode_os)
}

/// An empty expression would match every line: a variable of a script may have been empty.
fn regular_expression(text: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    if text.is_empty() {
        return Err("an empty expression matches every line".into());
    }
    Ok(Exclusions::new(&[text]).map(|_| text.to_owned())?)
}
