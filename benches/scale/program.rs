//! The program: it makes children, so many of which live at a time, and each of which runs a small part of
//! it.

use forkcov_testing::c_source::statements_in_functions;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How large all is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// How many children there are in all.
    pub processes: u32,
    /// How many of them live at once.
    pub alive: u32,
    /// How many statements the program has, each a line with four sites.
    pub lines: u32,
}

/// So many lines each child runs.
pub const OWN: u32 = 200;

/// How many nanoseconds a child took, from one birth to the next, with as many alive as there can be.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// At the beginning.
    pub first_tenth: f64,
    /// At the end.
    pub last_tenth: f64,
}

impl Size {
    /// What the environment asks for, or the size that forkcov shall bear.
    pub fn asked() -> Self {
        let asked = |name, default| {
            std::env::var(name).map_or(default, |value| value.parse().expect("a number of something"))
        };
        let size = Self {
            processes: asked("PROCESSES", 20_000),
            alive: asked("ALIVE", 1_000),
            lines: asked("LINES", 50_000),
        };
        assert!(size.alive + size.processes / 10 <= size.processes, "too few processes for so many alive");
        size
    }
}

/// Compiles it into `directory`.
pub fn compile(directory: &Path, size: Size) -> PathBuf {
    let (source, functions) = statements_in_functions(size.lines, OWN);
    let table: String = (0..functions).map(|function| format!("f{function},\n")).collect();
    let Size { processes, alive, .. } = size;
    // All children read from one pipe: a child that gets a byte ends.
    let source = format!(
        "#include <stdio.h>\n#include <sys/wait.h>\n#include <time.h>\n#include <unistd.h>\n{source}\
         static void (*const all[])(void) = {{\n{table}}};\n\
         static double now(void) {{ struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); \
         return t.tv_sec * 1e9 + t.tv_nsec; }}\n\
         int main(void) {{\n\
         int tenth = {processes} / 10, ends[2]; char byte = 0; double first = 0, begun, last = 0;\n\
         if (pipe(ends)) return 1;\n\
         for (int i = 0; i < {processes}; i++) {{\n\
         if (i == {alive}) begun = now();\n\
         if (i == {alive} + tenth) first = (now() - begun) / tenth;\n\
         if (i == {processes} - tenth) begun = now();\n\
         if (i >= {alive}) {{ if (write(ends[1], &byte, 1) != 1) return 1; wait(0); }}\n\
         pid_t child = fork();\n\
         if (child < 0) return 1;\n\
         if (child == 0) {{ all[i % {functions}](); _exit(read(ends[0], &byte, 1) != 1); }}\n\
         }}\n\
         last = (now() - begun) / tenth;\n\
         for (int i = 0; i < {alive}; i++) if (write(ends[1], &byte, 1) != 1) return 1;\n\
         while (wait(0) > 0) {{}}\n\
         if (!first) first = last;\n\
         printf(\"%f %f\\n\", first, last);\n}}\n"
    );
    let (file, program) = (directory.join("program.c"), directory.join("program"));
    fs::write(&file, source).expect("a source file");
    let status =
        Command::new("cc").args(["-g", "-O0", "-o"]).arg(&program).arg(&file).status().expect("a C compiler");
    assert!(status.success(), "program.c does not compile");
    program
}

/// What it has said.
pub fn told(stdout: &[u8]) -> Told {
    let text = String::from_utf8_lossy(stdout);
    let mut numbers = text.split_whitespace().map(|number| number.parse().expect("a number"));
    let mut next = || numbers.next().expect("two numbers");
    Told { first_tenth: next(), last_tenth: next() }
}
