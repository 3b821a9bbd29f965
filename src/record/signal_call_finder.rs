//! Where a process can make the system calls that change how it treats SIGTRAP.

use super::maps::{FileMapping, Maps, file_identity};
use crate::machine::SignalCall;
use crate::object::{FileIdentity, SignalCalls};
use hashbrown::HashMap;
use std::sync::Arc;

/// The calls in the files of a run. Each file is read once.
#[derive(Debug, Default)]
pub struct SignalCallFinder {
    files: HashMap<FileIdentity, Arc<SignalCalls>>,
}

impl SignalCallFinder {
    /// The calls in the code that a process has mapped, ascending. A file that cannot be read has none.
    pub fn calls(&mut self, maps: &Maps) -> Vec<SignalCall> {
        let mut calls: Vec<SignalCall> = Vec::new();
        for mapped in &maps.code {
            let Some(found) = self.in_file(maps, mapped) else { continue };
            let Some(bias) = found.segments.bias(mapped.region.start, mapped.offset) else { continue };
            calls.extend(found.calls.iter().map(|call| call.loaded(bias)));
        }
        calls.sort_unstable_by_key(|call| call.address);
        calls.dedup();
        calls
    }

    fn in_file(&mut self, maps: &Maps, mapped: &FileMapping) -> Option<Arc<SignalCalls>> {
        if let Some(known) = self.files.get(&maps.identity(mapped).ok()??) {
            return Some(Arc::clone(known));
        }
        let file = maps.open(mapped).ok()??;
        let read = Arc::new(SignalCalls::read(&file));
        Some(Arc::clone(self.files.entry(file_identity(&file)?).insert(read).get()))
    }
}
