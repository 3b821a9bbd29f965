//! `forkcov run`: start or attach, follow, write the data file.

use super::diagnostics::{Diagnostics, NothingRecorded, Severity};
use super::frameworks::{Framework, FrameworkFunctions};
use super::granularity::Granularity;
use super::images::Images;
use super::interpreters::ProbeWork;
use super::objects::Objects;
use super::recorder::{HitRecorder, Naming};
use super::settings::{Output, Settings, Target, Verbosity};
use super::signal_forwarding::{self, FORWARDED, Receivers};
use crate::byte_text;
use crate::cache::Cache;
use crate::data::combine::{self, Beginning, check_output, combine_run, put_beside};
use crate::data::{Exit, RunDirectory, RunFiles, RunNames, Target as DataTarget};
use crate::message::print_message;
use crate::output_file;
use crate::plural::counted;
use crate::progress;
use crate::ptrace::{self, Tid};
use crate::quote;
use crate::sources::{Here, SourceFilter};
use crate::tracer::{self, End, Entry, EventLog, Outcome, Tracer};
use anyhow::{Context, Result, anyhow, bail};
use std::ffi::OsString;
use std::io;
use std::path::Path;

/// What a run leaves behind.
#[derive(Debug, Clone, Copy)]
pub struct RunResult {
    /// How the first process ended; status 0 when forkcov was attached to it.
    pub exit: Exit,
    /// False when data has been lost, or could not be written.
    pub is_complete: bool,
}

/// Runs a program, or attaches to a process, and records which process runs which line. Leaves a data file,
/// or with [`Output::HitFiles`] the hit files. `summarize` prints the last line from the data file.
///
/// # Errors
/// When the program cannot be launched ([`ptrace::SpawnError`]) or traced, or no data can be kept at all.
pub fn run(settings: &Settings, summarize: &dyn Fn(&Path) -> Result<()>) -> Result<RunResult> {
    let log = create_log(settings);
    let target = DataTarget::of(&settings.data_file)?;
    check_output(&target, settings.output == Output::Append)?;
    let Outcome { end, mut recorder, .. } = trace(settings, &target, &log)?;
    recorder.add_unimported(&settings.selection.source);
    recorder.keep_snapshots();
    recorder.require_tests();
    let print = |text: &str| {
        print_message(text);
        log.write(None, None, || Entry::Message { text });
    };
    let is_new = settings.output == Output::Replace;
    let beginning = if is_new { recorder.images.objects.beginning() } else { None };
    let is_verbose = settings.verbosity == Verbosity::Verbose;
    let is_useful = |why: &NothingRecorded| settings.advises || *why != NothingRecorded::NoDebugInformation;
    let why_nothing = recorder.why_nothing(&settings.selection).filter(is_useful);
    recorder.diagnostics.lines(is_verbose, why_nothing.as_ref()).iter().for_each(|line| print(line));
    let is_recorded = !recorder.diagnostics.any(Severity::Error);
    let written = write_data(settings, &target, &recorder, beginning.as_ref(), summarize);
    if let Err(error) = &written {
        print(&format!("{error}; {}", fate_of_data(recorder.directory())));
    }
    if let Some(error) = log.failure() {
        print_log_failure(settings, error);
    }
    Ok(RunResult { exit: exit(end), is_complete: is_recorded && written.is_ok() })
}

/// What becomes of data that could not be written.
fn fate_of_data(directory: &RunDirectory) -> String {
    if directory.is_in_place() {
        return "the data of the run is kept for `forkcov combine`".to_owned();
    }
    let path = quote::path(directory.path());
    format!("the data of the run is lost, because its directory {path} was removed or moved")
}

fn exit(end: End) -> Exit {
    match end {
        End::Exited(status) => Exit::Code(status),
        End::Signaled(signal) => Exit::Signal(signal),
    }
}

/// Creates the event log. The program also runs without it.
fn create_log(settings: &Settings) -> EventLog {
    let Some(path) = &settings.log_events else { return EventLog::default() };
    match output_file::create(path) {
        Ok(file) => EventLog::begin(file, settings.target.command()),
        Err(error) => {
            print_log_failure(settings, &error);
            EventLog::default()
        }
    }
}

fn print_log_failure(settings: &Settings, error: &io::Error) {
    let path = settings.log_events.as_deref().unwrap_or(Path::new(""));
    print_message(&format!("failed to write {}: {error}", quote::path(path)));
}

/// Follows the program, from its start to the end of its last process.
fn trace(settings: &Settings, target: &DataTarget, log: &EventLog) -> Result<Outcome<HitRecorder>> {
    let filter = source_filter(settings)?;
    let files = create_directory(target)?;
    let receivers = Receivers::default();
    let recorder = recorder(settings, files, filter, receivers.clone());
    match &settings.target {
        Target::Attach(pid) => attach(*pid, settings, recorder, receivers, log),
        Target::Launch(command) => launch(command, settings, recorder, receivers, log),
    }
}

fn recorder(settings: &Settings, files: RunFiles, filter: SourceFilter, receivers: Receivers) -> HitRecorder {
    let diagnostics = Diagnostics::default();
    let (cache, granularity) = (cache(settings), granularity(settings));
    let objects =
        Objects::new(files.clone(), filter, cache, granularity, settings.branches, diagnostics.clone());
    let frameworks = &settings.contexts.frameworks;
    let is_of_python = |framework: &Framework| matches!(framework, Framework::Unittest | Framework::Pytest);
    let wanted = ProbeWork {
        branches: settings.branches,
        tests: frameworks.contains(&Framework::Unittest),
        results: frameworks.iter().any(is_of_python),
    };
    let frameworks = FrameworkFunctions::of(frameworks.clone());
    let images = Images::new(files.clone(), objects, frameworks, wanted, diagnostics.clone());
    let naming = Naming { label: settings.label.clone(), contexts: settings.contexts.clone() };
    HitRecorder::new(files, naming, images, receivers, diagnostics)
}

fn source_filter(settings: &Settings) -> Result<SourceFilter> {
    let here = Here::new().context("failed to find the current directory")?;
    let filter = SourceFilter::for_run(&here, &settings.selection)?;
    if filter.ignores_include() {
        print_message("--include is ignored, because --source or --source-pkgs is given");
    }
    Ok(filter)
}

/// Creates the directory of the run, and names its files.
fn create_directory(target: &DataTarget) -> Result<RunFiles> {
    let host = nix::unistd::gethostname().map(byte_text::encode_os).unwrap_or_default();
    let run = format!("{:016x}", fastrand::u64(..));
    let directory = RunDirectory::create(&run, &target.resolved())?;
    Ok(RunFiles { directory, names: RunNames { base: target.name().to_owned(), host, run } })
}

fn cache(settings: &Settings) -> Cache {
    if settings.cache { Cache::of_user(format!("{:?}", settings.selection)) } else { Cache::default() }
}

/// A process that runs already can be inside a block, and has passed the block's first lines without a hit.
fn granularity(settings: &Settings) -> Granularity {
    match settings.target {
        Target::Launch(_) => settings.granularity,
        Target::Attach(_) => Granularity::Line,
    }
}

/// Starts a program and follows it.
fn launch(
    command: &[OsString],
    settings: &Settings,
    recorder: HitRecorder,
    receivers: Receivers,
    log: &EventLog,
) -> Result<Outcome<HitRecorder>> {
    let blocked = ptrace::block_signals(FORWARDED)?;
    let launched = ptrace::launch(command, &blocked)?;
    receivers.began(launched.pid);
    signal_forwarding::forward(receivers, log.clone()).context("failed to forward signals")?;
    blocked.release();

    let outcome = Tracer::launched(launched.pid, launched.has_other_children, recorder, log.clone())
        .until_first(settings.exit_first_process)
        .trampolines_after(settings.trampolines_after)
        .run()
        .context("failed to wait for the program")?;
    if outcome.executed {
        return Ok(outcome);
    }
    let killed_by = match outcome.end {
        End::Signaled(signal) => Some(signal),
        End::Exited(_) => None,
    };
    launched.failure(&command[0], killed_by).map_or(Ok(outcome), |failure| Err(failure.into()))
}

/// Attaches to a process and follows it. Its end does not decide forkcov's exit status, which is 0.
fn attach(
    pid: Tid,
    settings: &Settings,
    recorder: HitRecorder,
    receivers: Receivers,
    log: &EventLog,
) -> Result<Outcome<HitRecorder>> {
    if let Some(reason) = tracer::reason_not_to_attach(pid) {
        bail!("failed to attach to process {pid}: {reason}");
    }
    let (wake_child, guard) = ptrace::WakeChild::spawn().context("failed to start a process")?;
    signal_forwarding::release_at_signal(guard, receivers, log.clone())
        .context("failed to wait for signals")?;
    let tracer = Tracer::attach(pid, &wake_child, recorder, log.clone()).map_err(|error| match error {
        ptrace::Error::Failed { errno, .. } => {
            anyhow!("failed to attach to process {pid}: {}", ptrace::why_denied(pid, errno))
        }
        error => anyhow!("failed to attach to process {pid}: {error}"),
    })?;
    if settings.verbosity > Verbosity::Quiet {
        let processes = counted(tracer.living(), "process", "processes");
        print_message(&format!(
            "attached to {processes}; Ctrl-C detaches, and they continue without forkcov"
        ));
    }
    let outcome = tracer.run().context("failed to wait for the program")?;
    Ok(Outcome { end: End::Exited(0), executed: true, ..outcome })
}

/// Writes the hit files into the data file, which begins as `beginning` says if it is new, or puts them
/// beside it. Prints the last line.
fn write_data(
    settings: &Settings,
    target: &DataTarget,
    recorder: &HitRecorder,
    beginning: Option<&Beginning>,
    summarize: &dyn Fn(&Path) -> Result<()>,
) -> Result<()> {
    let directory = recorder.directory();
    if settings.output == Output::HitFiles {
        put_beside(directory, target)?;
        if settings.verbosity > Verbosity::Quiet {
            let processes = counted(recorder.hit_files as usize, "process", "processes");
            print_message(&format!("left the hit files of {processes} for `forkcov combine`"));
        }
        return Ok(());
    }
    let is_quiet = settings.verbosity == Verbosity::Quiet;
    if !is_quiet {
        progress::show();
    }
    let append = settings.output == Output::Append;
    let how = combine::CombineOptions { append, keep: false, rewrite: None };
    let combined = combine_run(recorder.run(), directory, target, &how, beginning)?;
    combined.damaged.iter().for_each(|(_, reason)| print_message(reason));
    if is_quiet { Ok(()) } else { summarize(&settings.data_file) }
}
