//! `forkcov run`: launch, follow, write the data file, and end as the program ended.

use super::images::Images;
use super::recorder::HitRecorder;
use super::signal_forwarding::{self, FORWARDED, Receivers};
use crate::cache::Cache;
use crate::cli::{NOT_EXECUTABLE, NOT_FOUND, RUN_FAILED, RunOptions};
use crate::data::combine::{self, check_output, combine_run};
use crate::data::view::Filter;
use crate::data::{Exit, RunFiles, RunLock};
use crate::message::print_message;
use crate::plural::counted;
use crate::progress;
use crate::ptrace::{self, SpawnError, Tid};
use crate::report::{self, Coverage, summary};
use crate::sources::{Here, Selection, SourceFilter};
use crate::tracer::{self, End, Entry, EventLog, Outcome, Tracer};
use anyhow::{Context, Result, anyhow, bail};
use std::io::{self, Write, stderr};
use std::path::Path;

/// Runs the program, records which of its processes ran which line, and leaves a data file, or with
/// `--parallel-mode` the hit files.
///
/// # Errors
/// When the program cannot be launched or traced ([`SpawnError`]), or no data be kept at all.
pub fn run(options: &RunOptions) -> Result<Exit> {
    let log = begin_log(options);
    let mut outcome = trace(options, &log)?;
    outcome.recorder.add_unseen(&options.source);
    let stale = outcome.recorder.keep_texts();
    let say = |text: &str| {
        print_message(text);
        log.write(None, None, || Entry::Said { text });
    };
    let problems = outcome.recorder.problems();
    say_problems(&problems, options.verbose, &say);
    let images = outcome.recorder.images();
    let remarks = &images.remarks;
    remarks.losses.iter().chain(&remarks.hints).chain(&stale).for_each(|remark| say(remark));
    if options.verbose {
        remarks.notes.iter().for_each(|note| say(note));
    }
    if options.verbose {
        remarks.absent.iter().for_each(|remark| say(remark));
    } else if !outcome.recorder.any_lines() {
        remarks.all_absent().iter().for_each(|remark| say(remark));
    }
    if !outcome.recorder.any_lines() && problems.is_empty() && remarks.losses.is_empty() {
        say(
            "nothing that ran has a line to cover: compile with debug information (cc -g), or name the sources \
             with --source if they are the system's",
        );
    }
    let written = finish(options, &outcome.recorder);
    if let Err(error) = &written {
        say(&format!("{error}; the hit files are left for `forkcov combine`"));
    }
    if let Some(error) = log.failure() {
        log_is_not_whole(options, error);
    }
    Ok(match outcome.end {
        End::Exited(0) if !problems.is_empty() || written.is_err() => Exit::Code(RUN_FAILED.into()),
        End::Exited(status) => Exit::Code(status),
        End::Signaled(signal) => Exit::Signal(signal),
    })
}

/// The exit status for a run that failed with `error`: those of env(1) and of shells.
pub fn failure_status(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(SpawnError::NotFound(_)) => NOT_FOUND,
        Some(SpawnError::NotExecutable(..)) => NOT_EXECUTABLE,
        _ => RUN_FAILED,
    }
}

/// Begins the event log. Without one the program runs as well.
fn begin_log(options: &RunOptions) -> EventLog {
    let Some(path) = &options.log_events else { return EventLog::default() };
    EventLog::create(path, &options.command).unwrap_or_else(|error| {
        log_is_not_whole(options, &error);
        EventLog::default()
    })
}

fn log_is_not_whole(options: &RunOptions, error: &io::Error) {
    let path = options.log_events.as_deref().unwrap_or(Path::new(""));
    print_message(&format!("failed to write {}: {error}", path.display()));
}

/// From the launch to the end of the last process.
fn trace(options: &RunOptions, log: &EventLog) -> Result<Outcome<HitRecorder>> {
    let here = Here::new().context("failed to find the current directory")?;
    let selection = Selection::from(options);
    let filter = SourceFilter::for_run(&here, &selection)?;
    let cache = if options.cache { Cache::of_user(format!("{selection:?}")) } else { Cache::default() };
    if filter.ignores_include() {
        print_message("--include is ignored, because --source is given");
    }
    let data_file =
        std::path::absolute(&options.data_file.data_file).context("failed to find the data file")?;
    check_output(&data_file)?;
    let host = nix::unistd::gethostname().map(|host| host.to_string_lossy().into_owned()).unwrap_or_default();
    let run = format!("{:016x}", fastrand::u64(..));
    let files = RunFiles { data_file, host, run };
    let _lock = RunLock::hold(&files)?;
    let receivers = Receivers::default();
    // What runs already is in the midst of some block.
    let joins = !options.every_line && options.attach.is_none();
    let images = Images::new(files.clone(), (filter, cache), joins);
    let label = options.label.clone();
    let recorder = HitRecorder::new(files, label, images, receivers.clone());
    match options.attach {
        Some(pid) => attach(pid, options, recorder, receivers, log),
        None => launch(options, recorder, receivers, log),
    }
}

/// Follows a program from its start.
fn launch(
    options: &RunOptions,
    recorder: HitRecorder,
    receivers: Receivers,
    log: &EventLog,
) -> Result<Outcome<HitRecorder>> {
    let blocked = ptrace::block_signals(FORWARDED)?;
    let launched = ptrace::launch(&options.command, &blocked)?;
    receivers.began(launched.pid);
    signal_forwarding::forward(receivers, log.clone()).context("failed to pass signals on")?;
    blocked.release();

    let outcome = Tracer::launched(launched.pid, launched.has_siblings, recorder, log.clone())
        .until_first(options.exit_first_process)
        .trampolines_after(options.trampolines_after)
        .run()
        .context("failed to wait for the program")?;
    match launched.failure(&options.command[0]) {
        Some(failure) if !outcome.executed => Err(failure.into()),
        _ => Ok(outcome),
    }
}

/// Follows a process that runs already. Its end is not forkcov's.
fn attach(
    pid: Tid,
    options: &RunOptions,
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
    if !options.quiet {
        let processes = counted(tracer.living(), "process", "processes");
        print_message(&format!("attached to {processes}; Ctrl-C lets them go on without forkcov"));
    }
    let outcome = tracer.run().context("failed to wait for the program")?;
    Ok(Outcome { end: End::Exited(0), executed: true, ..outcome })
}

/// Makes the data file of the hit files, and says what came of it.
fn finish(options: &RunOptions, recorder: &HitRecorder) -> Result<()> {
    let data_file = &options.data_file.data_file;
    if options.parallel_mode {
        if options.verbose {
            let hit_files = counted(recorder.hit_files.len(), "process", "processes");
            print_message(&format!("{hit_files}, each with its hit file, for `forkcov combine`"));
        }
        return Ok(());
    }
    if !options.quiet {
        progress::show();
    }
    let how = combine::CombineOptions { append: options.append, keep: false, rewrite: None };
    let combined = combine_run(recorder.run(), &recorder.hit_files, data_file, &how)?;
    combined.damaged.iter().for_each(|(_, reason)| print_message(reason));
    if !options.quiet {
        let excluded = options.patterns.exclude.excluded()?;
        let view = report::load(data_file, &Filter::default(), &excluded)?.view;
        let totals = Coverage::of(&view).totals;
        let _ =
            writeln!(stderr(), "{}", summary::line(view.processes.len(), view.programs, totals, data_file));
    }
    Ok(())
}

/// A full disk is a problem of every process: one line stands for all, unless all are asked for.
fn say_problems(problems: &[String], all: bool, say: &dyn Fn(&str)) {
    match problems {
        [first, _, ..] if !all => say(&format!("{first} (and {} more: --verbose tells)", problems.len() - 1)),
        problems => problems.iter().for_each(|problem| say(problem)),
    }
}
