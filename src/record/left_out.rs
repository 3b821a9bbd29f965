//! Sources that a run does not record, because its filter leaves them out. If nothing is recorded, they say
//! why.

use super::diagnostics::NothingRecorded;
use crate::plural::counted;
use crate::quote;
use crate::sources::{Here, Selection, SourceFilter, SystemSources, Verdict};
use hashbrown::{HashMap, HashSet};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The sources that are not recorded.
#[derive(Debug, Default)]
pub struct LeftOutSources {
    /// By their real paths, or by relative ones if they are nowhere; for the path of each object, which is
    /// empty if an interpreter has loaded them. All are hashed as bytes: paths are compared part by part, and
    /// programs have thousands of sources.
    sources: RefCell<HashMap<OsString, HashSet<OsString>>>,
}

impl LeftOutSources {
    /// The verdict of `filter` about a source of `object`. Remembers the source if it is left out.
    pub fn verdict(&self, filter: &SourceFilter, object: Option<&Path>, source: &Path) -> Verdict {
        let verdict = filter.verdict(source);
        if verdict == Verdict::LeftOut {
            let mut sources = self.sources.borrow_mut();
            let object = object.map_or(OsStr::new(""), Path::as_os_str);
            let of_object = sources.entry_ref(object).or_default();
            of_object.get_or_insert_with(source.as_os_str(), OsStr::to_owned);
        }
        verdict
    }

    /// Why a run with this selection has recorded nothing. `without_debug_information`: the objects of which
    /// nothing is known; `has_absent`: whether sources are missed that are not here.
    pub fn reason(
        &self,
        selection: &Selection,
        without_debug_information: &[PathBuf],
        has_absent: bool,
    ) -> NothingRecorded {
        let here = Here::new().unwrap_or_else(|_| Here::at("/"));
        let system = SystemSources::new(&here);
        let (mut of_system, mut of_user) = (BTreeSet::new(), BTreeSet::new());
        for (object, sources) in self.sources.borrow().iter() {
            let is_system = !object.is_empty() && system.owns(Path::new(object));
            for source in sources.iter().map(Path::new) {
                let sources = if is_system || system.owns(source) { &mut of_system } else { &mut of_user };
                sources.insert(source.to_owned());
            }
        }
        let bare: Vec<&PathBuf> =
            without_debug_information.iter().filter(|path| !system.owns(path)).collect();
        let flags = selection.flags();
        let is_users = !of_user.is_empty();
        let all: Vec<PathBuf> = if is_users { of_user } else { of_system }.into_iter().collect();
        let names = here.first_names(&all);
        if !flags.is_empty() && is_users || !all.is_empty() && bare.is_empty() && !has_absent {
            let count = counted(all.len(), "source", "sources");
            let mut text = if flags.is_empty() {
                format!(
                    "nothing is recorded: what ran has only sources of the system ({names}); --source selects them"
                )
            } else {
                format!("nothing is recorded: {flags} leaves out all of {count} ({names})")
            };
            if let Some(first) = bare.first() {
                text += &format!("; {} has no debug information (cc -g)", quote::path(here.relative(first)));
            }
            return NothingRecorded::Filtered(text);
        }
        if has_absent && bare.is_empty() {
            NothingRecorded::Absent
        } else {
            NothingRecorded::NoDebugInformation
        }
    }
}
