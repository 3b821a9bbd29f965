//! What becomes of the tracer's events: hit files.

use super::images::{self, Images, Known};
use super::signals::Receivers;
use crate::data::hit_file::{HitFile, Hits};
use crate::data::{self, Exit, Image, ProcessStart};
use crate::ptrace::{self, Tid};
use crate::tracer::{At, Birth, End, ProcessId, Recorder, Site};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes the hit files of one run.
#[derive(Debug)]
pub struct HitRecorder {
    run: String,
    host: String,
    data_file: PathBuf,
    images: Images,
    receivers: Receivers,
    /// The hit files of all processes so far.
    pub hit_files: Vec<PathBuf>,
    /// What went wrong, each once.
    problems: RefCell<BTreeSet<String>>,
}

/// What is kept of one process.
#[derive(Debug)]
pub struct Record {
    pid: Tid,
    /// None when it could not be made.
    file: Option<HitFile>,
    /// In the order of the plantings.
    mapped: Vec<Mapped>,
}

/// An object in a process.
#[derive(Debug)]
struct Mapped {
    known: Arc<Known>,
    /// Made with the first hit: most children of a vfork have none.
    hits: Option<Hits>,
    /// False if there was no room for the hits in the hit file.
    saved: bool,
}

impl HitRecorder {
    /// For the run `run`, whose hit files go beside `data_file`.
    pub fn new(run: String, host: String, data_file: PathBuf, images: Images, receivers: Receivers) -> Self {
        Self { run, host, data_file, images, receivers, hit_files: Vec::new(), problems: RefCell::default() }
    }

    /// The name of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// What the run has found out about the objects that ran.
    pub fn images(&self) -> &Images {
        &self.images
    }

    /// What went wrong, a line each, and nothing twice.
    pub fn problems(&self) -> Vec<String> {
        self.problems.borrow().iter().chain(&self.images.problems).cloned().collect()
    }

    fn problem(&self, what: impl std::fmt::Display) {
        self.problems.borrow_mut().insert(what.to_string());
    }

    fn kept<T>(&self, result: io::Result<T>) -> Option<T> {
        result.map_err(|error| self.problem(error)).ok()
    }

    /// Room for the hits of a process in an object: in its hit file, or in memory if there is none left on disk.
    fn make_hits(&self, record: &mut Record, planting: usize) {
        let mapped = &mut record.mapped[planting];
        let sites = mapped.known.sites.len();
        let hits = record.file.as_mut().and_then(|file| self.kept(file.object(&mapped.known.table, sites)));
        mapped.saved = hits.is_some();
        mapped.hits = Some(hits.unwrap_or_else(|| Hits::memory(sites)));
    }

    /// Hits for which there was no room on disk get another try when their process ends or execs.
    fn save(&self, record: &mut Record) {
        for mapped in record.mapped.iter().filter(|mapped| !mapped.saved) {
            let (Some(file), Some(held)) = (&mut record.file, &mapped.hits) else { continue };
            match file.object(&mapped.known.table, held.len()) {
                Ok(saved) => held.iter().for_each(|site| saved.set(site)),
                Err(error) => self.problem(format!("lost lines of process {}: {error}", record.pid)),
            }
        }
    }
}

impl Recorder for HitRecorder {
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
            run: self.run.clone(),
            serial: id.0,
            parent: parent.map(|(parent, _)| parent.0),
            host: self.host.clone(),
            pid,
            birth: match birth {
                Birth::Launch => data::Birth::Launch,
                Birth::Fork => data::Birth::Fork,
                Birth::Vfork => data::Birth::Vfork,
                Birth::Clone => data::Birth::Clone,
            },
            started: now(),
        };
        let file = self.kept(HitFile::create(&self.data_file, &start));
        self.hit_files.extend(file.as_ref().map(|file| file.path().to_owned()));
        let mapped = parent
            .map(|(_, record)| record.mapped.iter().map(|it| Mapped::new(Arc::clone(&it.known))).collect());
        Record { pid, file, mapped: mapped.unwrap_or_default() }
    }

    fn image(&mut self, record: &mut Record, pid: Tid) -> Option<(Arc<[Site]>, u64)> {
        let image =
            Image { executable: images::executable(pid).to_string_lossy().into(), argv: images::argv(pid) };
        if let Some(file) = &mut record.file {
            let written = file.image(&image);
            self.kept(written);
        }
        self.save(record);
        record.mapped.clear();
        let (known, bias) = self.images.of(pid)?;
        let sites = Arc::clone(&known.sites);
        record.mapped.push(Mapped::new(known));
        Some((sites, bias))
    }

    fn hit(&self, record: &mut Record, at: At) {
        if record.mapped[at.planting].hits.is_none() {
            self.make_hits(record, at.planting);
        }
        if let Some(hits) = &record.mapped[at.planting].hits {
            hits.set(at.site);
        }
    }

    fn has_hit(&self, record: &Record, at: At) -> bool {
        record.mapped[at.planting].hits.as_ref().is_some_and(|hits| hits.is_set(at.site))
    }

    fn end(&mut self, record: &mut Record, end: End) {
        self.receivers.ended(record.pid);
        self.save(record);
        if let Some(file) = &mut record.file {
            let exit = match end {
                End::Exited(status) => Exit::Code(status),
                End::Signaled(signal) => Exit::Signal(signal),
            };
            let written = file.end(exit, now());
            self.kept(written);
        }
        record.mapped.iter_mut().for_each(|mapped| mapped.hits = None);
    }

    fn trouble(&mut self, error: &ptrace::Error) {
        self.problem(error);
    }
}

impl Mapped {
    fn new(known: Arc<Known>) -> Self {
        Self { known, hits: None, saved: true }
    }
}

/// Seconds since the epoch.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
