//! What each command but `run` does, once it is parsed.

mod annotate;
mod changes;
mod diff;
mod github;
mod html;
mod manuals;
mod services;

use anyhow::{Context, bail};
use forkcov::cli::{
    self, CombineOptions, CoveragePyOptions, DataFile, EraseOptions, Format, JsonOptions, Labels,
    LcovOptions, Patterns, ProcessesOptions, ReportOptions, XmlOptions,
};
use forkcov::complain::complain;
use forkcov::data::combine::{self, Rewrite, combine as combine_files};
use forkcov::data::view::{Chosen, Filter, View};
use forkcov::data::{self, names};
use forkcov::progress;
use forkcov::report::colour::Colour;
use forkcov::report::rows::Choice;
use forkcov::report::{
    self, Coverage, Excluded, counted, coverage_py as theirs, json as json_report, lcov as tracefile,
    markdown, processes as tree, text, versions, xml as cobertura,
};
use forkcov::sources::{Here, PathMaps, Selection, SourceFilter};
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

pub(crate) use annotate::annotate;
pub(crate) use diff::diff;
pub(crate) use github::github;
pub(crate) use html::html;
pub(crate) use manuals::{completions, man};
pub(crate) use services::{codecov, coveralls, sonarqube};

pub(crate) fn combine(options: &CombineOptions) -> anyhow::Result<ExitCode> {
    let data_file = &options.data_file.data_file;
    let maps = match &options.map[..] {
        [] => None,
        maps => Some(PathMaps::new(&here()?, maps)?),
    };
    let rewrite = maps.as_ref().map(|maps| |path: &str| maps.rewritten(path));
    let rewrite = rewrite.as_ref().map(|rewrite| rewrite as Rewrite);
    let how = combine::Options { append: options.append, keep: options.keep, rewrite };
    if !options.quiet {
        progress::show();
    }
    let done = combine_files(&options.paths, data_file, &how)?;
    for (path, reason) in &done.damaged {
        complain(&format!("left {} in place: {reason}", path.display()));
    }
    for (path, reason) in &done.not_removed {
        complain(&format!("failed to remove {}: {reason}", path.display()));
    }
    if !done.living.is_empty() {
        complain(&format!(
            "left {} of a run that goes on",
            counted(done.living.len(), "hit file", "hit files")
        ));
    }
    if !options.quiet {
        let files = counted(done.combined.len(), "file", "files");
        complain(&format!("combined {files} -> {}", data_file.display()));
    }
    let whole = done.damaged.is_empty() && done.not_removed.is_empty();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(cli::FAILED) })
}

pub(crate) fn report(options: &ReportOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let chosen = Chosen { pids: &options.pid, labels: &options.labels.label };
    let view = load(&here, &options.data_file, &options.patterns, chosen)?;
    require_files(&view, &options.data_file, &options.patterns)?;
    let changes = changes::read(&options.changes, &here)?;
    let coverage =
        changes.as_ref().map_or_else(|| Coverage::of(&view), |changes| changes::coverage(&view, changes));
    let choice =
        Choice { sort: options.sort, skip_covered: options.skip_covered, skip_empty: options.skip_empty };
    let precision = usize::from(options.precision);
    let show_missing = options.show_missing;
    let layout = text::Options { here: &here, choice, show_missing, precision, colour: colour() };
    to_stdout(|out| match options.format {
        Format::Text => text::write(&coverage, &layout, out),
        Format::Markdown => markdown::write(&coverage, &layout, out),
        Format::Total => writeln!(out, "{}", coverage.totals.percent_text(precision)),
    })?;
    let is_below = below_minimum(&coverage, &here, options);
    Ok(if is_below { ExitCode::from(cli::BELOW_MINIMUM) } else { ExitCode::SUCCESS })
}

/// Whether the coverage is below what is asked for; says what is.
fn below_minimum(coverage: &Coverage, here: &Here, options: &ReportOptions) -> bool {
    let precision = usize::from(options.precision);
    let mut is_below = false;
    if let Some(minimum) = options.fail_under_file {
        for file in coverage.files.iter().filter(|file| file.totals.is_below(minimum, precision)) {
            let (name, percent) = (here.relative(&file.source.path), file.totals.percent_text(precision));
            complain(&format!("{}: {percent}% is below --fail-under-file {minimum}", name.display()));
            is_below = true;
        }
    }
    if let Some(minimum) = options.fail_under
        && coverage.totals.is_below(minimum, precision)
    {
        let total = coverage.totals.percent_text(precision);
        complain(&format!("total of {total}% is below --fail-under {minimum}"));
        is_below = true;
    }
    is_below
}

/// On a terminal, and where the environment does not say otherwise (`NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`).
fn colour() -> Colour {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => Colour::Off,
        _ => Colour::On,
    }
}

pub(crate) fn processes(options: &ProcessesOptions) -> anyhow::Result<ExitCode> {
    let view = load(&here()?, &options.data_file, &options.patterns, of_runs(&options.labels))?;
    let size = terminal_size::terminal_size_of(io::stdout());
    let width = size.map(|(terminal_size::Width(columns), _)| usize::from(columns));
    let layout = tree::Options { width, all: options.all };
    to_stdout(|out| tree::write(&view, layout, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn json(options: &JsonOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load(&here, &options.data_file, &options.patterns, of_runs(&options.labels))?;
    let coverage = Coverage::of(&view);
    let (pretty, precision) = (options.pretty_print, usize::from(options.precision));
    let layout = json_report::Options { here: &here, pretty, precision, now: SystemTime::now() };
    to_output(&options.output, |out| json_report::write(&view, &coverage, &layout, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn lcov(options: &LcovOptions) -> anyhow::Result<ExitCode> {
    let view = load(&here()?, &options.data_file, &options.patterns, of_runs(&options.labels))?;
    require_files(&view, &options.data_file, &options.patterns)?;
    let coverage = Coverage::of(&view);
    to_output(&options.output, |out| tracefile::write(&coverage, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn xml(options: &XmlOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    let view = load(&here, &options.data_file, &options.patterns, of_runs(&options.labels))?;
    require_files(&view, &options.data_file, &options.patterns)?;
    let coverage = Coverage::of(&view);
    let layout = cobertura::Options { here: &here, now: SystemTime::now() };
    to_output(&options.output, |out| cobertura::write(&coverage, &layout, out))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn coverage_py(options: &CoveragePyOptions) -> anyhow::Result<ExitCode> {
    let view = load(&here()?, &options.data_file, &options.patterns, of_runs(&options.labels))?;
    require_files(&view, &options.data_file, &options.patterns)?;
    if theirs::sources(&view).next().is_none() {
        bail!("nothing for coverage.py: no Python source in {}", options.data_file.data_file.display());
    }
    let output = options.output.display();
    if options.per_process {
        let files = counted(theirs::write_each(&view, &options.output)?, "file", "files");
        complain(&format!("wrote {files} {output}.*"));
    } else {
        theirs::write(&view, &options.output)?;
        complain(&format!("wrote {output}"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn erase(options: &EraseOptions) -> anyhow::Result<ExitCode> {
    data::erase(&options.data_file.data_file)?;
    Ok(ExitCode::SUCCESS)
}

fn here() -> anyhow::Result<Here> {
    Here::new().context("failed to find the current directory")
}

fn of_runs(labels: &Labels) -> Chosen<'_> {
    Chosen { labels: &labels.label, ..Chosen::default() }
}

/// What the processes ran that are `chosen`. Says of which sources the lines may not be what they were.
fn load(here: &Here, data_file: &DataFile, patterns: &Patterns, chosen: Chosen) -> anyhow::Result<View> {
    let view = load_unsaid(here, data_file, patterns, chosen)?;
    versions::remarks(view.files.iter(), here).iter().for_each(|remark| complain(remark));
    Ok(view)
}

fn load_unsaid(
    here: &Here,
    data_file: &DataFile,
    patterns: &Patterns,
    chosen: Chosen,
) -> anyhow::Result<View> {
    let path = &data_file.data_file;
    if !path.try_exists().with_context(|| format!("failed to read {}", path.display()))? {
        let shown = path.display();
        // A directory that cannot be listed has no hit files for us either.
        let beside = names::beside(path).unwrap_or_default();
        let is_hit_file =
            |path: &PathBuf| names::parse(path).is_some_and(|name| name.kind == names::Kind::HitFile);
        match beside.iter().filter(|path| is_hit_file(path)).count() {
            0 => bail!("no data file {shown}: use `forkcov run`"),
            hit_files => {
                let hit_files = counted(hit_files, "hit file", "hit files");
                bail!("no data file {shown}, but {hit_files} beside it: use `forkcov combine`")
            }
        }
    }
    let filter = SourceFilter::for_report(here, &Selection::from(patterns))?;
    let filter = Filter { wants: &|source| filter.wants(source), chosen };
    let loaded = report::load(path, &filter, &Excluded::new(&patterns.exclude.exclude_also)?)?;
    if let Some(line_by_line) = loaded.line_by_line {
        complain(&line_by_line.to_string());
    }
    require_labels(&loaded.view, chosen.labels, data_file)?;
    require_pids(&loaded.view, chosen.pids, data_file)?;
    Ok(loaded.view)
}

/// A misspelt label must not look like a test that ran nothing.
fn require_labels(view: &View, labels: &[String], data_file: &DataFile) -> anyhow::Result<()> {
    let Some(label) = labels.iter().find(|label| !view.labels.contains(label)) else { return Ok(()) };
    let data_file = data_file.data_file.display();
    match &view.labels[..] {
        [] => bail!("no run labelled {label} in {data_file}: none has a label (forkcov run --label)"),
        known => bail!("no run labelled {label} in {data_file}: there are {}", known.join(", ")),
    }
}

fn require_pids(view: &View, pids: &[i32], data_file: &DataFile) -> anyhow::Result<()> {
    match pids.iter().find(|pid| !view.processes.iter().any(|process| process.pid == **pid)) {
        Some(pid) => bail!("no process {pid} in {}", data_file.data_file.display()),
        None => Ok(()),
    }
}

/// An empty report looks like a success; it must not pass for one.
fn require_files(view: &View, data_file: &DataFile, patterns: &Patterns) -> anyhow::Result<()> {
    if !view.files.is_empty() {
        return Ok(());
    }
    let shown = data_file.data_file.display();
    if patterns.include.is_empty() && patterns.omit.is_empty() {
        bail!("nothing to report: no source file in {shown}; was the program compiled with -g?")
    }
    bail!("nothing to report: no source file in {shown} is left by --include and --omit")
}

/// Writes to the file `path`, or to stdout if it is `-`.
fn to_output(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return to_stdout(write);
    }
    let write_all = || {
        let mut out = BufWriter::new(File::create(path)?);
        write(&mut out)?;
        out.flush()
    };
    write_all().with_context(|| format!("failed to write {}", path.display()))?;
    complain(&format!("wrote {}", path.display()));
    Ok(())
}

/// Writes to stdout, until its reader has had enough (`forkcov report | head`).
fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("failed to write to stdout")
        }
        _ => Ok(()),
    }
}
