//! The directive `needs`: what a program needs of its interpreter.

use forkcov_testing::interpreter::Interpreter;
use forkcov_testing::needs::{self, Lack};
use forkcov_testing::program::Program;
use forkcov_testing::repeated::{self, LeftOut};

/// Why `python` cannot run `program` here, if so.
pub fn lacks(program: &Program, python: &Interpreter, found: &[Interpreter]) -> Option<LeftOut> {
    let lacking = |need: &str| {
        let what = match need {
            "headers" if !python.headers => "has no Python.h",
            "libpython" if !python.libpython => "has no shared libpython",
            "libraries" if !python.loads => "cannot load libraries",
            "another" if python.another(found).is_none() => "is the only version installed",
            "headers" | "libpython" | "libraries" | "another" => return None,
            right => return needs::right(right),
        };
        Some(Lack::machine(need, format!("Python {} {what}", python.name)))
    };
    let lack = program.values("needs").find_map(lacking);
    lack.map(LeftOut::Lacking).or_else(|| repeated::ignored(program))
}
