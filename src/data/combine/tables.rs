//! Object tables, each read once and converted to ids of the data file.

use super::super::data_file::store::{ObjectIdentity, Store};
use super::super::file_hits::FileHits;
use super::super::hit_file::HitPiece;
use super::super::object_table::{ObjectTable, SiteLine};
use crate::numbers::NumberSet;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// At most so many sites, lines and functions (4 and 8 bytes each) of tables are kept in memory.
const KEPT: usize = 1 << 25;

/// A table whose files and functions are those of the data file.
#[derive(Debug)]
pub(super) struct ResolvedTable {
    /// How many sites the object has.
    pub(super) sites: u32,
    /// The files' ids in the data file.
    pub(super) files: Vec<i64>,
    lines: BySite<FileLine>,
    functions: BySite<FileFunction>,
    /// Sites that are in one block with the next.
    joined: HashSet<u32>,
}

/// The items at each site of an object, as lines: none, one or several.
#[derive(Debug)]
struct BySite<T> {
    /// In the order of the sites.
    all: Vec<T>,
    /// Where in `all` the items of each site begin; at last, the length of `all`.
    first: Vec<u32>,
}

#[derive(Debug)]
struct FileLine {
    file: u32,
    line: u32,
}

#[derive(Debug)]
struct FileFunction {
    file: u32,
    ordinal: u32,
}

/// A table, or its damage.
pub(super) type TableResult = Result<Rc<ResolvedTable>, String>;

/// The tables that hit files have named so far.
#[derive(Debug, Default)]
pub(super) struct Tables {
    by_path: HashMap<PathBuf, TableResult>,
    /// Each run has its own file of the same table.
    by_content: HashMap<blake3::Hash, Rc<ResolvedTable>>,
    kept: usize,
}

impl Tables {
    /// The table in the file `path`.
    pub(super) fn get(&mut self, path: &Path, store: &mut Store) -> rusqlite::Result<TableResult> {
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

    fn resolve(&mut self, bytes: &[u8], store: &mut Store) -> rusqlite::Result<TableResult> {
        let content = blake3::hash(bytes);
        if let Some(table) = self.by_content.get(&content) {
            return Ok(Ok(Rc::clone(table)));
        }
        let table = match ObjectTable::decode(bytes) {
            Ok(table) => Rc::new(ResolvedTable::new(table, store)?),
            Err(reason) => return Ok(Err(reason)),
        };
        self.kept += table.lines.len() + table.functions.len();
        self.by_content.insert(content, Rc::clone(&table));
        Ok(Ok(table))
    }
}

impl ResolvedTable {
    /// Records the object with its executable lines and functions.
    fn new(table: ObjectTable, store: &mut Store) -> rusqlite::Result<Self> {
        let object =
            store.object(ObjectIdentity { runtime: table.runtime.as_deref(), identity: &table.id })?;
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
            let ordinal = store.function(
                files[function.file as usize],
                (function.line, function.last),
                &function.name,
            )?;
            let at = |site: &u32| (*site, FileFunction { file: function.file, ordinal });
            functions.extend(function.sites.iter().map(at));
        }
        let lines = table.lines.into_iter();
        let lines = lines.map(|SiteLine { site, file, line }| (site, FileLine { file, line })).collect();
        let (lines, functions) = (BySite::new(table.sites, lines), BySite::new(table.sites, functions));
        let joined = table.joined.into_iter().collect();
        Ok(Self { sites: table.sites, files, lines, functions, joined })
    }

    /// The hit sites of a process that has counted blocks at their last sites.
    pub(super) fn hits_of(&self, mut counters: Vec<u8>) -> Vec<u8> {
        for site in (1..counters.len()).rev() {
            if counters[site] != 0 && self.joined.contains(&(site as u32 - 1)) {
                counters[site - 1] = 1;
            }
        }
        counters
    }

    /// Adds the lines and functions of the hit sites of `pieces` to `by_file`.
    pub(super) fn add(&self, pieces: &[HitPiece], by_file: &mut BTreeMap<i64, FileHits>) {
        let mut by_object_file = ObjectHitsByFile { places: vec![0; self.files.len()], hits: Vec::new() };
        for site in pieces.iter().flat_map(hit_sites) {
            for line in self.lines.at(site) {
                by_object_file.of(line.file).lines.insert(line.line);
            }
            for function in self.functions.at(site) {
                by_object_file.of(function.file).functions.insert(function.ordinal);
            }
        }
        for (file, hits) in by_object_file.hits {
            by_file.entry(self.files[file as usize]).or_default().union_with(&hits);
        }
    }
}

/// What a process has hit in the files of an object. Most processes reach few files.
struct ObjectHitsByFile {
    /// For each file, the index of its hits in `hits`, plus 1; 0 if nothing in it was hit.
    places: Vec<usize>,
    hits: Vec<(u32, FileHits)>,
}

impl ObjectHitsByFile {
    fn of(&mut self, file: u32) -> &mut FileHits {
        let place = &mut self.places[file as usize];
        if *place == 0 {
            self.hits.push((file, FileHits::default()));
            *place = self.hits.len();
        }
        &mut self.hits[*place - 1].1
    }
}

impl<T> BySite<T> {
    /// For an object with so many sites. `all` can be in any order.
    fn new(sites: u32, mut all: Vec<(u32, T)>) -> Self {
        all.sort_by_key(|(site, _)| *site);
        let mut first = Vec::with_capacity(sites as usize + 1);
        for (index, (site, _)) in (0..).zip(&all) {
            first.resize(first.len().max(*site as usize + 1), index);
        }
        first.resize(sites as usize + 1, all.len() as u32);
        Self { all: all.into_iter().map(|(_, item)| item).collect(), first }
    }

    fn at(&self, site: usize) -> &[T] {
        let (Some(first), Some(end)) = (self.first.get(site), self.first.get(site + 1)) else { return &[] };
        &self.all[*first as usize..*end as usize]
    }

    fn len(&self) -> usize {
        self.all.len() + self.first.len()
    }
}

/// The sites with a byte other than 0. Most processes hit few sites: several bytes are tested at once.
fn hit_sites(piece: &HitPiece) -> impl Iterator<Item = usize> {
    const STRIDE: usize = 64;
    let first = piece.first as usize;
    // Without an early exit, so that the compiler can use vectors.
    let has_any = |stride: &[u8]| stride.iter().fold(0, |all, byte| all | byte) != 0;
    let strides = piece.hits.chunks(STRIDE).enumerate().filter(move |(_, stride)| has_any(stride));
    strides.flat_map(move |(index, stride)| {
        let hit = stride.iter().enumerate().filter(|(_, byte)| **byte != 0);
        hit.map(move |(offset, _)| first + index * STRIDE + offset)
    })
}
