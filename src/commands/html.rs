//! `forkcov html`.

use super::loading::{here, load_files_by};
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
    let (view, by_test) = load_files_by(HitsBy::Pair, &here, &options.data)?.by_process_and_context();
    let by_test = (!view.contexts.is_empty()).then_some(&by_test[..]);
    let coverage = Coverage::of(&view);
    let precision = usize::from(options.precision);
    let layout = pages::HtmlLayout {
        here: &here,
        title: &options.title,
        precision,
        limits: options.limits,
        now: SystemTime::now(),
    };
    progress::show();
    let first = pages::write(&view, by_test, &coverage, &layout, &options.directory)?;
    print_message(&format!("wrote {}", quote::path(&first)));
    if options.open {
        open::that_detached(&first).with_context(|| format!("failed to open {}", quote::path(&first)))?;
    }
    Ok(ExitCode::SUCCESS)
}
