//! What an ELF file that holds an interpreter offers to a probe.

use super::{ALL, Runtime};
use crate::machine::Patch;
use crate::object::{Exports, Segments, Svma};
use std::fs::File;

/// An interpreter in an object: the executable, or a library.
#[derive(Debug)]
pub struct Interpreter {
    /// Its runtime.
    pub runtime: &'static dyn Runtime,
    /// The functions that are hooked ([`Runtime::start`]), and the code at the entry of each.
    pub entry_functions: Vec<(Svma, Patch)>,
    /// The functions that the probe uses, in its order. `None` for an optional one that is not there.
    pub functions: Vec<Option<Svma>>,
    /// The segments of the object.
    pub segments: Segments,
}

/// An interpreter lacks a function that the probe needs.
#[derive(Debug, Clone, Copy)]
pub struct MissingFunction {
    /// The runtime.
    pub runtime: &'static dyn Runtime,
    /// The name of the function.
    pub name: &'static str,
}

impl Interpreter {
    /// The interpreter in `file`, if there is one.
    ///
    /// # Errors
    /// When the probe cannot be used with it.
    pub fn read(file: &File) -> Result<Option<Self>, MissingFunction> {
        let exports = Exports::read(file, |name| ALL.into_iter().any(|runtime| uses(runtime, name)));
        ALL.into_iter().find_map(|runtime| Self::of_runtime(runtime, &exports).transpose()).transpose()
    }

    fn of_runtime(runtime: &'static dyn Runtime, exports: &Exports) -> Result<Option<Self>, MissingFunction> {
        let start = runtime.start();
        let entries = start.functions();
        let used = &runtime.probe().functions;
        let entry = |name: &&str| exports.symbols.get(*name).and_then(|&(at, byte)| Some((at, byte?)));
        let mut entry_functions: Vec<_> = entries.iter().filter_map(entry).collect();
        entry_functions.sort_unstable();
        entry_functions.dedup();
        if entry_functions.is_empty() {
            return Ok(None);
        }
        let mut functions = Vec::with_capacity(used.len());
        for function in used {
            let symbol = function.names.iter().find_map(|name| exports.symbols.get(*name));
            if symbol.is_none() && !function.optional {
                return Err(MissingFunction { runtime, name: function.names[0] });
            }
            functions.push(symbol.map(|&(at, _)| at));
        }
        Ok(Some(Self { runtime, entry_functions, functions, segments: exports.segments.clone() }))
    }
}

/// Is a function of this name hooked in a runtime, or used by its probe?
fn uses(runtime: &dyn Runtime, name: &str) -> bool {
    let of_probe = &runtime.probe().functions;
    runtime.start().functions().contains(&name)
        || of_probe.iter().any(|function| function.names.contains(&name))
}
