//! `forkcov html`: pages for a browser, which need no server and no network.
//!
//! | page | from |
//! |---|---|
//! | `index.html`: the files, as a table | `files.rs` |
//! | `processes.html`: the process tree on a time line | `timeline.rs` |
//! | `tests.html`: the tests, if there are contexts | `tests.rs` |
//! | `source/NAME.HASH.html`: a source, with the processes that ran each line | `source.rs` |
//!
//! Every page is complete without scripts. `forkcov.js` adds sorting, filtering, and the list of processes
//! that ran a line. When processes are chosen, all pages show only what these ran. The choice is passed from
//! page to page in the query, `?p=0-3,7`. The data for the script are in `processes.js`, `files.js` and
//! `tests.js`.

mod files;
mod page;
mod sets;
mod source;
mod tests;
mod timeline;

use super::by_context::ContextRow;
use super::coverage::Coverage;
use super::naming::file_name;
use super::process_row::ProcessRow;
use super::timestamp;
use crate::data::Error;
use crate::data::view::{OwnedSets, View};
use crate::output_file;
use crate::progress::Progress;
use crate::sources::Here;
use askama::Template;
use page::Page;
use serde::Serialize;
use sets::{FileSets, ParentsAndChildren, ProcessSets};
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const STYLE: &str = include_str!("assets/forkcov.css");
const SCRIPT: &str = include_str!("assets/forkcov.js");

/// How to write the pages.
#[derive(Debug)]
pub struct HtmlLayout<'a> {
    /// The directory to which file names are relative.
    pub here: &'a Here,
    /// The title of the pages.
    pub title: &'a str,
    /// Decimals of percentages.
    pub precision: usize,
    /// The time of the report.
    pub now: SystemTime,
}

/// Writes the pages into `directory`, which is created if needed. Returns the path of the first page.
/// `by_test` has the lines that each test ran in each file of the view, if there are tests.
///
/// # Errors
/// When a file cannot be written. A source that cannot be read is not an error: its page has a notice.
pub fn write(
    view: &View,
    by_test: Option<&[OwnedSets]>,
    coverage: &Coverage,
    layout: &HtmlLayout,
    directory: &Path,
) -> Result<PathBuf, Error> {
    let target = ReportDirectory { directory };
    let made = timestamp::iso(layout.now);
    let made = format!("{} UTC", made[..16].replace('T', " "));
    let has_branches = coverage.has_branches;
    let (title, version) = (layout.title, env!("CARGO_PKG_VERSION"));
    let page = Page { title, version, made, has_branches, has_tests: by_test.is_some() };
    let families = ParentsAndChildren::of(view);

    target.create()?;
    target.write("forkcov.css", STYLE.as_bytes())?;
    target.write("forkcov.js", SCRIPT.as_bytes())?;

    let mut sets = ProcessSets::default();
    let mut rows = Vec::new();
    let mut pages = HashSet::new();
    let mut progress = Progress::new("writing pages", coverage.files.len());
    for file in &coverage.files {
        let name = file_name(layout.here, &file.source.path);
        let address = source::address(&file.source.path);
        let reach = FileSets::of(file.source);
        let place = view.files.binary_search_by(|other| other.path.cmp(&file.source.path));
        let tests = by_test.zip(place.ok()).map(|(hits, place)| tests::TestsOfLines::of(&hits[place]));
        target.render(
            &address,
            &source::page(&page, &name, file, &reach, &families, tests.as_ref(), layout.precision),
        )?;
        rows.push(files::FileRow::of(
            name.into_owned(),
            &address,
            file,
            &reach,
            &families,
            &mut sets,
            layout.precision,
        ));
        pages.insert(address);
        progress.step();
    }
    drop(progress);
    target.remove_others(&pages)?;
    target.write_data("files.js", "files", &files::FilesData::of(&rows, &sets, has_branches))?;
    target.render("index.html", &files::page(&page, &rows, view, coverage, layout.precision))?;
    let processes = ProcessRow::all(view);
    target.write_data("processes.js", "processes", &timeline::data(&processes))?;
    target.render("processes.html", &timeline::page(&page, view, &processes))?;
    if let Some(by_test) = by_test {
        let rows = ContextRow::all(view, by_test.iter());
        target.write_data("tests.js", "tests", &tests::data(&rows))?;
        target.render("tests.html", &tests::page(&page, &rows))?;
    }
    Ok(directory.join("index.html"))
}

/// The directory of the report.
struct ReportDirectory<'a> {
    directory: &'a Path,
}

impl ReportDirectory<'_> {
    fn create(&self) -> Result<(), Error> {
        let sources = self.directory.join("source");
        for directory in [self.directory, &sources] {
            output_file::check_directory(directory).map_err(|source| failed("write", directory, source))?;
        }
        fs::create_dir_all(&sources).map_err(|source| failed("create", &sources, source))?;
        // As in coverage.py: a report is not meant to be committed.
        self.write(".gitignore", b"# Created by forkcov\n*\n")
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.directory.join(name);
        output_file::create(&path)
            .and_then(|mut file| file.write_all(content))
            .map_err(|source| failed("write", &path, source))
    }

    fn render<T: Template>(&self, name: &str, page: &T) -> Result<(), Error> {
        let mut text = Vec::with_capacity(T::SIZE_HINT);
        Template::write_into(page, &mut text)
            .map_err(|source| failed("write", &self.directory.join(name), source))?;
        self.write(name, &text)
    }

    /// Writes a script that assigns `data` to `forkcov.NAME`: pages from `file:` URLs can load scripts, but
    /// not JSON.
    fn write_data(&self, file: &str, name: &str, data: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_string(data)
            .map_err(|error| failed("write", &self.directory.join(file), error.into()))?;
        self.write(file, format!("forkcov.{name} = {json};\n").as_bytes())
    }

    /// Removes the pages of sources that only an earlier report had.
    fn remove_others(&self, pages: &HashSet<String>) -> Result<(), Error> {
        let sources = self.directory.join("source");
        let entries = fs::read_dir(&sources).map_err(|source| failed("read", &sources, source))?;
        let is_other = |name: &OsString| {
            let name = name.to_string_lossy();
            source::is_address(&name) && !pages.contains(&format!("source/{name}"))
        };
        for name in entries.flatten().map(|entry| entry.file_name()).filter(is_other) {
            let path = sources.join(name);
            fs::remove_file(&path).map_err(|source| failed("remove", &path, source))?;
        }
        Ok(())
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), source }
}
