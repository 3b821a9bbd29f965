//! A test program: its sources, the directives at the head of its main one, and its variants.
//!
//! | directive | says |
//! |---|---|
//! | `compile: FLAGS` | flags for the compiler, beside `-g`; `"` keeps blanks together |
//! | `compiler: NAME` | another compiler than the language's usual one (`language.rs`) |
//! | `sources: A B` | more sources, compiled with the main one into the one program |
//! | `also-compile: SOURCE -> NAME` | a helper program with debug information, found as `./NAME` |
//! | `also-compile-plain: SOURCE -> NAME` | one without debug information |
//! | `library: SOURCE -> NAME` | a shared library with debug information, found as `./NAME` |
//! | `library-plain: SOURCE -> NAME` | one without debug information |
//! | `links: NAME` | a library of these that the program is linked with |
//! | `variant: NAME: FLAGS` | a test of its own, `program.c@NAME`, with these flags as well |
//! | `after-build: COMMAND` | a command of the shell, where the program is, when it has been built |
//! | `after-build@VARIANT: COMMAND` | the same, for that variant alone |
//! | `args: A B` | arguments |
//! | `stdin: TEXT` | standard input, with `\n` for newlines; otherwise it is `/dev/null` |
//! | `exit: N`, `signal: SIGX` | how the first process ends; without one, by `exit(0)` |
//! | `processes: N` | how many there are in all |
//! | `tree: A > B, A > C` | the parent of every process with role B has role A |
//! | `ends: ROLE = N`, `ends: ROLE = SIGX` | how every process of the role ends |
//! | `command: ROLE = A B\|C` | argument vector of its last image; separated by `\|` if there is one, else by blanks |
//! | `varies: TEXT` | lines of output with this text differ from run to run, and are not compared |
//! | `says: TEXT` | forkcov prints one line with this text |
//! | `other-sources: REASON` | the report may have files that are not in this directory |
//! | `needs: root`, `needs: perf` | the test is ignored without those rights: see `needs.rs` |
//! | `ignore: REASON` | the test runs only with `-- --include-ignored` |
//! | `unprivileged: REASON` | run once more without privileges, as every program with libraries is |
//! | `privileged: REASON` | without privileges some lines are lost |
//! | `step-from: FUNCTION` | where the oracle starts to step; nothing of the sources runs before it |
//! | `timed-branches: REASON` | which branches it takes depends on the time that it takes |
//! | `no-oracle: REASON` | the program cannot be stepped |
//! | `sees-trampolines: REASON` | the program looks where trampolines are visible, and is run without them |
//! | `limit: REASON` | forkcov is known to disturb the program, as docs/limits.md says |
//!
//! Programs in Python are not compiled but copied with their `sources` to where they run; `variant` and
//! `compile` give them arguments, and what more they may say is listed in `tests/python/main.rs`.

use crate::language::Language;
use crate::paths;
use std::fs;
use std::path::PathBuf;

/// One test: a program, in one of its variants.
#[derive(Debug, Clone)]
pub struct Program {
    /// The file's name, with `@VARIANT` when there are variants.
    pub name: String,
    /// The main source, relative to the directory of the test programs.
    pub source: String,
    /// Flags of the `compile` directive, then of the variant.
    pub flags: Vec<String>,
    /// (key, value) in the order of the file.
    directives: Vec<(String, String)>,
}

/// A program that the main one execs, or a shared library that it uses.
#[derive(Debug, Clone)]
pub struct Helper {
    /// Its source, relative to the directory of the test programs.
    pub source: String,
    /// The name of its file.
    pub name: String,
    /// Whether it has debug information.
    pub debug: bool,
}

/// Where the test programs are, without symbolic links, as compilers write it.
pub fn directory() -> PathBuf {
    let directory = paths::repository().join("test-programs");
    directory.canonicalize().expect("failed to find test-programs")
}

/// Every test program in every variant, sorted by name: those of the directory itself (`""`) or of one in it
/// (`"python/"`).
pub fn all(below: &str) -> Vec<Program> {
    let entries = fs::read_dir(directory().join(below)).expect("failed to list test-programs");
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|n| is_program(n))
        .collect();
    names.sort();
    names.iter().flat_map(|name| Program::read(&format!("{below}{name}"))).collect()
}

fn is_program(name: &str) -> bool {
    !name.starts_with("role.") && Language::is_source(name)
}

impl Program {
    fn read(source: &str) -> Vec<Program> {
        let path = directory().join(source);
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|why| panic!("failed to read {}: {why}", path.display()));
        let comment = Language::of(source).comment;
        let directives: Vec<(String, String)> = text
            .lines()
            .map_while(|line| line.strip_prefix(comment))
            .filter_map(|line| line.trim().split_once(':'))
            .map(|(key, value)| (key.to_string(), value.trim().to_string()))
            .collect();
        let plain =
            Program { name: source.to_string(), source: source.to_string(), flags: Vec::new(), directives };
        let base = words(plain.first("compile").unwrap_or_default());
        let variants: Vec<Program> = plain
            .values("variant")
            .map(|value| {
                let (name, flags) = value.split_once(':').expect("variant: NAME: FLAGS");
                let flags = base.iter().cloned().chain(words(flags)).collect();
                Program { name: format!("{source}@{name}"), flags, ..plain.clone() }
            })
            .collect();
        if variants.is_empty() { vec![Program { flags: base, ..plain }] } else { variants }
    }

    /// The values of a directive that may stand several times.
    pub fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.directives.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The value of a directive.
    pub fn first(&self, key: &str) -> Option<&str> {
        self.directives.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The commands that finish it.
    pub fn after_build(&self) -> impl Iterator<Item = &str> {
        let variant = self.name.rsplit_once('@').map(|(_, variant)| format!("after-build@{variant}"));
        let is_one = move |key: &str| key == "after-build" || Some(key) == variant.as_deref();
        self.directives.iter().filter(move |(key, _)| is_one(key)).map(|(_, value)| value.as_str())
    }

    /// The program's executable, relative to where it is run.
    pub fn executable(&self) -> String {
        let stem = self.source.rsplit_once('.').map_or(self.source.as_str(), |(stem, _)| stem);
        format!("./{stem}")
    }

    /// The language of its main source.
    pub fn language(&self) -> &'static Language {
        Language::of(&self.source)
    }

    /// The program's arguments.
    pub fn args(&self) -> Vec<String> {
        words(self.first("args").unwrap_or_default())
    }

    /// Its standard input.
    pub fn stdin(&self) -> Option<Vec<u8>> {
        self.first("stdin").map(|text| text.replace("\\n", "\n").into_bytes())
    }

    /// The sources of the main executable, the main one first.
    pub fn sources(&self) -> Vec<String> {
        let more = words(self.first("sources").unwrap_or_default());
        [self.source.clone()].into_iter().chain(more).collect()
    }

    /// The programs that it execs.
    pub fn helpers(&self) -> Vec<Helper> {
        self.compiled_beside("also-compile")
    }

    /// The shared libraries that it uses.
    pub fn libraries(&self) -> Vec<Helper> {
        self.compiled_beside("library")
    }

    fn compiled_beside(&self, directive: &str) -> Vec<Helper> {
        let parse = |debug| {
            move |value: &str| {
                let (source, name) = value.split_once(" -> ").expect("a directive SOURCE -> NAME");
                Helper { source: source.to_string(), name: name.to_string(), debug }
            }
        };
        let debug = self.values(directive).map(parse(true));
        debug.chain(self.values(&format!("{directive}-plain")).map(parse(false))).collect()
    }

    /// The absolute path of every source with marks.
    pub fn marked_sources(&self) -> Vec<PathBuf> {
        let beside = self.helpers().into_iter().chain(self.libraries());
        let helpers = beside.filter(|helper| helper.debug).map(|helper| helper.source);
        self.sources().into_iter().chain(helpers).map(|source| directory().join(source)).collect()
    }
}

/// The words of `text`; blanks between two `"` are part of a word.
fn words(text: &str) -> Vec<String> {
    let mut quoted = false;
    text.split(|c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    })
    .map(|word| word.replace('"', ""))
    .filter(|word| !word.is_empty())
    .collect()
}
