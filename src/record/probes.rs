//! The probes of a run: where they write, what they ask, and which sources were loaded.

use super::diagnostics::Diagnostic;
use super::recorder::{HitRecorder, Record};
use super::{interpreters, process_info};
use crate::data::hit_file::{HitFile, ObjectRef};
use crate::data::runtime_log::RuntimeLog;
use crate::ptrace::{self, Memory, Stopped, Tid};
use crate::runtime::probe::{ProbeDiagnostic, Question};
use crate::runtime::{self, Runtime};
use crate::signal_name::signal_name;
use crate::tracer::Probe;
use std::fs;
use std::os::unix::ffi::OsStrExt;
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
        let log = RuntimeLog::create(&self.files, self.interpreters.logs, runtime.name());
        self.interpreters.logs += 1;
        let log = Rc::new(self.ok_or_report(log)?);
        match interpreter.inject_probe(task, memory, &log) {
            Ok(probe) => {
                if self.interpreters.runtimes.iter().all(|known| known.name() != runtime.name()) {
                    self.interpreters.runtimes.push(runtime);
                }
                self.use_log(record, log);
                Some(probe)
            }
            Err(error) => {
                let _ = fs::remove_file(log.path());
                if let ptrace::Error::Failed { .. } = error {
                    self.lose_lines(runtime.title(), record.pid, error.to_string());
                }
                None
            }
        }
    }

    /// Answers a question of the probe.
    pub(super) fn answer(
        &mut self,
        record: &mut Record,
        pid: Tid,
        question: Question,
        memory: &Memory,
    ) -> u64 {
        match question {
            Question::File { name, length } => self.source_file(record, pid, name, length, memory),
            Question::LogSize(size) => {
                let Some(log) = &record.runtime_log else { return 0 };
                let grown = log.grow(size);
                self.ok_or_report(grown).unwrap_or(0)
            }
            Question::Show { code, detail } => {
                let runtime = record.runtime_log.as_ref().and_then(|log| runtime::by_name(log.runtime()));
                if let Some(runtime) = runtime
                    && let Some(diagnostic) = runtime.diagnostic(code, detail)
                {
                    self.show(runtime.title(), pid, diagnostic);
                }
                0
            }
            Question::Unknown => 0,
        }
    }

    /// Notes that the probe of a process writes to `log` from now on.
    pub(super) fn use_log(&self, record: &mut Record, log: Rc<RuntimeLog>) {
        self.ok_or_report(record.file.log(&log.name()));
        record.runtime_log = Some(log);
    }

    /// Appends a record of the source file whose name is at address `name`, and gives its slot. 0 if the file
    /// does not count.
    fn source_file(&mut self, record: &Record, pid: Tid, name: u64, length: u64, memory: &Memory) -> u64 {
        let mut bytes = vec![0; length.min(libc::PATH_MAX as u64) as usize];
        let source = memory.read(name, &mut bytes).ok().and_then(|()| interpreters::source(pid, &bytes));
        let Some(source) = source.filter(|source| self.images.objects.filter().wants(source)) else {
            return 0;
        };
        let Some(log) = &record.runtime_log else { return 0 };
        let appended = log.append_file(record.id.0, source.as_os_str().as_bytes());
        self.images.sources.add(&source, &[]);
        self.interpreters.sources.insert(source);
        self.ok_or_report(appended).map_or(0, u64::from)
    }

    fn show(&self, runtime: &'static str, pid: Tid, diagnostic: ProbeDiagnostic) {
        let ProbeDiagnostic { text: reason, is_doubt } = diagnostic;
        if !is_doubt {
            return self.lose_lines(runtime, pid, reason);
        }
        let program = process_info::executable(pid);
        self.diagnostics.report(Diagnostic::DoubtfulRuntime { runtime, program, reason });
    }

    /// The probe of a process has crashed by `signal`.
    pub(super) fn probe_crashed(&self, record: &mut Record, pid: Tid, signal: i32) {
        let log = record.runtime_log.take();
        let runtime = log.and_then(|log| runtime::by_name(log.runtime()));
        let title = runtime.map_or("interpreted", Runtime::title);
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
