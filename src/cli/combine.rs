//! The options of `combine` and `erase`.

use super::data::DataFileOption;
use crate::byte_text;
use crate::sources::PathMap;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::path::PathBuf;

const COMBINE_EXAMPLES: &str = "\
Without PATHS, combines what killed runs have left on this machine, and the hit files beside the data file \
(DATAFILE.HOST.PID.RANDOM). All files that are combined, also those that you name, are removed once the data \
file is written, unless --keep is given. A damaged file is reported and left in place; the others are combined, and the \
exit status is 1.

Examples:
  forkcov combine
  forkcov combine --append results/ machine-2/forkcov.data
  forkcov combine --map /ci/build=. --map '*/work/server=.' results/";

/// `forkcov combine`.
#[derive(Debug, Args)]
#[command(after_help = COMBINE_EXAMPLES)]
pub struct CombineOptions {
    /// The data file to write.
    #[command(flatten)]
    pub data_file: DataFileOption,

    /// Add to the data file instead of replacing it.
    #[arg(short, long)]
    pub append: bool,

    /// Keep the combined files.
    #[arg(long)]
    pub keep: bool,

    /// Replace the directory FROM, of another machine, by the directory TO in source paths.
    ///
    /// FROM is a pattern, as of --include, that matches a directory. Paths below it are rewritten to paths
    /// below TO, and files that get the same path are merged. The first map that matches a path is used; the
    /// maps of the configuration, `[paths]`, are tried after all flags.
    #[arg(long, value_name = "FROM=TO", value_parser = path_map())]
    pub map: Vec<PathMap>,

    /// Do not print what was combined.
    #[arg(short, long)]
    pub quiet: bool,

    /// Hit files, data files, or directories that contain them.
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
}

/// Directories need not be UTF-8: text that holds bytes.
fn path_map() -> impl TypedValueParser<Value = PathMap> {
    OsStringValueParser::new().try_map(|text| PathMap::from_flag(&byte_text::encode_os(text)))
}

/// `forkcov erase`.
#[derive(Debug, Args)]
pub struct EraseOptions {
    /// The data file to remove.
    #[command(flatten)]
    pub data_file: DataFileOption,
}
