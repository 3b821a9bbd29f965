//! Where the functions of the frameworks are in the files of a run.

use super::{FUNCTIONS, Framework, Function};
use crate::machine::Patch;
use crate::object::{Exports, FileIdentity, Segments, Svma};
use crate::record::maps::{FileMapping, Maps, file_identity};
use crate::tracer::{EntryHook, HookPurpose};
use hashbrown::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

/// Where the functions of the frameworks are in the files of a run. Each file is read once.
#[derive(Debug, Default)]
pub struct FrameworkFunctions {
    wanted: Vec<Framework>,
    files: HashMap<FileIdentity, Arc<FunctionsOfFile>>,
}

#[derive(Debug, Default)]
struct FunctionsOfFile {
    functions: Vec<(usize, Svma, Patch)>,
    segments: Segments,
}

impl FrameworkFunctions {
    /// Those of these frameworks.
    pub fn of(mut wanted: Vec<Framework>) -> Self {
        wanted.retain(|framework| FUNCTIONS.iter().any(|function| function.framework == *framework));
        Self { wanted, files: HashMap::new() }
    }

    /// The hooks at them in a process.
    pub fn entry_hooks(&mut self, maps: &Maps) -> Vec<EntryHook> {
        if self.wanted.is_empty() {
            return Vec::new();
        }
        let mut hooks: Vec<EntryHook> = Vec::new();
        for mapped in &maps.code {
            let Some(found) = self.in_file(maps, mapped) else { continue };
            let Some(bias) = found.segments.bias(mapped.region.start, mapped.offset) else { continue };
            for &(number, at, original) in &found.functions {
                let address = at.loaded(bias);
                if hooks.iter().all(|hook| hook.address != address) {
                    hooks.push(EntryHook { address, original, purpose: HookPurpose::Context(number) });
                }
            }
        }
        hooks
    }

    fn in_file(&mut self, maps: &Maps, mapped: &FileMapping) -> Option<Arc<FunctionsOfFile>> {
        if let Some(known) = self.files.get(&maps.identity(mapped).ok()??) {
            return Some(Arc::clone(known));
        }
        let file = maps.open(mapped).ok()??;
        let is_of_c_library = is_c_library(mapped);
        let is_wanted = |function: &Function| {
            self.wanted.contains(&function.framework)
                && (is_of_c_library || function.framework != Framework::Pytest)
        };
        let wanted: Vec<_> =
            FUNCTIONS.iter().enumerate().filter(|(_, function)| is_wanted(function)).collect();
        let of_name = |name: &str| wanted.iter().find(|(_, function)| function.has_name(name));
        let has_native = self.wanted.iter().any(|framework| framework.is_native());
        let Exports { symbols, segments } = match has_native {
            true => Exports::read_with_symbol_table(&file, |name| of_name(name).is_some()),
            false => Exports::read(&file, |name| of_name(name).is_some()),
        };
        let functions =
            symbols.iter().filter_map(|(name, (at, original))| Some((of_name(name)?.0, *at, (*original)?)));
        let read = Arc::new(FunctionsOfFile { functions: functions.collect(), segments });
        Some(Arc::clone(self.files.entry(file_identity(&file)?).insert(read).get()))
    }
}

/// Whether it is the C library, of glibc or musl: shells have a setenv(3) of their own.
fn is_c_library(mapped: &FileMapping) -> bool {
    let name = mapped.path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
    let begins: [&[u8]; 4] = [b"libc.so", b"libc-", b"libc.musl-", b"ld-musl-"];
    begins.iter().any(|start| name.starts_with(start))
}
