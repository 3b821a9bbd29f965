//! The truth, slowly: steps every test program one instruction at a time.
//!
//! What the stepper records must agree with the marks in the sources, and what forkcov records must equal it, line for
//! line and process for process. Sites come from `readelf`, hits from `PTRACE_SINGLESTEP`: neither uses forkcov's code.

#[path = "support/build.rs"]
mod build;
#[path = "oracle/kernel.rs"]
mod kernel;
#[path = "oracle/line_table.rs"]
mod line_table;
#[path = "support/marks.rs"]
mod marks;
#[path = "support/program.rs"]
mod program;
#[path = "support/roles.rs"]
mod roles;
#[path = "support/run.rs"]
mod run;
#[path = "oracle/stepper.rs"]
mod stepper;

use libtest_mimic::{Arguments, Failed, Trial};
use program::Program;

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    let trials = program::all().into_iter().map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
