//! What a program needs of its interpreter, by the `needs` directive.

use forkcov_testing::interpreter::Interpreter;
use forkcov_testing::needs::{self, Lack};
use forkcov_testing::program::Program;
use forkcov_testing::repeated::{self, LeftOut};

/// Why `python` cannot run `program` here, if so.
pub fn lacks(program: &Program, python: &Interpreter, found: &[Interpreter]) -> Option<LeftOut> {
    let of_python = |what: &str| Lack::right(what, format!("Python {} {what}", python.name));
    let lacking = |need: &str| match need {
        "headers" => (!python.headers).then(|| of_python("has no Python.h")),
        "libpython" => (!python.libpython).then(|| of_python("has no shared libpython")),
        "libraries" => (!python.loads).then(|| of_python("cannot load libraries")),
        "another" => python.another(found).is_none().then(|| of_python("is the only version installed")),
        need => needs::right(need),
    };
    let lack = program.values("needs").find_map(lacking);
    lack.map(LeftOut::Lacking).or_else(|| repeated::ignored(program))
}
