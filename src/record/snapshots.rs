//! Source snapshots: which content of the sources a run has executed.

use super::diagnostics::Diagnostic;
use super::recorder::HitRecorder;
use super::sources::SourceAtEnd;
use crate::byte_text;
use crate::data::RunSnapshots;
use std::path::PathBuf;

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
        let stale = sources.iter().filter(|source| source.is_stale);
        if let Some((first, others)) = first_and_others(stale) {
            self.diagnostics.report(Diagnostic::StaleSources { first, others });
        }
        let rewritten = sources.iter().filter(|source| source.is_rewritten);
        if let Some((first, others)) = first_and_others(rewritten) {
            self.diagnostics.report(Diagnostic::RewrittenSources { first, others });
        }
    }
}

/// The path of the first source, and the number of the others.
fn first_and_others<'s>(mut sources: impl Iterator<Item = &'s SourceAtEnd<'s>>) -> Option<(PathBuf, usize)> {
    let first = sources.next()?.path.to_owned();
    Some((first, sources.count()))
}
