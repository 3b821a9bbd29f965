//! `forkcov report`.

use super::changes;
use super::loading::{here, load_selected, of_runs, require_files};
use super::output::{colour, to_stdout};
use forkcov::cli::{self, ReportOptions, TableFormat};
use forkcov::data::view::ProcessFilter;
use forkcov::message::print_message;
use forkcov::quote;
use forkcov::report::minimum::Minimums;
use forkcov::report::rows::RowSelection;
use forkcov::report::{Coverage, markdown, table};
use forkcov::sources::Here;
use std::process::ExitCode;

pub(crate) fn report(options: &ReportOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let data = &options.data;
    let chosen = ProcessFilter { pids: &options.pid, ..of_runs(&data.labels) };
    let view = load_selected(&here, &data.file, &data.patterns, chosen)?;
    require_files(&here, &view, data)?;
    let minimums = Minimums::new(&here, &options.minimum, options.fail_under_file)?;
    let changes = changes::read(&options.diff, &here)?;
    let coverage =
        changes.as_ref().map_or_else(|| Coverage::of(&view), |changes| changes::coverage(&view, changes));
    let selection = RowSelection {
        sort: options.sort,
        skip_covered: options.skip_covered,
        skip_empty: options.skip_empty,
    };
    let precision = usize::from(options.precision);
    let show_missing = options.show_missing;
    let layout = table::TableLayout {
        here: &here,
        selection,
        show_missing,
        precision,
        colour: colour(),
        limits: options.limits,
    };
    to_stdout(|out| match options.format {
        TableFormat::Text => table::write(&coverage, &layout, out),
        TableFormat::Markdown => markdown::write(&coverage, &layout, out),
        TableFormat::Total => writeln!(out, "{}", coverage.totals.together().percent_text(precision)),
    })?;
    let is_below = below_minimum(&coverage, &here, &minimums, options);
    Ok(if is_below { ExitCode::from(cli::BELOW_MINIMUM) } else { ExitCode::SUCCESS })
}

/// Whether the coverage is below a minimum that the user set. Prints a message for each file that is, and for
/// the total.
fn below_minimum(coverage: &Coverage, here: &Here, minimums: &Minimums, options: &ReportOptions) -> bool {
    let precision = usize::from(options.precision);
    let mut is_below = false;
    for file in &coverage.files {
        let (path, covered) = (&file.source.path, file.totals.together());
        if let Some(minimum) = minimums.of(path).filter(|minimum| covered.is_below(*minimum, precision)) {
            let (name, percent) = (quote::path(here.relative(path)), covered.percent_text(precision));
            print_message(&format!("{name}: {percent}% is below its minimum of {minimum}%"));
            is_below = true;
        }
    }
    if let Some(minimum) = options.fail_under
        && coverage.totals.together().is_below(minimum, precision)
    {
        let total = coverage.totals.together().percent_text(precision);
        print_message(&format!("total of {total}% is below --fail-under {minimum}"));
        is_below = true;
    }
    is_below
}
