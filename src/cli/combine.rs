//! What `combine` and `erase` may be told.

use super::data::DataFile;
use crate::sources::PathMap;
use clap::Args;
use std::path::PathBuf;

const COMBINE_EXAMPLES: &str = "\
Without PATHS, the hit files beside the data file (DATAFILE.HOST.PID.RANDOM) are combined. They are removed \
once the data file is written. A damaged file is named and left in place, the others are combined, and the \
exit status is 1.

Examples:
  forkcov combine
  forkcov combine --append results/ machine-2/forkcov.data
  forkcov combine --map /ci/build=. --map '*/work/server=.' results/";

/// `forkcov combine`.
#[derive(Debug, Args)]
#[command(after_help = COMBINE_EXAMPLES)]
pub struct CombineOptions {
    /// Where the data goes.
    #[command(flatten)]
    pub data_file: DataFile,

    /// Add to the data file instead of replacing it.
    #[arg(short, long)]
    pub append: bool,

    /// Leave the combined files in place.
    #[arg(long)]
    pub keep: bool,

    /// Sources that are in the directory FROM on another machine are in TO here.
    ///
    /// FROM is a pattern, as of --include, of a directory. What lies below it gets the path below TO; files that get the
    /// same path become one. The first map that fits a source counts; those of the configuration, `[paths]`, come after all.
    #[arg(long, value_name = "FROM=TO", value_parser = PathMap::from_flag)]
    pub map: Vec<PathMap>,

    /// Name no combined files.
    #[arg(short, long)]
    pub quiet: bool,

    /// Hit files, data files, and directories of such.
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,
}

/// `forkcov erase`.
#[derive(Debug, Args)]
pub struct EraseOptions {
    /// What to remove.
    #[command(flatten)]
    pub data_file: DataFile,
}
