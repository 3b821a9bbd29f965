//! `forkcov html`: pages for people, which need no server and no network.
//!
//! | page | from |
//! |---|---|
//! | `index.html`: the files, as a table | `files.rs` |
//! | `processes.html`: the process tree on a time line | `timeline.rs` |
//! | `source/NAME.HASH.html`: a source, and who ran its lines | `source.rs` |
//!
//! Every page is whole as it is; `forkcov.js` lets them be sorted, filtered and asked. Choosing processes changes what the
//! pages show to what these ran: which they are goes from page to page in the query of the address, `?p=0-3,7`. What the
//! script needs to know of processes and files is in `processes.js` and `files.js`.

mod files;
mod sets;
mod source;
mod timeline;

use super::coverage::Coverage;
use super::names::file_name;
use super::timestamp;
use crate::data::Error;
use crate::data::view::View;
use crate::progress::Progress;
use crate::sources::Here;
use askama::Template;
use serde::Serialize;
use sets::{Families, ProcessSets, Reach};
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const STYLE: &str = include_str!("assets/forkcov.css");
const SCRIPT: &str = include_str!("assets/forkcov.js");

/// How the pages are made.
#[derive(Debug)]
pub struct Options<'a> {
    /// File names are relative to it.
    pub here: &'a Here,
    /// What the pages are called.
    pub title: &'a str,
    /// Decimals of percentages.
    pub precision: usize,
    /// When the report is made.
    pub now: SystemTime,
}

/// What all pages have.
struct Page<'a> {
    title: &'a str,
    version: &'static str,
    made: String,
}

/// Writes the pages into `directory`, which is made if it is not there. Gives the path of the first page.
///
/// # Errors
/// When a file cannot be written. A source that cannot be read is none: its page says so.
pub fn write(
    view: &View,
    coverage: &Coverage,
    options: &Options,
    directory: &Path,
) -> Result<PathBuf, Error> {
    let site = Site { directory };
    let made = timestamp::iso(options.now);
    let made = format!("{} UTC", made[..16].replace('T', " "));
    let page = Page { title: options.title, version: env!("CARGO_PKG_VERSION"), made };
    let families = Families::of(view);

    site.create()?;
    site.write("forkcov.css", STYLE.as_bytes())?;
    site.write("forkcov.js", SCRIPT.as_bytes())?;

    let mut sets = ProcessSets::default();
    let mut rows = Vec::new();
    let mut pages = HashSet::new();
    let mut progress = Progress::new("writing pages", coverage.files.len());
    for file in &coverage.files {
        let name = file_name(options.here, &file.source.path);
        let address = source::address(&file.source.path);
        let reach = Reach::of(file.source);
        site.render(&address, &source::page(&page, &name, file, &reach, &families, options.precision))?;
        rows.push(files::Row::of(name, &address, file, &reach, &families, &mut sets, options.precision));
        pages.insert(address);
        progress.step();
    }
    drop(progress);
    site.remove_others(&pages)?;
    site.write_data("files.js", "files", &files::Data::of(&rows, &sets))?;
    site.render("index.html", &files::page(&page, &rows, view, coverage, options.precision))?;
    site.write_data("processes.js", "processes", &timeline::data(view))?;
    site.render("processes.html", &timeline::page(&page, view))?;
    Ok(directory.join("index.html"))
}

/// Where the pages go.
struct Site<'a> {
    directory: &'a Path,
}

impl Site<'_> {
    fn create(&self) -> Result<(), Error> {
        let sources = self.directory.join("source");
        fs::create_dir_all(&sources).map_err(|source| failed("create", &sources, source))?;
        // As coverage.py does: a report does not belong into a repository.
        self.write(".gitignore", b"# Created by forkcov\n*\n")
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.directory.join(name);
        fs::write(&path, content).map_err(|source| failed("write", &path, source))
    }

    fn render<T: Template>(&self, name: &str, page: &T) -> Result<(), Error> {
        let mut text = Vec::with_capacity(T::SIZE_HINT);
        Template::write_into(page, &mut text)
            .map_err(|source| failed("write", &self.directory.join(name), source))?;
        self.write(name, &text)
    }

    /// A script that gives `data` the name `name`: pages from files can load scripts, but no JSON.
    fn write_data(&self, file: &str, name: &str, data: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_string(data)
            .map_err(|error| failed("write", &self.directory.join(file), error.into()))?;
        self.write(file, format!("forkcov.{name} = {json};\n").as_bytes())
    }

    /// Removes the pages of sources that an earlier report had.
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
