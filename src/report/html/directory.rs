//! The directory of the report.

use super::source;
use crate::data::Error;
use crate::output_file;
use askama::Template;
use serde::Serialize;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

pub(super) struct ReportDirectory<'a> {
    pub directory: &'a Path,
}

impl ReportDirectory<'_> {
    pub fn create(&self) -> Result<(), Error> {
        let sources = self.directory.join("source");
        for directory in [self.directory, &sources] {
            output_file::check_directory(directory).map_err(|source| failed("write", directory, source))?;
        }
        fs::create_dir_all(&sources).map_err(|source| failed("create", &sources, source))?;
        // As in coverage.py: a report is not meant to be committed.
        self.write(".gitignore", b"# Created by forkcov\n*\n")
    }

    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.directory.join(name);
        output_file::create(&path)
            .and_then(|mut file| file.write_all(content))
            .map_err(|source| failed("write", &path, source))
    }

    pub fn render<T: Template>(&self, name: &str, page: &T) -> Result<(), Error> {
        let mut text = Vec::with_capacity(T::SIZE_HINT);
        Template::write_into(page, &mut text)
            .map_err(|source| failed("write", &self.directory.join(name), source))?;
        self.write(name, &text)
    }

    /// Writes a script, `NAME.js`, that assigns `data` to `forkcov.NAME`: pages from `file:` URLs can load
    /// scripts, but not JSON.
    pub fn write_data(&self, name: &str, data: &impl Serialize) -> Result<(), Error> {
        let file = format!("{name}.js");
        let json = serde_json::to_string(data)
            .map_err(|error| failed("write", &self.directory.join(&file), error.into()))?;
        self.write(&file, format!("forkcov.{name} = {json};\n").as_bytes())
    }

    /// Removes the pages of sources that only an earlier report had.
    pub fn remove_others(&self, pages: &HashSet<String>) -> Result<(), Error> {
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
