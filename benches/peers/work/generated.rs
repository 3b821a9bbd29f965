//! Programs in C that are written here, so that it is known which lines they run.

use super::{Group, Subject, Work};
use crate::build::Program;
use crate::lines::Lines;
use forkcov_testing::c_source::{HOT, calls, lines, statements};
use std::path::Path;

/// Those of this file.
pub fn all(directory: &Path) -> Vec<Work> {
    let program = |name: &'static str, source: &str| {
        let file = format!("{name}.c");
        Program::write(&directory.join(name), &file, source);
        Program {
            directory: directory.join(name),
            name,
            sources: vec![file],
            optimisation: "-O0",
            libraries: &["-lpthread"],
        }
    };
    let work = |title: &str, name: &'static str, source: &str| {
        Work::of(
            title,
            Subject::Program(program(name, source)),
            vec![marked("it", &format!("{name}.c"), source, "x ")],
        )
    };
    let (forks, groups) = forks();
    vec![
        work("20,000 lines once", "lines", &lines(20_000)),
        work("a hot loop", "hot", HOT),
        Work {
            pairs: Some(FORKS * EACH),
            ..Work::of("500 forks of 200 lines", Subject::Program(program("forks", &forks)), groups)
        },
        work("8 threads on 2,000 lines", "threads", &threads()),
    ]
}

/// The lines of a source that begin with `mark`.
pub fn marked(who: &str, file: &str, source: &str, mark: &str) -> Group {
    let is_marked = |line: &str| line.trim_start().starts_with(mark);
    let lines: Lines = (1..)
        .zip(source.lines())
        .filter(|(_, line)| is_marked(line))
        .map(|(number, _)| (file.to_owned(), number))
        .collect();
    assert!(!lines.is_empty(), "{file} has no marked lines");
    Group { who: who.to_owned(), lines }
}

const FORKS: usize = 500;
const EACH: usize = 200;

/// How children end, and each kind runs lines of its own.
fn forks() -> (String, Vec<Group>) {
    let endings = [
        ("a", "children that end by exit", "exit(0);"),
        ("b", "children that end by _exit", "_exit(0);"),
        ("c", "children that are killed", "write(ready[1], \"\", 1);\npause();"),
    ];
    let mut source =
        "#include <signal.h>\n#include <stdlib.h>\n#include <sys/wait.h>\n#include <unistd.h>\nstatic int ready[2];\n"
            .to_owned();
    for (variable, _, end) in endings {
        source += &format!("static volatile int {variable};\nstatic void end_{variable}(void) {{\n");
        source += &(0..EACH)
            .map(|line| format!("{variable} = {line}; if ({variable} < 0) return;\n"))
            .collect::<String>();
        source += &format!("{end}\n}}\n");
    }
    source += &MAIN.replace("FORKS", &FORKS.to_string());
    let groups = endings
        .map(|(variable, who, _)| marked(who, "forks.c", &source, &format!("{variable} =")))
        .into_iter()
        .collect();
    (source, groups)
}

const MAIN: &str = "\
int main(void) {
    pipe(ready);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0) {
            if (i % 2 == 0) { end_b(); }
            if (i % 20 == 1) { end_c(); }
            end_a();
        }
        if (i % 20 == 1) {
            char byte;
            read(ready[0], &byte, 1);
            kill(child, SIGKILL);
        }
        waitpid(child, 0, 0);
    }
}
";

fn threads() -> String {
    let (source, functions) = statements(2000);
    format!(
        "#include <pthread.h>\n{source}\
         static void *run(void *nothing) {{ {} return nothing; }}\n\
         int main(void) {{\npthread_t threads[8];\n\
         for (int i = 0; i < 8; i++) {{ pthread_create(&threads[i], 0, run, 0); }}\n\
         for (int i = 0; i < 8; i++) {{ pthread_join(threads[i], 0); }}\n}}\n",
        calls(functions)
    )
}
