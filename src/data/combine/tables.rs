//! Object tables, each read once and put in terms of the data file.

use super::super::numbers::NumberSet;
use super::super::store::{FileHits, Store};
use super::super::table::{ObjectTable, SiteLine};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Tables with more lines and functions than this together (12 bytes each) are not kept in memory.
const KEPT: usize = 1 << 24;

/// A table of which file indices and functions are those of the data file.
#[derive(Debug)]
pub(super) struct Resolved {
    /// How many sites the object has.
    pub(super) sites: u32,
    /// The files' ids in the data file.
    pub(super) files: Vec<i64>,
    lines: Vec<SiteLine>,
    functions: Vec<SiteFunction>,
}

#[derive(Debug)]
struct SiteFunction {
    site: u32,
    file: u32,
    ordinal: u32,
}

/// A table, or what is wrong with it.
pub(super) type Table = Result<Rc<Resolved>, String>;

/// The tables that hit files named so far.
#[derive(Debug, Default)]
pub(super) struct Tables {
    by_path: HashMap<PathBuf, Table>,
    /// Each run has its own copy of the same table.
    by_content: HashMap<blake3::Hash, Rc<Resolved>>,
    kept: usize,
}

impl Tables {
    /// The table in the file `path`.
    pub(super) fn get(&mut self, path: &Path, store: &mut Store) -> rusqlite::Result<Table> {
        if let Some(table) = self.by_path.get(path) {
            return Ok(table.clone());
        }
        if self.kept > KEPT {
            *self = Self::default();
        }
        let table = match fs::read(path) {
            Ok(bytes) => self.resolve(&bytes, store)?,
            Err(error) => Err(error.to_string()),
        };
        self.by_path.insert(path.to_owned(), table.clone());
        Ok(table)
    }

    fn resolve(&mut self, bytes: &[u8], store: &mut Store) -> rusqlite::Result<Table> {
        let content = blake3::hash(bytes);
        if let Some(table) = self.by_content.get(&content) {
            return Ok(Ok(Rc::clone(table)));
        }
        let table = match ObjectTable::decode(bytes) {
            Ok(table) => Rc::new(Resolved::new(table, store)?),
            Err(reason) => return Ok(Err(reason)),
        };
        self.kept += table.lines.len() + table.functions.len();
        self.by_content.insert(content, Rc::clone(&table));
        Ok(Ok(table))
    }
}

impl Resolved {
    /// Records the object with its executable lines and functions.
    fn new(table: ObjectTable, store: &mut Store) -> rusqlite::Result<Self> {
        let object = store.object(&table.id)?;
        store.object_path(object, &table.path)?;
        let files = table.files.iter().map(|path| store.file(path)).collect::<rusqlite::Result<Vec<_>>>()?;
        let mut executable = vec![NumberSet::default(); files.len()];
        for SiteLine { file, line, .. } in &table.lines {
            executable[*file as usize].insert(*line);
        }
        for (file, lines) in files.iter().zip(&executable).filter(|(_, lines)| !lines.is_empty()) {
            store.executable(object, *file, lines)?;
        }
        let mut functions = Vec::with_capacity(table.functions.len());
        for function in &table.functions {
            let ordinal = store.function(files[function.file as usize], function.line, &function.name)?;
            functions.push(SiteFunction { site: function.site, file: function.file, ordinal });
        }
        Ok(Self { sites: table.sites, files, lines: table.lines, functions })
    }

    /// Adds what the hit sites of `hits` (a byte each, in order) mean to `by_file`.
    pub(super) fn add(&self, hits: &[u8], by_file: &mut BTreeMap<i64, FileHits>) {
        let is_hit = |site: u32| hits.get(site as usize).is_some_and(|byte| *byte != 0);
        let mut own: Vec<FileHits> = self.files.iter().map(|_| FileHits::default()).collect();
        for line in self.lines.iter().filter(|line| is_hit(line.site)) {
            own[line.file as usize].lines.insert(line.line);
        }
        for function in self.functions.iter().filter(|function| is_hit(function.site)) {
            own[function.file as usize].functions.insert(function.ordinal);
        }
        for (file, hits) in self.files.iter().zip(own).filter(|(_, hits)| !hits.is_empty()) {
            by_file.entry(*file).or_default().union_with(&hits);
        }
    }
}
