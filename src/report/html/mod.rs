//! `forkcov html`: pages for a browser, which need no server and no network.
//!
//! | page | from |
//! |---|---|
//! | `index.html`: the files, as a tree | `files.rs` |
//! | `plain.html`: the files, as a table for browsers without scripts | `files.rs` |
//! | `functions.html`: all functions | `functions.rs` |
//! | `processes.html`: the process tree on a time line | `processes.rs` |
//! | `tests.html`: the tests, if there are contexts | `tests.rs` |
//! | `source/NAME.HASH.html`: a source, with the processes that ran each line | `source.rs` |
//!
//! Some services show pages without running their scripts: sources, tests and `plain.html` are complete
//! without. The rows of the other pages are made by `forkcov.js`, because there can be many: it makes those
//! in sight. Their data are in `files.js`, `functions.js`, `processes.js` and `tests.js`.
//!
//! When processes are chosen, all pages show only what these ran. The choice is passed from page to page in
//! the query, `?p=0-3,7`. `sets.js` says which sets of processes ran how much of each file. It can be large,
//! and is loaded only then.

mod command;
mod directory;
mod files;
mod functions;
mod language;
mod page;
mod processes;
mod sets;
mod source;
mod tests;

use super::by_context::ContextRow;
use super::coverage::Coverage;
use super::limits::Limits;
use super::naming::file_name;
use super::process_row::ProcessRow;
use super::timestamp;
use crate::data::Error;
use crate::data::view::{HitsByContext, View};
use crate::progress::Progress;
use crate::sources::Here;
use directory::ReportDirectory;
use page::Page;
use sets::{FileSets, ParentsAndChildren, ProcessSets};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What pages load, by name: all of them the first two, those that list something the third.
const ASSETS: [(&str, &str); 5] = [
    ("forkcov.css", include_str!("assets/forkcov.css")),
    ("forkcov.js", include_str!("assets/core.js")),
    (
        "forkcov-lists.js",
        concat!(
            include_str!("assets/rows.js"),
            include_str!("assets/filter.js"),
            include_str!("assets/files.js"),
            include_str!("assets/functions.js"),
            include_str!("assets/tests.js"),
        ),
    ),
    ("forkcov-processes.js", include_str!("assets/processes.js")),
    ("forkcov-source.js", concat!(include_str!("assets/colours.js"), include_str!("assets/source.js"))),
];

/// How to write the pages.
#[derive(Debug)]
pub struct HtmlLayout<'a> {
    /// The directory to which file names are relative.
    pub here: &'a Here,
    /// The title of the pages.
    pub title: &'a str,
    /// Decimals of percentages.
    pub precision: usize,
    /// Where the colours of percentages change.
    pub limits: Limits,
    /// The time of the report.
    pub now: SystemTime,
}

/// Writes the pages into `directory`, which is created if needed. Returns the path of the first page.
/// `by_test` has what each test ran in each file of the view, if there are tests.
///
/// # Errors
/// When a file cannot be written. A source that cannot be read is not an error: its page has a notice.
pub fn write(
    view: &View,
    by_test: Option<&[HitsByContext]>,
    coverage: &Coverage,
    layout: &HtmlLayout,
    directory: &Path,
) -> Result<PathBuf, Error> {
    let target = ReportDirectory { directory };
    let page = frame(view, by_test.is_some(), layout);
    let families = ParentsAndChildren::of(view);

    target.create()?;
    for (name, content) in ASSETS {
        target.write(name, content.as_bytes())?;
    }

    let mut sets = ProcessSets::default();
    let (mut rows, mut functions, mut pages) = (Vec::new(), Vec::new(), HashSet::new());
    let mut progress = Progress::new("writing pages", coverage.files.len());
    for file in &coverage.files {
        let name = file_name(layout.here, &file.source.path);
        let address = source::address(&file.source.path);
        let reach = FileSets::of(file.source);
        let place = view.files.binary_search_by(|other| other.path.cmp(&file.source.path));
        let tests = by_test.zip(place.ok()).map(|(hits, place)| tests::TestsOfFile::of(&hits[place]));
        target.render(&address, &source::page(&page, &name, file, &reach, &families, tests.as_ref()))?;
        pages.insert(address.clone());
        let numbers = sets.add(&reach.sets);
        functions.push(functions::FunctionsOfFile::of(file, &reach, &numbers));
        let numbered = (&sets, &numbers[..]);
        rows.push(files::FileRow::of(name.into_owned(), address, file, &reach, &families, numbered, &page));
        progress.step();
    }
    drop(progress);
    target.remove_others(&pages)?;
    target.write_data("files", &files::FilesData { rows: &rows, has_branches: page.has_branches })?;
    target.write_data("sets", &files::SetsData::of(&rows, &sets))?;
    let (first, plain) = files::pages(&page, &rows, coverage);
    target.render("index.html", &first)?;
    target.render("plain.html", &plain)?;
    target.write_data("functions", &functions)?;
    target.render("functions.html", &functions::page(&page, &functions))?;
    target.write_data("processes", &processes::data(view, &ProcessRow::all(view)))?;
    target.render("processes.html", &processes::page(&page))?;
    if let Some(by_test) = by_test {
        let rows = ContextRow::all(view, by_test.iter().map(|hits| &hits.lines));
        target.write_data("tests", &tests::data(&rows))?;
        target.render("tests.html", &tests::page(&page, &rows))?;
    }
    Ok(directory.join("index.html"))
}

/// The frame of all pages.
fn frame<'a>(view: &View, has_tests: bool, layout: &HtmlLayout<'a>) -> Page<'a> {
    let made = timestamp::iso(layout.now);
    Page {
        title: layout.title,
        version: env!("CARGO_PKG_VERSION"),
        made: format!("{} UTC", made[..16].replace('T', " ")),
        has_branches: view.has_branches,
        has_tests,
        processes: view.processes.len(),
        precision: layout.precision,
        limits: layout.limits,
    }
}
