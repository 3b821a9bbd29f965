//! `forkcov diff`.

use super::{here, load, require_pids, to_stdout};
use forkcov::cli::{DataFile, DiffOptions};
use forkcov::data::view::View;
use forkcov::report::diff::{self as difference, Side};
use forkcov::sources::Here;
use std::ffi::OsStr;
use std::process::ExitCode;

pub(crate) fn diff(options: &DiffOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    // Both sides can be of it; it is read once.
    let mut shared = None;
    let one = side(&options.one, options, &here, &mut shared)?;
    let other = side(&options.other, options, &here, &mut shared)?;
    to_stdout(|out| difference::write(&one, &other, &here, out))?;
    Ok(ExitCode::SUCCESS)
}

fn side(text: &OsStr, options: &DiffOptions, here: &Here, shared: &mut Option<View>) -> anyhow::Result<Side> {
    let name = text.to_string_lossy();
    let pids: Option<Vec<i32>> = name.split(',').map(|pid| pid.parse().ok()).collect();
    let whose = match (&*name, pids) {
        ("parents", _) => Whose::Parents,
        ("children", _) => Whose::Children,
        (_, Some(pids)) => Whose::Pids(pids),
        _ => {
            let data_file = DataFile { data_file: text.into() };
            let view = load(here, &data_file, &options.patterns, &[])?;
            return Ok(Side::of(&name, &view, |_| true));
        }
    };
    let view = match shared {
        Some(view) => view,
        none => none.insert(load(here, &options.data_file, &options.patterns, &[])?),
    };
    if let Whose::Pids(pids) = &whose {
        require_pids(view, pids, &options.data_file)?;
    }
    Ok(Side::of(&name, view, |process| whose.has(view, process)))
}

/// Some processes of a data file.
enum Whose {
    Parents,
    Children,
    Pids(Vec<i32>),
}

impl Whose {
    fn has(&self, view: &View, process: usize) -> bool {
        let process = &view.processes[process];
        match self {
            Self::Parents => process.parent.is_none(),
            Self::Children => process.parent.is_some(),
            Self::Pids(pids) => pids.contains(&process.pid),
        }
    }
}
