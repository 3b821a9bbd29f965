//! A project that is built by make, with a generator of its own: many short processes, and few of them have
//! lines.

use super::generated::marked;
use super::{Subject, Work};
use crate::build::Program;
use std::fmt::Write;
use std::path::Path;

const FILES: usize = 40;
const EACH: usize = 20;

/// That of this file.
pub fn work(directory: &Path) -> Work {
    let generator = generator();
    Program::write(directory, "Makefile", include_str!("../make/Makefile"));
    Program::write(directory, "main.c", &main());
    Program::write(&directory.join("generator"), "generator.c", &generator);
    let program = Program {
        directory: directory.join("generator"),
        name: "generator",
        sources: vec!["generator.c".to_owned()],
        optimisation: "-O0",
        libraries: &[],
    };
    let groups = vec![marked("the generator", "generator.c", &generator, "x ")];
    Work {
        pairs: Some(FILES * EACH),
        ..Work::of(
            "make -j2 of 40 files, with a generator",
            Subject::Make(directory.to_owned(), program),
            groups,
        )
    }
}

/// `generator N` writes the source of table N, by lines that it runs for no other.
fn generator() -> String {
    let mut source = "#include <stdio.h>\n#include <stdlib.h>\nstatic volatile int x;\n".to_owned();
    for file in 0..FILES {
        let _ = writeln!(source, "static void table{file}(void) {{");
        for line in 0..EACH {
            let _ = writeln!(source, "x = {line};");
        }
        source.push_str("}\n");
    }
    source.push_str("int main(int argc, char **argv) {\nint number = argc > 1 ? atoi(argv[1]) : 0;\n");
    source.push_str("switch (number) {\n");
    for file in 0..FILES {
        let _ = writeln!(source, "case {file}: table{file}(); break;");
    }
    source.push_str("}\nprintf(\"static const int values[] = {\");\n");
    source.push_str("for (int i = 0; i < 500; i++) { printf(\"%d,\", i * number); }\n");
    source.push_str("printf(\"};\\nint table%d(int i) { return values[i %% 500]; }\\n\", number);\n}\n");
    source
}

fn main() -> String {
    let mut source = String::new();
    for file in 0..FILES {
        let _ = writeln!(source, "int table{file}(int i);");
    }
    source.push_str("int main(int argc, char **argv) {\n(void)argv;\nint sum = 0;\n");
    for file in 0..FILES {
        let _ = writeln!(source, "sum += table{file}(argc);");
    }
    source.push_str("return sum == 0;\n}\n");
    source
}
