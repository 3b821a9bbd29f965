//! A test of a program that is repeated `FORKCOV_REPEAT` times, or left out for a reason.

use crate::harness;
use crate::needs::{self, Lack};
use crate::program::Program;
use libtest_mimic::Trial;

/// Why a test is left out.
#[derive(Debug, Clone)]
pub enum LeftOut {
    /// The machine lacks something.
    Lacking(Lack),
    /// It runs only with `--ignored` or `--include-ignored`.
    OnRequest(String),
}

impl From<Lack> for LeftOut {
    fn from(lack: Lack) -> Self {
        LeftOut::Lacking(lack)
    }
}

/// The reason of a program's directive `ignore`.
pub fn ignored(program: &Program) -> Option<LeftOut> {
    program.first("ignore").map(|reason| LeftOut::OnRequest(reason.to_string()))
}

/// A test that is repeated, or left out.
pub fn trial(
    name: String,
    left_out: Option<LeftOut>,
    test: impl Fn() -> Result<(), String> + Send + 'static,
) -> Trial {
    let times = std::env::var("FORKCOV_REPEAT").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let repeated = move || {
        (1..=times).try_for_each(|round| {
            test().map_err(|why| if times == 1 { why } else { format!("in round {round} of {times}: {why}") })
        })
    };
    match left_out {
        Some(LeftOut::Lacking(lack)) => lacking(name, lack),
        Some(LeftOut::OnRequest(reason)) => harness::on_request(reason, harness::trial(name, repeated)),
        None => harness::trial(name, repeated),
    }
}

/// A test that cannot run.
pub fn lacking(name: String, lack: Lack) -> Trial {
    harness::trial(name, move || -> Result<(), String> { needs::give_up(lack) })
}
