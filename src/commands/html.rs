//! `forkcov html`.

use super::loading::{here, load_by, load_files, of_runs};
use anyhow::Context;
use forkcov::cli::HtmlOptions;
use forkcov::data::view::HitsBy;
use forkcov::message::print_message;
use forkcov::progress;
use forkcov::quote;
use forkcov::report::{Coverage, html as pages};
use std::process::ExitCode;
use std::time::SystemTime;

pub(crate) fn html(options: &HtmlOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let (view, data) = (load_files(&here, &options.data)?, &options.data);
    let by_context = || load_by(HitsBy::Context, &here, &data.file, &data.patterns, of_runs(&data.labels));
    let by_test = if view.contexts.is_empty() { None } else { Some(by_context()?) };
    let coverage = Coverage::of(&view);
    let precision = usize::from(options.precision);
    let layout = pages::HtmlLayout { here: &here, title: &options.title, precision, now: SystemTime::now() };
    progress::show();
    let first = pages::write(&view, by_test.as_ref(), &coverage, &layout, &options.directory)?;
    print_message(&format!("wrote {}", quote::path(&first)));
    if options.open {
        open::that_detached(&first).with_context(|| format!("failed to open {}", quote::path(&first)))?;
    }
    Ok(ExitCode::SUCCESS)
}
