//! `forkcov processes`.

use super::loading::{here, load};
use super::output::to_stdout;
use forkcov::cli::ProcessesOptions;
use forkcov::report::processes as tree;
use std::io;
use std::process::ExitCode;

pub(crate) fn processes(options: &ProcessesOptions) -> anyhow::Result<ExitCode> {
    let view = load(&here()?, &options.data)?;
    let size = terminal_size::terminal_size_of(io::stdout());
    let width = size.map(|(terminal_size::Width(columns), _)| usize::from(columns));
    let layout = tree::ProcessTreeLayout { width, all: options.all };
    to_stdout(|out| tree::write(&view, layout, out))?;
    Ok(ExitCode::SUCCESS)
}
