//! What a run keeps of its Python interpreters: where their probes write, and which sources they have told of.

use super::diagnostics::Diagnostic;
use super::recorder::{HitRecorder, Record};
use super::{process_info, python};
use crate::data::hit_file::{HitFile, ObjectRef};
use crate::data::runtime_log::RuntimeLog;
use crate::ptrace::{self, Memory, Stopped, Tid};
use crate::runtime::probe::Question;
use crate::runtime::python::probe::Diagnostic as ProbeDiagnostic;
use crate::tracer::Probe;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

impl HitRecorder {
    /// Puts the probe into a process that is about to initialise an interpreter.
    pub(super) fn put_probe(
        &mut self,
        record: &mut Record,
        task: &Stopped,
        memory: &Memory,
    ) -> Option<Probe> {
        let interpreter = self.images.interpreter(task.tid())?;
        let log = RuntimeLog::create(&self.files, self.python_logs);
        self.python_logs += 1;
        let log = Rc::new(self.kept(log)?);
        match interpreter.put_probe(task, memory, &log) {
            Ok(probe) => {
                self.has_interpreter = true;
                self.use_log(record, log);
                Some(probe)
            }
            Err(error) => {
                let _ = fs::remove_file(log.path());
                if let ptrace::Error::Failed { .. } = error {
                    self.lose_python(record.pid, error);
                }
                None
            }
        }
    }

    /// Answers a question of the probe's.
    pub(super) fn answer(
        &mut self,
        record: &mut Record,
        pid: Tid,
        question: Question,
        memory: &Memory,
    ) -> u64 {
        match question {
            Question::File { name, length } => self.python_source(record, pid, name, length, memory),
            Question::LogSize(size) => {
                let Some(log) = &record.python_log else { return 0 };
                let grown = log.grow(size);
                self.kept(grown).unwrap_or(0)
            }
            Question::Show { code, detail } => {
                if let Some(diagnostic) = ProbeDiagnostic::new(code, detail) {
                    self.show(pid, diagnostic);
                }
                0
            }
            Question::Unknown => 0,
        }
    }

    /// From now on the probe of a process writes to `log`.
    pub(super) fn use_log(&self, record: &mut Record, log: Rc<RuntimeLog>) {
        self.kept(record.file.python(&log.name()));
        record.python_log = Some(log);
    }

    /// The record of the source file whose name stands at `name`. 0 if it does not count.
    fn python_source(&mut self, record: &Record, pid: Tid, name: u64, length: u64, memory: &Memory) -> u64 {
        let mut bytes = vec![0; length.min(libc::PATH_MAX as u64) as usize];
        let source = memory.read(name, &mut bytes).ok().and_then(|()| python::source(pid, &bytes));
        let Some(source) = source.filter(|source| self.images.objects.filter().wants(source)) else {
            return 0;
        };
        let Some(log) = &record.python_log else { return 0 };
        let appended = log.append_file(record.id.0, source.as_os_str().as_bytes());
        self.images.sources.add(&source, &[]);
        self.imported.insert(source);
        self.kept(appended).map_or(0, u64::from)
    }

    fn show(&self, pid: Tid, diagnostic: ProbeDiagnostic) {
        if !diagnostic.is_doubt() {
            return self.lose_python(pid, diagnostic);
        }
        self.diagnostics.report(Diagnostic::DoubtfulRuntime {
            runtime: "Python",
            program: process_info::executable(pid),
            reason: diagnostic.to_string(),
        });
    }

    pub(super) fn lose_python(&self, pid: Tid, why: impl std::fmt::Display) {
        self.diagnostics.report(Diagnostic::UncoveredRuntime {
            runtime: "Python",
            program: process_info::executable(pid),
            reason: why.to_string(),
        });
    }

    /// The run is over: whoever has named `directories` wants to see also what nobody has imported of them.
    pub fn add_unseen(&mut self, directories: &[PathBuf]) {
        let Some(root) = self.root.clone().filter(|_| self.has_interpreter) else { return };
        let added = self.images.unseen(directories, &self.imported).and_then(|table| {
            let Some((name, sites)) = table else { return Ok(()) };
            let mut file = HitFile::create(&self.files.data_file, &root)?;
            self.hit_files.extend(file.path().map(Path::to_owned));
            file.object(ObjectRef { number: 0, table: &name, sites })
        });
        self.kept(added);
    }
}
