//! `run --attach PID` and `--exit-first-process`: programs that run before forkcov comes, and after it has gone.
//!
//! The programs are those of `test-programs/attach`; they say where they are on stdout and wait for a byte on stdin.

#[path = "support/copy.rs"]
mod copy;
#[path = "attach/errors.rs"]
mod errors;
#[path = "attach/forkcov.rs"]
mod forkcov;
#[expect(dead_code, reason = "of a language, only its comments matter to marks")]
#[path = "support/language.rs"]
mod language;
#[path = "attach/lines.rs"]
mod lines;
#[path = "support/marks.rs"]
mod marks;
#[path = "attach/release.rs"]
mod release;
#[path = "support/report.rs"]
mod report;
#[path = "support/roles.rs"]
mod roles;
#[path = "support/run.rs"]
mod run;
#[path = "attach/storms.rs"]
mod storms;
#[path = "attach/target.rs"]
mod target;
#[path = "attach/unharmed.rs"]
mod unharmed;
