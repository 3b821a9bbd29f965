//! `forkcov parquet`.

use super::loading::{here, load_by, of_runs, path_maps, require_files};
use forkcov::cli::ParquetOptions;
use forkcov::data::view::{HitsBy, snapshots_of_runs};
use forkcov::git;
use forkcov::message::print_message;
use forkcov::plural::counted;
use forkcov::quote;
use forkcov::report::parquet as tables;
use std::process::ExitCode;

pub(crate) fn parquet(options: &ParquetOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let data = &options.data;
    let view = load_by(HitsBy::Pair, &here, &data.file, &data.patterns, of_runs(&data.labels))?;
    require_files(&here, &view, data)?;
    let maps = path_maps(&data.file.paths)?;
    let snapshots = snapshots_of_runs(&data.file.data_file, maps.rewriter().as_deref())?;
    let root = git::root().ok().and_then(|root| here.above(&root)).unwrap_or_else(|| here.clone());
    let of_directory = || {
        let name = root.names().first().and_then(|root| root.file_name());
        name.map_or_else(|| "/".to_owned(), |name| name.to_string_lossy().into_owned())
    };
    let repository = options.repository.clone().or_else(git::repository).unwrap_or_else(of_directory);
    let layout = tables::ParquetLayout { root: &root, repository: &repository };
    let runs = tables::write(&view, &snapshots, &layout, &options.output)?;
    print_message(&format!("wrote {} into {}", counted(runs, "run", "runs"), quote::path(&options.output)));
    Ok(ExitCode::SUCCESS)
}
