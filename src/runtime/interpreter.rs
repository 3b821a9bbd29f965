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
    /// The functions after which the probe can start, and the code at the entry of each.
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
        ALL.into_iter().find_map(|runtime| Self::of_runtime(runtime, file).transpose()).transpose()
    }

    fn of_runtime(runtime: &'static dyn Runtime, file: &File) -> Result<Option<Self>, MissingFunction> {
        let entries = runtime.entry_functions();
        let used = &runtime.probe().functions;
        let is_wanted = |name: &str| {
            entries.contains(&name) || used.iter().any(|function| function.names.contains(&name))
        };
        let exports = Exports::read(file, is_wanted);
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
        Ok(Some(Self { runtime, entry_functions, functions, segments: exports.segments }))
    }
}
