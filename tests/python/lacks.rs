//! What a program needs of its interpreter, by the `needs` directive.

use crate::interpreter::Interpreter;
use crate::program::Program;
use crate::{needs, repeated};

/// Why `python` cannot run `program` here, if so.
pub fn lacks(program: &Program, python: &Interpreter, found: &[Interpreter]) -> Option<String> {
    let lacking = |need: &str| match need {
        "headers" => (!python.headers).then(|| format!("Python {} has no Python.h", python.name)),
        "libpython" => (!python.libpython).then(|| format!("Python {} has no shared libpython", python.name)),
        "libraries" => (!python.loads).then(|| format!("Python {} cannot load libraries", python.name)),
        "another" => {
            python.another(found).is_none().then(|| "no other version of Python is installed".into())
        }
        need => needs::lacking(need),
    };
    program.values("needs").find_map(lacking).or_else(|| repeated::ignored(program))
}
