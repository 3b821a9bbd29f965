//! Source snapshots: which content of the sources a run has executed.

use super::diagnostics::Diagnostic;
use super::recorder::HitRecorder;
use crate::byte_text;
use crate::data::RunSnapshots;

impl HitRecorder {
    /// Writes the snapshots of the run's sources, when the run is over, and reports sources that have changed
    /// since they were compiled.
    pub fn keep_snapshots(&self) {
        if self.hit_files == 0 {
            return;
        }
        let sources = self.images.sources.at_end();
        let files = sources.iter().map(|source| (byte_text::encode_os(source.path), source.snapshot));
        self.ok_or_report(RunSnapshots { files: files.collect() }.write(&self.files));
        let mut stale = sources.iter().filter(|source| source.is_stale);
        if let Some(first) = stale.next() {
            let (first, others) = (first.path.to_owned(), stale.count());
            self.diagnostics.report(Diagnostic::StaleSources { first, others });
        }
    }
}
