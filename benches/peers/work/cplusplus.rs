//! A large program in C++, most of it templates, of which little runs: what counts is its debug information.

use super::generated::marked;
use super::{Subject, Work};
use crate::build::{Build, Program};
use std::fmt::Write;
use std::path::Path;

const UNITS: usize = 12;
const TEMPLATES: usize = 65;
const UNIT: &str = include_str!("../cplusplus/unit.cpp");

/// Its start when tools have nothing cached, and again.
pub fn all(directory: &Path) -> [Work; 2] {
    let mut sources = vec!["main.cpp".to_owned()];
    for unit in 0..UNITS {
        let name = format!("unit{unit}.cpp");
        let mut source = UNIT.to_owned();
        let _ = writeln!(source, "int unit{unit}(int argument) {{\n    int sum = 0;");
        for template in 0..TEMPLATES {
            let _ = writeln!(source, "    sum += work<{template}>(argument);");
        }
        source.push_str("    return sum;\n}\n");
        Program::write(directory, &name, &source);
        sources.push(name);
    }
    let main = main();
    Program::write(directory, "main.cpp", &main);
    let work = |name, is_cold| {
        let program = Program {
            directory: directory.to_owned(),
            name: "large",
            sources: sources.clone(),
            optimisation: "-O0",
            libraries: &[],
        };
        Work {
            is_cold,
            builds: &[Build::Plain],
            ..Work::of(name, Subject::Program(program), vec![marked("it", "main.cpp", &main, "x ")])
        }
    };
    [work("start of a large C++ program, first", true), work("the same, again", false)]
}

/// With an argument it runs the units.
fn main() -> String {
    let mut source = "static volatile int x;\n".to_owned();
    for unit in 0..UNITS {
        let _ = writeln!(source, "int unit{unit}(int argument);");
    }
    source.push_str("int main(int argc, char **) {\n");
    for line in 0..10 {
        let _ = writeln!(source, "    x = {line};");
    }
    source.push_str("    if (argc > 1) {\n");
    for unit in 0..UNITS {
        let _ = writeln!(source, "        unit{unit}(argc);");
    }
    source.push_str("    }\n}\n");
    source
}
