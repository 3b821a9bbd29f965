//! The probes of a run: where they write, what they ask, and which sources were loaded.

use super::diagnostics::Diagnostic;
use super::injected_probe::{Inheritance, InjectedProbe};
use super::recorder::{HitRecorder, Record};
use super::{interpreters, process_info};
use crate::data::hit_file::{HitFile, ObjectRef};
use crate::data::runtime_log::{MOST_RECORD, RuntimeLog};
use crate::ptrace::{self, Memory, Status, Stopped, Tid};
use crate::runtime::probe::{ProbeDiagnostic, Question};
use crate::runtime::protocol::log_answer;
use crate::signal_name::signal_name;
use crate::tracer::{ChildLogPlace, Probe};
use std::io;
use std::mem;
use std::path::PathBuf;
use std::rc::Rc;

impl HitRecorder {
    /// Injects the probe into a process that will now initialise an interpreter.
    pub(super) fn inject_probe(
        &mut self,
        record: &mut Record,
        task: &Stopped,
        memory: &Memory,
    ) -> Option<Probe> {
        let interpreter = self.images.interpreter(task.tid())?;
        let runtime = interpreter.runtime();
        match interpreter.inject_probe(task, memory) {
            Ok((probe, base)) => {
                if self.interpreters.runtimes.iter().all(|known| known.name() != runtime.name()) {
                    self.interpreters.runtimes.push(runtime);
                }
                record.probe = Some(Rc::new(InjectedProbe::new(runtime, base, record.id)));
                Some(probe)
            }
            Err(error) => {
                if let ptrace::Error::Failed { .. } = error {
                    self.lose_lines(runtime.title(), record.pid, error.to_string());
                }
                None
            }
        }
    }

    /// A forked process has a copy of its parent's probe, and a log if that is among those of children.
    pub(super) fn copy_probe(&mut self, record: &mut Record) -> Option<ChildLogPlace> {
        let parent = record.probe.take()?;
        if parent.is_of(record.id) {
            return record.probe.insert(parent).child_log();
        }
        let inherited = mem::take(&mut record.inheritance);
        let copy = parent.copy(record.id, inherited, &mut self.interpreters.logs);
        let log = copy.child_log();
        record.probe = Some(Rc::new(copy));
        self.name_log(record);
        log
    }

    /// Answers a question of the probe.
    pub(super) fn answer(
        &mut self,
        record: &mut Record,
        task: &Stopped,
        question: Question,
        memory: &Memory,
    ) -> u64 {
        let Some(probe) = record.probe.clone() else { return 0 };
        match question {
            Question::File { name, length } => self.source_file(record.pid, name, length, memory),
            Question::Log { parent, version, socket } => {
                if !self.give_log(record, &probe, (parent, version), memory) {
                    return log_answer::NONE;
                }
                let can_map = match socket {
                    Some(socket) => probe.pass_log(record.pid, socket),
                    None => ptrace::has_forkcovs_filters(&Status::of(task.tid())),
                };
                if can_map { log_answer::MAP } else { log_answer::APPEND }
            }
            Question::Pass(socket) => u64::from(probe.pass_log(record.pid, socket)),
            Question::LogSize(size) => self.write_log(&probe, |log| log.grow(size)),
            Question::Record { address, length } => {
                let mut bytes = vec![0; length.min(MOST_RECORD) as usize];
                if length > MOST_RECORD || memory.read(address, &mut bytes).is_err() {
                    return 0;
                }
                self.write_log(&probe, |log| log.append(&bytes).map(u64::from))
            }
            Question::Show { code, detail } => {
                if let Some(diagnostic) = probe.runtime.diagnostic(code, detail) {
                    self.show(probe.runtime.title(), record.pid, diagnostic);
                }
                0
            }
            // It is no question of what the probe records.
            Question::Test { .. } | Question::Result { .. } | Question::Unknown => 0,
        }
    }

    /// Gives a process a log of its own. False if it has one, or cannot have one.
    fn give_log(
        &mut self,
        record: &mut Record,
        probe: &InjectedProbe,
        (parent, version): (Option<u32>, u32),
        memory: &Memory,
    ) -> bool {
        if probe.has_log() {
            return false;
        }
        self.restore_spoilt_log(record);
        let created = probe.create_log(&self.files, &mut self.interpreters.logs, parent, version);
        if self.ok_or_report(created).is_none() {
            return false;
        }
        self.name_log(record);
        probe.state_log(memory).is_ok()
    }

    /// Lets the log of a process grow. 0 if that cannot be done.
    fn write_log(
        &mut self,
        probe: &InjectedProbe,
        write: impl FnOnce(&mut RuntimeLog) -> io::Result<u64>,
    ) -> u64 {
        let written = probe.write_log(&mut self.interpreters.logs, write);
        written.and_then(|written| self.ok_or_report(written)).unwrap_or(0)
    }

    /// The process ends, or runs another program.
    pub(super) fn close_log(&self, record: &mut Record) {
        self.name_log(record);
        self.restore_spoilt_log(record);
        record.probe = None;
        record.inheritance = Inheritance::default();
    }

    /// Restores the log of a process if the program has made it shorter or has cleared it. True if it had.
    pub(super) fn restore_spoilt_log(&self, record: &Record) -> bool {
        let Some(probe) = &record.probe else { return false };
        let restored = probe.restore_log().and_then(|restored| self.ok_or_report(restored));
        if restored == Some(true) {
            let reason = "the program has cleared or shortened the file that they are logged in".to_owned();
            self.show(probe.runtime.title(), record.pid, ProbeDiagnostic { text: reason, is_doubt: true });
        }
        restored == Some(true)
    }

    /// Names the log of a process in its hit file, if it has one that is not named yet: a process that shares
    /// its memory may have been the first to need it.
    pub(super) fn name_log(&self, record: &mut Record) {
        if let Some(probe) = &record.probe {
            self.ok_or_report(probe.name_log(record.id, &mut record.file));
        }
    }

    /// The number of the source file whose name is at address `name`. 0 if the file does not count.
    fn source_file(&mut self, pid: Tid, name: u64, length: u64, memory: &Memory) -> u64 {
        let mut bytes = vec![0; length.min(libc::PATH_MAX as u64) as usize];
        let source = memory.read(name, &mut bytes).ok().and_then(|()| interpreters::source(pid, &bytes));
        let source = source.map(|source| self.interpreters.real_path(source));
        let Some(source) = source.filter(|source| self.images.objects.wants(source)) else {
            return 0;
        };
        self.images.sources.add(&source, &[], None);
        let number = self.interpreters.number(&self.files, source);
        self.ok_or_report(number).map_or(0, u64::from)
    }

    fn show(&self, runtime: &'static str, pid: Tid, diagnostic: ProbeDiagnostic) {
        let ProbeDiagnostic { text: reason, is_doubt } = diagnostic;
        if !is_doubt {
            return self.lose_lines(runtime, pid, reason);
        }
        let mut program = process_info::executable(pid);
        if program.as_os_str().is_empty() {
            program = format!("process {pid}").into();
        }
        self.diagnostics.report(Diagnostic::DoubtfulRuntime { runtime, program, reason });
    }

    /// The probe of a process has crashed by `signal`.
    pub(super) fn probe_crashed(&self, record: &mut Record, pid: Tid, signal: i32) {
        let title = record.probe.take().map_or("interpreted", |probe| probe.runtime.title());
        self.lose_lines(title, pid, format!("the probe has failed by {}", signal_name(signal)));
    }

    fn lose_lines(&self, runtime: &'static str, pid: Tid, reason: String) {
        let program = process_info::executable(pid);
        self.diagnostics.report(Diagnostic::UncoveredRuntime { runtime, program, reason });
    }

    /// Adds the unimported sources below `directories`, at the end of the run.
    pub fn add_unimported(&mut self, directories: &[PathBuf]) {
        let Some(root) = self.root.clone() else { return };
        for (number, runtime) in (0..).zip(self.interpreters.runtimes.clone()) {
            let sources = &self.interpreters.sources;
            let table = self.images.add_unimported(runtime, number, directories, sources);
            let added = table.and_then(|table| {
                let Some((name, sites)) = table else { return Ok(()) };
                let mut file = HitFile::create(&self.files, &root)?;
                self.hit_files += 1;
                file.object(ObjectRef { number: 0, table: &name, sites })
            });
            self.ok_or_report(added);
        }
    }
}
