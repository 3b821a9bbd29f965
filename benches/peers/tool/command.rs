//! The commands of the tools.

use super::Tool;
use crate::work::{Subject, Work};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

impl Tool {
    /// The command that runs `work`, with its data in `place` and what outlives a run in `cache`.
    pub fn command(self, work: &Work, place: &Path, cache: &Path) -> Command {
        let in_front = self.in_front(work, place);
        let mut words: Vec<OsString> = Vec::new();
        match &work.subject {
            Subject::Program(program) => {
                words.extend(in_front);
                words.push(program.path(self.build()).into());
            }
            Subject::Crate(_) if matches!(self, Tool::Tarpaulin | Tool::TarpaulinLlvm) => {
                words.extend(in_front)
            }
            Subject::Crate(own) => {
                words.extend(in_front);
                words.push(own.tests.clone().into());
            }
            Subject::Script(script) => {
                words.extend(in_front);
                words.extend(["sh", "-c", &script.text, "sh"].map(OsString::from));
                words.extend([script.executable.clone().into(), place.into()]);
            }
            Subject::Make(project, program) => {
                let mut generator = OsString::from("GENERATOR=");
                // These do not follow exec, or would run the compiler too: they are put before the one
                // program.
                let (before_all, before_one) = match self {
                    Tool::Kcov | Tool::Callgrind => (Vec::new(), in_front),
                    _ => (in_front, Vec::new()),
                };
                for word in before_one {
                    generator.push(word);
                    generator.push(" ");
                }
                generator.push(program.path(self.build()));
                words.extend(before_all);
                words.extend(["make", "--silent", "-j2", "-C"].map(OsString::from));
                words.push(project.into());
                words.extend([joined("OUT=", place), generator]);
            }
        }
        words.extend(work.arguments.iter().map(OsString::from));
        words.splice(0..0, work.before_all.iter().cloned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(work.directory());
        command.env("XDG_CACHE_HOME", cache);
        command.env("GCOV_PREFIX", place);
        command.env("CARGO_PROFILE_DEV_DEBUG", "2");
        // A panic would read debug information to say where it was.
        command.env("RUST_BACKTRACE", "0");
        // %m: processes add to one file; %c: they have it mapped.
        let file = if self == Tool::ClangContinuous { "%c%m.profraw" } else { "%m.profraw" };
        command.env("LLVM_PROFILE_FILE", place.join(file));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FORKCOV_") || name == "MAKEFLAGS" {
                command.env_remove(name);
            }
        }
        command
    }

    /// The words that come before the program.
    fn in_front(self, work: &Work, place: &Path) -> Vec<OsString> {
        let mut words = vec![OsString::from(self.program())];
        match self {
            Tool::Bare | Tool::Gcov | Tool::Clang | Tool::ClangContinuous => words.clear(),
            Tool::Forkcov => {
                words.extend(["run", "-q", "--source"].map(OsString::from));
                words.push(work.interest.as_deref().unwrap_or(work.directory()).into());
                words.extend(["--data-file".into(), place.join("forkcov.data").into(), "--".into()]);
            }
            Tool::Kcov => {
                words.push(joined("--include-path=", work.directory()));
                match work.subject {
                    // make puts the number of the table there: those that run at a time would share a file.
                    Subject::Make(..) => {
                        words.extend(["--skip-solibs".into(), place.join("kcov-$*").into()]);
                    }
                    Subject::Program(_) | Subject::Script(_) => {
                        words.extend(["--skip-solibs".into(), place.join("kcov").into()])
                    }
                    // A position-independent program.
                    Subject::Crate(_) => words.push(place.join("kcov").into()),
                }
            }
            Tool::Callgrind => {
                words.extend(["--tool=callgrind", "--trace-children=yes", "--quiet"].map(OsString::from));
                words.extend(["--compress-pos=no", "--compress-strings=no"].map(OsString::from));
                words.push(joined("--callgrind-out-file=", &place.join("callgrind.%p")));
            }
            Tool::Tarpaulin | Tool::TarpaulinLlvm => {
                let engine = if self == Tool::Tarpaulin { "ptrace" } else { "llvm" };
                words.extend(["tarpaulin", "--engine", engine].map(OsString::from));
                words.extend(["--skip-clean", "--offline", "--lib"].map(OsString::from));
                words.extend(["--out", "lcov", "--output-dir"].map(OsString::from));
                words.extend([place.into(), "--target-dir".into()]);
                words.push(work.directory().join(format!("target-{engine}")).into());
            }
        }
        words
    }
}

fn joined(start: &str, path: &Path) -> OsString {
    let mut word = OsString::from(start);
    word.push(path);
    word
}
