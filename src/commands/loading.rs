//! Loading the data that a command reports.

use anyhow::{Context, bail};
use forkcov::cli::{DataFileOption, DataOptions, LabelOptions, PatternOptions};
use forkcov::data::view::{Filter, HitsBy, ProcessFilter, View};
use forkcov::data::{self, combine};
use forkcov::message::print_message;
use forkcov::plural::counted;
use forkcov::quote;
use forkcov::report::{self, versions};
use forkcov::sources::{Here, PathMap, PathMaps, Selection, SourceFilter};
use std::path::PathBuf;

/// The current directory.
pub(super) fn here() -> anyhow::Result<Here> {
    Here::new().context("failed to find the current directory")
}

/// What maps paths of sources. Without maps, no current directory is needed.
pub(super) fn path_maps(maps: &[PathMap]) -> anyhow::Result<PathMaps> {
    Ok(if maps.is_empty() { PathMaps::default() } else { PathMaps::new(&here()?, maps)? })
}

/// Loads the data. Warns about sources that changed since they ran.
pub(super) fn load(here: &Here, data: &DataOptions) -> anyhow::Result<View> {
    load_selected(here, &data.file, &data.patterns, of_runs(&data.labels))
}

/// Loads the data, and fails if it has no source file: an empty report would look like a success.
pub(super) fn load_files(here: &Here, data: &DataOptions) -> anyhow::Result<View> {
    load_files_by(HitsBy::Process, here, data)
}

/// [`load_files`], with the hits of processes or of contexts.
pub(super) fn load_files_by(by: HitsBy, here: &Here, data: &DataOptions) -> anyhow::Result<View> {
    let view = load_by(by, here, &data.file, &data.patterns, of_runs(&data.labels))?;
    warn(&view, here);
    require_files(here, &view, data)?;
    Ok(view)
}

/// Prints which sources have changed since they ran, or are not here.
pub(super) fn warn(view: &View, here: &Here) {
    versions::diagnostics(view.files.iter(), here).iter().for_each(|text| print_message(text));
}

pub(super) fn of_runs(labels: &LabelOptions) -> ProcessFilter<'_> {
    ProcessFilter { labels: &labels.label, test: labels.test.as_ref(), ..ProcessFilter::default() }
}

/// [`load`], restricted to some processes.
pub(super) fn load_selected(
    here: &Here,
    data_file: &DataFileOption,
    patterns: &PatternOptions,
    chosen: ProcessFilter,
) -> anyhow::Result<View> {
    let view = load_without_warnings(here, data_file, patterns, chosen)?;
    warn(&view, here);
    Ok(view)
}

/// [`load_selected`] without warnings about sources.
pub(super) fn load_without_warnings(
    here: &Here,
    data_file: &DataFileOption,
    patterns: &PatternOptions,
    chosen: ProcessFilter,
) -> anyhow::Result<View> {
    load_by(HitsBy::Process, here, data_file, patterns, chosen)
}

/// [`load_without_warnings`], with the hits of processes or of contexts.
pub(super) fn load_by(
    by: HitsBy,
    here: &Here,
    data_file: &DataFileOption,
    patterns: &PatternOptions,
    chosen: ProcessFilter,
) -> anyhow::Result<View> {
    require_data_file(data_file)?;
    let excluded = patterns.exclude.excluded()?;
    let loaded = filtered(by, here, data_file, patterns, chosen, |filter| {
        report::load(&data_file.data_file, filter, &excluded)
    })?;
    if let Some(line_by_line) = loaded.line_by_line {
        print_message(&line_by_line.to_string());
    }
    require_chosen(&loaded.view, chosen, data_file)?;
    Ok(loaded.view)
}

/// The hits of each context in each process, without what the sources say.
pub(super) fn load_pairs(here: &Here, data: &DataOptions) -> anyhow::Result<View> {
    let (file, chosen) = (&data.file, of_runs(&data.labels));
    filtered(HitsBy::Pair, here, file, &data.patterns, chosen, |filter| View::load(&file.data_file, filter))
}

/// Calls `load` with the filter that the options describe.
fn filtered<T>(
    by: HitsBy,
    here: &Here,
    data_file: &DataFileOption,
    patterns: &PatternOptions,
    chosen: ProcessFilter,
    load: impl FnOnce(&Filter) -> Result<T, data::Error>,
) -> anyhow::Result<T> {
    let filter = SourceFilter::for_report(here, &Selection::from(patterns))?;
    let maps = path_maps(&data_file.paths)?;
    let rewriter = maps.rewriter();
    let rewrite = rewriter.as_deref();
    Ok(load(&Filter { wants: &|source| filter.wants(source), processes: chosen, by, rewrite })?)
}

/// Fails if a label, a context or a process that is asked for does not exist.
pub(super) fn require_chosen(
    view: &View,
    chosen: ProcessFilter,
    data_file: &DataFileOption,
) -> anyhow::Result<()> {
    require_labels(view, chosen.labels, data_file)?;
    require_test(view, chosen, data_file)?;
    require_pids(view, chosen.pids, data_file)
}

/// Fails if there is no data file.
pub(super) fn require_data_file(data_file: &DataFileOption) -> anyhow::Result<()> {
    let path = &data_file.data_file;
    if !path.try_exists().with_context(|| format!("failed to read {}", quote::path(path)))? {
        let shown = quote::path(path);
        match combine::uncombined(path) {
            0 => bail!("no data file {shown}: use `forkcov run`"),
            hit_files => {
                let hit_files = counted(hit_files, "hit file", "hit files");
                bail!("no data file {shown}, but {hit_files} for it: use `forkcov combine`")
            }
        }
    }
    Ok(())
}

/// Fails if a label does not exist: a misspelt label must not look like a test that ran nothing.
pub(super) fn require_labels(
    view: &View,
    labels: &[String],
    data_file: &DataFileOption,
) -> anyhow::Result<()> {
    let Some(label) = labels.iter().find(|label| !view.labels.contains(label)) else { return Ok(()) };
    let data_file = quote::path(&data_file.data_file);
    let label = if label.is_empty() { "''".into() } else { quote::text(label) };
    match &view.labels[..] {
        [] => bail!("no run labelled {label} in {data_file}: no run has a label (forkcov run --label)"),
        known => {
            let known: Vec<_> = known.iter().map(|label| quote::text(label)).collect();
            bail!("no run labelled {label} in {data_file}: its labels are {}", known.join(", "))
        }
    }
}

/// Fails if no context that is asked for exists.
fn require_test(view: &View, chosen: ProcessFilter, data_file: &DataFileOption) -> anyhow::Result<()> {
    match chosen.test {
        Some(test) if view.processes.is_empty() => {
            let (data_file, test) = (quote::path(&data_file.data_file), quote::text(test.as_str()));
            bail!(
                "no process had a context that matches {test} in {data_file} (forkcov run --context-from or --test-framework)"
            )
        }
        _ => Ok(()),
    }
}

pub(super) fn require_pids(view: &View, pids: &[i32], data_file: &DataFileOption) -> anyhow::Result<()> {
    match pids.iter().find(|pid| !view.processes.iter().any(|process| process.pid == **pid)) {
        Some(pid) => {
            let data_file = quote::path(&data_file.data_file);
            bail!("no process {pid} in {data_file}: `forkcov processes --all` lists its processes")
        }
        None => Ok(()),
    }
}

pub(super) fn require_files(here: &Here, view: &View, data: &DataOptions) -> anyhow::Result<()> {
    if !view.files.is_empty() {
        return Ok(());
    }
    let shown = quote::path(&data.file.data_file);
    let selection = Selection::from(&data.patterns);
    let all = View::load(&data.file.data_file, &Filter::default())?.files;
    if all.is_empty() || selection.flags().is_empty() {
        bail!("nothing to report: no source file in {shown}; `forkcov run` says why")
    }
    let names: Vec<PathBuf> = all.into_iter().map(|file| file.path).collect();
    bail!(
        "nothing to report: {} leaves out all of {} in {shown} ({})",
        selection.flags(),
        counted(names.len(), "source", "sources"),
        here.first_names(&names)
    )
}
