//! Turns the tracer's events into hit files.

use super::contexts::{Context, ContextRules};
use super::diagnostics::{Diagnostic, Diagnostics, NothingRecorded};
use super::frameworks::{self, Change};
use super::images::Images;
use super::injected_probe::{Inheritance, InjectedProbe};
use super::interpreter_use::InterpreterUse;
use super::mapped_counters::MappedCounters;
use super::process_info;
use super::signal_call_finder::SignalCallFinder;
use super::signal_forwarding::Receivers;
use super::unreadable_tests::UnreadableTests;
use crate::byte_text;
use crate::data::counters::CounterFiles;
use crate::data::hit_file::{HitFile, ObjectRef};
use crate::data::{self, Exit, Image, ProcessStart, RunDirectory, RunFiles, TestResult};
use crate::machine::SignalCall;
use crate::ptrace::{self, FileMapper, Memory, Stopped, Tid};
use crate::runtime::probe::Question;
use crate::sources::Selection;
use crate::tracer::{
    Answer, Birth, ChildLogPlace, Contexts, DynamicLinker, End, Hits, KeptCode, Lifecycle, MappedObjects,
    Mapping, ObjectId, Probe, Probes, ProcessId, SelfCounting, SiteRef,
};
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The name of [`KeptCode`] in the cache.
const KEPT_CODE: &str = "code";

/// Writes the hit files of one run.
#[derive(Debug)]
pub struct HitRecorder {
    pub(super) files: RunFiles,
    pub(super) counter_files: Rc<CounterFiles>,
    naming: Naming,
    pub(super) images: Images,
    signal_calls: SignalCallFinder,
    receivers: Receivers,
    /// How many contexts have begun or ended within processes.
    tests: u32,
    /// Has a process called a function by which tests are known?
    has_seen_test: bool,
    unreadable_tests: UnreadableTests,
    has_seen_context: bool,
    /// How many hit files there are.
    pub hit_files: u64,
    /// The first process.
    pub(super) root: Option<ProcessStart>,
    pub(super) interpreters: InterpreterUse,
    /// What is printed at the end of the run.
    pub(super) diagnostics: Diagnostics,
}

/// What the user calls the run, and what processes run for.
#[derive(Debug)]
pub struct Naming {
    /// The label of the run.
    pub label: Option<String>,
    /// What begins a context.
    pub contexts: ContextRules,
}

/// What is recorded of one process.
#[derive(Debug)]
pub struct Record {
    pub(super) pid: Tid,
    pub(super) file: HitFile,
    /// What its image runs for.
    context: Option<Context>,
    /// The test in it, if it runs one after the other.
    test: Option<Context>,
    /// The name of the last test that it began.
    last_test: Option<String>,
    pub(super) id: ProcessId,
    /// The probe in its memory, if it has one.
    pub(super) probe: Option<Rc<InjectedProbe>>,
    /// What it has inherited, until it has a probe of its own.
    pub(super) inheritance: Inheritance,
    /// Its counters, if it is self-counting.
    pub(super) counting: Option<MappedCounters>,
}

impl HitRecorder {
    /// For the run that `files` names.
    pub fn new(
        files: RunFiles,
        naming: Naming,
        images: Images,
        receivers: Receivers,
        diagnostics: Diagnostics,
    ) -> Self {
        Self {
            counter_files: CounterFiles::new(files.clone()),
            files,
            naming,
            images,
            signal_calls: SignalCallFinder::default(),
            receivers,
            tests: 0,
            has_seen_test: false,
            unreadable_tests: UnreadableTests::default(),
            has_seen_context: false,
            hit_files: 0,
            root: None,
            interpreters: InterpreterUse::default(),
            diagnostics,
        }
    }

    /// The directory of the run.
    pub fn directory(&self) -> &RunDirectory {
        &self.files.directory
    }

    /// The name of the run.
    pub fn run(&self) -> &str {
        &self.files.names.run
    }

    /// Why neither an object, nor a source that an interpreter loaded, has a line of this selection. `None`
    /// if one has.
    pub fn why_nothing(&self, selection: &Selection) -> Option<NothingRecorded> {
        if !self.interpreters.sources.is_empty() || self.images.objects.any_lines() {
            return None;
        }
        let objects = self.diagnostics.without_debug_information();
        let has_absent = self.diagnostics.has_absent_sources();
        Some(self.images.objects.left_out.reason(selection, &objects, has_absent))
    }

    /// Reports tests whose names could not be read; and it if processes, or tests of some frameworks, were to
    /// have contexts, and none was seen.
    pub fn require_tests(&self) {
        let frameworks = &self.naming.contexts.frameworks;
        self.unreadable_tests.report(&self.diagnostics);
        if !self.has_seen_test && !frameworks.is_empty() {
            let titles = frameworks.iter().map(|framework| framework.title()).collect();
            self.diagnostics.report(Diagnostic::NoTests(titles));
        }
        if !self.has_seen_context && self.naming.contexts.has_rules_of_images() {
            self.diagnostics.report(Diagnostic::NoContext);
        }
    }

    /// The value of a result. An error is reported, and gives `None`.
    pub(super) fn ok_or_report<T>(&self, result: io::Result<T>) -> Option<T> {
        result.map_err(|error| self.diagnostics.report(Diagnostic::failure(error))).ok()
    }

    /// The object as hit files refer to it.
    fn object(&self, id: ObjectId) -> ObjectRef<'_> {
        let known = self.images.objects.get(id);
        ObjectRef { number: id.0, table: &known.table, sites: known.sites.units() }
    }

    /// A process has run the blocks that end at these sites, which are ascending.
    pub(super) fn hit_blocks(
        &self,
        record: &mut Record,
        object: ObjectId,
        sites: impl Iterator<Item = usize>,
    ) {
        let known = &self.images.objects.get(object).sites;
        let all = sites.map(|site| known.first_of_block(site)..=site);
        self.ok_or_report(record.file.set_all(self.object(object), all));
    }

    /// A process that runs `image` from now on may begin a context by that.
    fn begin_context(&mut self, record: &mut Record, image: &Image) {
        // The image is of the test that called exec.
        record.context = record.test.take().or(record.context.take());
        let context = self.naming.contexts.of_image(record.pid, &image.argv);
        self.has_seen_context |= context.is_some();
        if let Some(context) = context.filter(|context| record.context.as_ref() != Some(context)) {
            self.ok_or_report(record.file.context(&context.start(now())));
            record.context = Some(context);
        }
    }

    /// A test begins or ends in a process. Gives the number of the context that begins by that; `None` if it
    /// is the one before.
    pub(super) fn change_test(&mut self, record: &mut Record, change: Change, is_alone: bool) -> Option<u32> {
        let test = match change {
            Change::Begin(name) => Context::named(&name),
            Change::End => None,
            Change::EndOf(name) if record.test == Context::named(&name) => None,
            Change::EndOf(_) => return None,
            Change::Unreadable(framework) => {
                let program = process_info::executable(record.pid);
                self.unreadable_tests.add(framework.title(), program, record.last_test.as_deref());
                None
            }
        };
        self.has_seen_test = true;
        if let Some(test) = &test {
            record.last_test = Some(test.name().to_owned());
        }
        if test == record.test {
            return None;
        }
        self.drain_counts(record, is_alone);
        self.save(record);
        let started = now();
        record.test = test;
        let next = record.current_context().map_or(Context::end(started), |it| it.start(started));
        self.ok_or_report(record.file.context(&next));
        if let Some(probe) = &record.probe {
            probe.end_log();
        }
        self.tests += 1;
        Some(u32::MAX - self.tests)
    }

    /// A framework has said how a test of this name ended. Within a test that is another one, it is that of a
    /// test that this one runs.
    fn add_result(&mut self, record: &mut Record, name: Option<String>, failed: bool, stops: bool) {
        let is_own = |name: &String| record.test.is_none() || record.test == Context::named(name);
        let Some(test) = name.filter(is_own) else { return };
        self.ok_or_report(record.file.result(&TestResult { test, failed, ended: now() }));
        if stops {
            self.ok_or_report(record.file.result(&TestResult::stop(now())));
        }
    }

    /// Hits that the disk had no room for are written again when their process ends or execs.
    fn save(&self, record: &mut Record) {
        if let Err(error) = record.file.save(|number| self.object(ObjectId(number))) {
            let (pid, reason) = (record.pid, error.to_string());
            self.diagnostics.report(Diagnostic::LostLines { pid, reason });
        }
    }
}

impl Record {
    fn current_context(&self) -> Option<&Context> {
        self.test.as_ref().or(self.context.as_ref())
    }
}

/// Without a hit file nothing is left: forkcov could not trace the program.
impl Drop for HitRecorder {
    fn drop(&mut self) {
        if self.hit_files == 0 {
            self.files.directory.remove();
        }
    }
}

impl Lifecycle for HitRecorder {
    type Record = Record;

    fn begin(
        &mut self,
        id: ProcessId,
        pid: Tid,
        birth: Birth,
        parent: Option<(ProcessId, &Record)>,
    ) -> Record {
        self.receivers.began(pid);
        let start = ProcessStart {
            run: self.files.names.run.clone(),
            serial: id.0,
            parent: parent.map(|(parent, _)| parent.0),
            host: self.files.names.host.clone(),
            pid,
            birth: match birth {
                Birth::Launch => data::Birth::Launch,
                Birth::Fork => data::Birth::Fork,
                Birth::Vfork => data::Birth::Vfork,
                Birth::Clone => data::Birth::Clone,
                Birth::Attach => data::Birth::Attach,
            },
            started: now(),
            label: self.naming.label.clone(),
        };
        let created = self.ok_or_report(HitFile::create(&self.files, &start));
        self.hit_files += u64::from(created.is_some());
        let mut file = created.unwrap_or_else(HitFile::missing);
        let context = parent.and_then(|(_, parent)| parent.current_context().cloned());
        if let Some(context) = &context {
            self.ok_or_report(file.context(&context.start(start.started)));
        }
        self.root.get_or_insert(start);
        let probe = parent.and_then(|(_, parent)| parent.probe.clone());
        let inheritance = probe.as_ref().map(|probe| probe.inheritance()).unwrap_or_default();
        Record { pid, file, context, test: None, last_test: None, id, probe, inheritance, counting: None }
    }

    fn distrust(&mut self, record: &mut Record) {
        record.counting = None;
        record.inheritance = Inheritance::default();
    }

    fn image(&mut self, record: &mut Record, pid: Tid) -> (MappedObjects, Option<DynamicLinker>) {
        self.close_log(record);
        let image = Image {
            executable: byte_text::encode_os(process_info::executable(pid)),
            argv: process_info::argv(pid),
        };
        // The hit file says where the counts of the former image are until it names the new one.
        self.take_counts(record);
        self.begin_context(record, &image);
        self.ok_or_report(record.file.image(&image));
        self.save(record);
        self.images.image(pid)
    }

    fn mapped(&mut self, pid: Tid, before: &[Mapping]) -> MappedObjects {
        self.images.mapped(pid, before)
    }

    fn path(&self, object: ObjectId) -> &Path {
        &self.images.objects.get(object).path
    }

    fn signal_calls(&mut self, pid: Tid) -> Vec<SignalCall> {
        self.signal_calls.calls(&self.images.last_maps(pid))
    }

    fn stopped(&mut self, record: &Record, signal: i32) {
        self.receivers.stopped(record.pid, signal);
    }

    fn continued(&mut self, record: &Record) {
        self.receivers.continued(record.pid);
    }

    fn end(&mut self, record: &mut Record, end: End) {
        self.receivers.ended(record.pid);
        self.close_log(record);
        self.take_counts(record);
        self.save(record);
        let exit = match end {
            End::Exited(status) => Exit::Code(status),
            End::Signaled(signal) => Exit::Signal(signal),
        };
        self.ok_or_report(record.file.end(exit, now()));
        record.file = HitFile::missing();
    }

    /// The process continues without forkcov.
    fn release(&mut self, record: &mut Record) {
        self.receivers.ended(record.pid);
        self.close_log(record);
        self.take_counts(record);
        self.save(record);
        self.ok_or_report(record.file.left(now()));
        record.file = HitFile::missing();
    }

    fn refused(&mut self, pid: Tid, why: &str) {
        let (program, reason) = (process_info::name(pid), why.to_owned());
        self.diagnostics.report(Diagnostic::UntracedProcess { pid, program, reason });
    }

    fn refused_tracer(&mut self, pid: Tid) {
        self.diagnostics.report(Diagnostic::RefusedTracer { program: process_info::name(pid) });
    }

    fn ran_copy(&mut self, object: ObjectId) {
        let path = self.images.objects.get(object).path.clone();
        self.diagnostics.report(Diagnostic::CopiedCode { path });
    }

    fn trouble(&mut self, error: &ptrace::Error) {
        self.diagnostics.report(Diagnostic::failure(error));
    }
}

impl Hits for HitRecorder {
    fn hit(&self, record: &mut Record, at: SiteRef) {
        self.ok_or_report(record.file.set_all(self.object(at.object), [at.first..=at.site]));
    }

    fn has_hit(&self, record: &Record, at: SiteRef) -> bool {
        let is_hit =
            |unit| record.file.is_set(at.object.0, unit) || self.counted(record, at.object, unit) > 0;
        is_hit(at.site) && self.images.objects.get(at.object).sites.edges_of(at.site).all(is_hit)
    }
}

impl SelfCounting for HitRecorder {
    fn make_counters(
        &mut self,
        record: &mut Record,
        mapper: &FileMapper<'_>,
        object: ObjectId,
        sites: usize,
    ) -> Option<u32> {
        self.count_in(record, mapper, object, sites)
    }

    fn copy_counters(&mut self, record: &mut Record, parent: &Record, shares_memory: bool) {
        self.counting_like(record, parent, shares_memory);
    }

    fn map_counters(&mut self, record: &mut Record, mapper: &FileMapper<'_>) -> Option<u64> {
        self.map_counting(record, mapper)
    }

    fn unmap_counters(&mut self, record: &mut Record, mapper: &FileMapper<'_>) {
        self.unmap_counting(record, mapper);
    }

    fn leave_memory(&mut self, record: &mut Record) {
        self.take_counts(record);
    }

    fn restore_mapping(&mut self, record: &mut Record, address: u64) -> Option<bool> {
        self.restore_counting(record, address)
    }

    fn counters(&self, record: &Record) -> Option<u64> {
        record.counting.as_ref()?.base()
    }

    fn count(&self, record: &Record, object: ObjectId, counter: usize) -> u16 {
        self.counted(record, object, counter)
    }

    fn set_count(&self, record: &Record, object: ObjectId, counter: usize, count: u16) {
        self.set_counted(record, object, counter, count);
    }

    fn counts(&self, record: &Record, object: ObjectId) -> Vec<u16> {
        self.all_counts(record, object)
    }

    fn kept_code(&mut self, object: ObjectId) -> Option<KeptCode> {
        self.images.objects.derived(object, KEPT_CODE)
    }

    fn keep_code(&mut self, object: ObjectId, code: &KeptCode) {
        self.images.objects.keep_derived(object, KEPT_CODE, code);
    }
}

impl Contexts for HitRecorder {
    fn change_context(
        &mut self,
        record: &mut Record,
        number: usize,
        call: [u64; 3],
        memory: &Memory,
        is_alone: bool,
    ) -> Option<u32> {
        let change = frameworks::change(number, call, memory)?;
        self.change_test(record, change, is_alone)
    }
}

impl Probes for HitRecorder {
    fn probe(&mut self, record: &mut Record, task: &Stopped, memory: &Memory) -> Option<Probe> {
        self.inject_probe(record, task, memory)
    }

    fn probe_copied(&mut self, record: &mut Record) -> Option<ChildLogPlace> {
        self.copy_probe(record)
    }

    fn asked(
        &mut self,
        record: &mut Record,
        task: &Stopped,
        question: [u64; 3],
        memory: &Memory,
        is_alone: bool,
    ) -> Answer {
        let question = question.into();
        if let Question::Test { name, length } = question {
            let change = frameworks::change_by_probe(name, length, memory);
            let context = self.change_test(record, change, is_alone);
            return Answer { result: context.map_or(0, u64::from), changes_context: context.is_some() };
        }
        if let Question::Result { name, length, failed, stops } = question {
            self.add_result(record, frameworks::name_by_probe(name, length, memory), failed, stops);
        }
        Answer { result: self.answer(record, task, question, memory), changes_context: false }
    }

    fn restore_log(&mut self, record: &mut Record) -> bool {
        self.restore_spoilt_log(record)
    }

    fn probe_failed(&mut self, record: &mut Record, pid: Tid, signal: i32) {
        self.probe_crashed(record, pid, signal);
    }
}

/// Seconds since the epoch.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
