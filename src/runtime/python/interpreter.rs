//! What an object that holds a Python interpreter offers to others.

use super::probe;
use crate::machine::Patch;
use crate::object::{Exports, Segments, Svma};
use std::fs::File;

/// Functions at whose return an interpreter has just been initialised, and the calling thread holds its lock.
const INITIALISERS: [&str; 4] =
    ["Py_InitializeFromConfig", "Py_NewInterpreter", "_Py_NewInterpreter", "Py_NewInterpreterFromConfig"];

/// An interpreter in an object: the executable, or libpython.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// The functions that initialise an interpreter, and the code at the entry of each.
    pub initialisers: Vec<(Svma, Patch)>,
    /// The functions that the probe uses, in its order. `None` for one that it can do without, and that is
    /// not there.
    pub functions: Vec<Option<Svma>>,
    /// The segments of the object.
    pub segments: Segments,
}

impl Interpreter {
    /// The one in `file`. `None` if there is none.
    ///
    /// # Errors
    /// The name of a function that it lacks, so that the probe cannot be used.
    pub fn read(file: &File) -> Result<Option<Self>, &'static str> {
        let wanted = &probe::image().functions;
        let is_wanted = |name: &str| {
            INITIALISERS.contains(&name) || wanted.iter().any(|function| function.names.contains(&name))
        };
        let exports = Exports::read(file, is_wanted);
        let entry = |name: &&str| exports.symbols.get(*name).and_then(|&(at, byte)| Some((at, byte?)));
        let mut initialisers: Vec<_> = INITIALISERS.iter().filter_map(entry).collect();
        initialisers.sort_unstable();
        initialisers.dedup();
        if initialisers.is_empty() {
            return Ok(None);
        }
        let mut functions = Vec::with_capacity(wanted.len());
        for function in wanted {
            let found = function.names.iter().find_map(|name| exports.symbols.get(*name));
            if found.is_none() && !function.optional {
                return Err(function.names[0]);
            }
            functions.push(found.map(|&(at, _)| at));
        }
        Ok(Some(Self { initialisers, functions, segments: exports.segments }))
    }
}
