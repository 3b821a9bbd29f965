//! `forkcov diff`.

use super::loading::{here, load, load_selected, of_runs, require_labels, require_pids};
use super::output::to_stdout;
use anyhow::Context;
use forkcov::byte_text;
use forkcov::cli::{DataFileOption, DataOptions, DiffOptions};
use forkcov::data::view::{ProcessFilter, View};
use forkcov::quote;
use forkcov::report::diff::{self as difference, Side};
use forkcov::sources::Here;
use regex::Regex;
use std::ffi::OsStr;
use std::process::ExitCode;

pub(crate) fn diff(options: &DiffOptions) -> anyhow::Result<ExitCode> {
    let here = here()?;
    // Both sides may need it; it is read once.
    let mut shared = None;
    let one = side(&options.one, &options.data, &here, &mut shared)?;
    let other = side(&options.other, &options.data, &here, &mut shared)?;
    to_stdout(|out| difference::write(&one, &other, &here, out))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads the side `text`. `shared` caches the view of `--data-file`.
fn side(text: &OsStr, data: &DataOptions, here: &Here, shared: &mut Option<View>) -> anyhow::Result<Side> {
    let name = byte_text::encode_os(text);
    let shown = quote::text(&name);
    let pids: Option<Vec<i32>> = name.split(',').map(|pid| pid.parse().ok()).collect();
    if let Some(pattern) = name.strip_prefix(TEST) {
        let test = Regex::new(pattern).with_context(|| format!("malformed side {shown}"))?;
        let chosen = ProcessFilter { test: Some(&test), ..of_runs(&data.labels) };
        let view = load_selected(here, &data.file, &data.patterns, chosen)?;
        return Ok(Side::of(&shown, &view, |_| true));
    }
    let selection = match (name.as_str(), pids) {
        ("parents", _) => ProcessSelection::Parents,
        ("children", _) => ProcessSelection::Children,
        (_, Some(pids)) => ProcessSelection::Pids(pids),
        (name, _) if name.starts_with(LABEL) => ProcessSelection::Label(name[LABEL.len()..].to_owned()),
        _ => {
            let data_file = DataFileOption { data_file: text.into(), paths: data.file.paths.clone() };
            let view = load_selected(here, &data_file, &data.patterns, of_runs(&data.labels))?;
            return Ok(Side::of(&shown, &view, |_| true));
        }
    };
    let view = match shared {
        Some(view) => view,
        none => none.insert(load(here, data)?),
    };
    match &selection {
        ProcessSelection::Pids(pids) => require_pids(view, pids, &data.file)?,
        ProcessSelection::Label(label) => require_labels(view, std::slice::from_ref(label), &data.file)?,
        ProcessSelection::Parents | ProcessSelection::Children => {}
    }
    Ok(Side::of(&shown, view, |process| selection.contains(view, process)))
}

/// The prefix of a side that is what tests ran.
const TEST: &str = "test:";
/// The prefix of a side that is a label.
const LABEL: &str = "label:";

/// The processes of a side.
enum ProcessSelection {
    Parents,
    Children,
    Pids(Vec<i32>),
    Label(String),
}

impl ProcessSelection {
    fn contains(&self, view: &View, process: usize) -> bool {
        let process = &view.processes[process];
        match self {
            Self::Parents => process.parent.is_none(),
            Self::Children => process.parent.is_some(),
            Self::Pids(pids) => pids.contains(&process.pid),
            Self::Label(label) => process.label.as_ref() == Some(label),
        }
    }
}
