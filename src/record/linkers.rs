//! The dynamic linkers of a run, and the address in each where the tracer watches for changes of the
//! mappings.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::maps::{Maps, file_identity};
use super::process_info;
use crate::object::{FileIdentity, Rendezvous};
use crate::tracer::DynamicLinker;
use hashbrown::HashMap;
use std::sync::Arc;

/// The dynamic linkers of a run. Each file is read once.
#[derive(Debug, Default)]
pub struct DynamicLinkers {
    files: HashMap<FileIdentity, Option<Arc<Rendezvous>>>,
}

impl DynamicLinkers {
    /// The dynamic linker that a process has mapped. `None` if there is none, or it cannot be watched.
    pub fn linker(&mut self, maps: &Maps, diagnostics: &Diagnostics) -> Option<DynamicLinker> {
        let mapping = maps.loader()?;
        let rendezvous = match self.files.get(&maps.identity(mapping).ok()??) {
            Some(known) => known.clone(),
            None => {
                let file = maps.open(mapping).ok()??;
                let read = Rendezvous::read(&file).map(Arc::new);
                self.files.entry(file_identity(&file)?).insert(read).get().clone()
            }
        };
        if rendezvous.is_none() && maps.has_interpreter() {
            diagnostics.report(Diagnostic::UnwatchableLinker {
                program: process_info::executable(maps.pid),
                linker: mapping.path.clone(),
            });
        }
        let rendezvous = rendezvous?;
        let bias = rendezvous.segments.bias(mapping.region.start, mapping.offset)?;
        let Rendezvous { notify, original, state, is_pointer, .. } = *rendezvous;
        Some(DynamicLinker { notify: notify.loaded(bias), original, state: state.loaded(bias), is_pointer })
    }
}
