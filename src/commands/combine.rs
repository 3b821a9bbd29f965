//! `forkcov combine` and `forkcov erase`.

use super::loading::path_maps;
use forkcov::cli::{self, CombineOptions, EraseOptions};
use forkcov::data;
use forkcov::data::combine::{self, combine as combine_files};
use forkcov::message::print_message;
use forkcov::plural::counted;
use forkcov::progress;
use forkcov::quote;
use std::process::ExitCode;

pub(crate) fn combine(options: &CombineOptions) -> anyhow::Result<ExitCode> {
    let data_file = &options.data_file.data_file;
    let maps = path_maps(&options.map)?;
    let rewriter = maps.rewriter();
    let how =
        combine::CombineOptions { append: options.append, keep: options.keep, rewrite: rewriter.as_deref() };
    if !options.quiet {
        progress::show();
    }
    let done = combine_files(&options.paths, data_file, &how)?;
    for (path, reason) in &done.damaged {
        print_message(&format!("left {} in place: {reason}", quote::path(path)));
    }
    for (path, reason) in &done.not_removed {
        print_message(&format!("failed to remove {}: {reason}", quote::path(path)));
    }
    if !done.active.is_empty() {
        print_message(&format!(
            "left {} of a run that is still in progress",
            counted(done.active.len(), "hit file", "hit files")
        ));
    }
    if !options.quiet {
        let files = counted(done.combined.len(), "file", "files");
        let partly = match done.partly {
            0 => String::new(),
            partly => format!(", and what is undamaged of {}", counted(partly, "file", "files")),
        };
        print_message(&format!("combined {files}{partly} -> {}", quote::path(data_file)));
    }
    let whole = done.damaged.is_empty() && done.not_removed.is_empty();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(cli::FAILED) })
}

pub(crate) fn erase(options: &EraseOptions) -> anyhow::Result<ExitCode> {
    data::erase(&options.data_file.data_file)?;
    Ok(ExitCode::SUCCESS)
}
