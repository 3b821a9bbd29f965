//! Object tables, each read once and converted to ids of the data file.

use super::super::data_file::store::{Branch, Executable, ObjectIdentity, Store};
use super::super::file_hits::{FileHits, HitsByFile};
use super::super::hit_file::HitPiece;
use super::super::object_table::{ObjectTable, SiteBranch, SiteLine};
use crate::plain::stream::{Reader, Stored, Writer};
use crate::plain::{Fields, Plain};
use hashbrown::HashMap;
use std::cell::RefCell;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// At most so many sites, and units of them (4 and 8 bytes each), of tables are kept in memory.
const KEPT: usize = 1 << 25;

/// A table whose files, functions and branches are those of the data file.
#[derive(Debug)]
pub(super) struct ResolvedTable {
    /// How many sites the object has.
    pub(super) sites: u32,
    /// The files' ids in the data file.
    pub(super) files: Vec<i64>,
    lines: BySite<FileUnit>,
    functions: BySite<FileUnit>,
    branches: BySite<FileUnit>,
    /// Sites that are in one block with the next, ascending.
    joined: Vec<u32>,
    /// Most processes of a program hit the same sites in most parts of an object: each such part is resolved
    /// once.
    resolved: RefCell<HashMap<HitPart, Vec<(i64, FileHits)>>>,
}

/// The items at each site of an object: none, one or several.
#[derive(Debug)]
struct BySite<T> {
    /// In the order of the sites.
    all: Vec<T>,
    /// Where in `all` the items of each site begin; at last, the length of `all`.
    first: Vec<u32>,
}

/// A line, or the ordinal of a function or of a direction of a branch.
#[derive(Debug, Clone, Copy)]
struct FileUnit {
    file: u32,
    number: u32,
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
    /// Knows the table in the file `path`, and that the data file has it already.
    pub(super) fn insert(&mut self, path: PathBuf, table: &Rc<ResolvedTable>) {
        self.by_path.insert(path, Ok(Rc::clone(table)));
    }

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
        self.kept += table.lines.len() + table.functions.len() + table.branches.len();
        self.by_content.insert(content, Rc::clone(&table));
        Ok(Ok(table))
    }
}

impl ResolvedTable {
    /// Records the object with its executable lines and functions.
    pub(super) fn new(table: ObjectTable, store: &mut Store) -> rusqlite::Result<Self> {
        let object =
            store.object(ObjectIdentity { runtime: table.runtime.as_deref(), identity: &table.id })?;
        store.object_path(object, &table.path)?;
        let files = table.files.iter().map(|path| store.file(path)).collect::<rusqlite::Result<Vec<_>>>()?;
        let mut executable = vec![Executable::default(); files.len()];
        for SiteLine { file, line, .. } in &table.lines {
            executable[*file as usize].lines.insert(*line);
        }
        let mut branches = Vec::with_capacity(table.branches.len());
        for SiteBranch { site, file, line, jump, way } in table.branches {
            let branch = Branch { line, jump, way: way.into() };
            let ordinal = store.branch(files[file as usize], branch)?;
            executable[file as usize].branches.insert(ordinal);
            branches.push((site, FileUnit { file, number: ordinal }));
        }
        for (file, executable) in files.iter().zip(&executable).filter(|(_, of)| !of.is_empty()) {
            store.executable(object, *file, executable)?;
        }
        let mut functions = Vec::with_capacity(table.functions.len());
        for function in &table.functions {
            let ordinal = store.function(
                files[function.file as usize],
                (function.line, function.last),
                &function.name,
            )?;
            let at = |site: &u32| (*site, FileUnit { file: function.file, number: ordinal });
            functions.extend(function.sites.iter().map(at));
        }
        let lines = table.lines.into_iter();
        let lines =
            lines.map(|SiteLine { site, file, line }| (site, FileUnit { file, number: line })).collect();
        let (lines, functions) = (BySite::new(table.sites, lines), BySite::new(table.sites, functions));
        let branches = BySite::new(table.sites, branches);
        let mut joined = table.joined;
        joined.sort_unstable();
        let resolved = RefCell::default();
        Ok(Self { sites: table.sites, files, lines, functions, branches, joined, resolved })
    }

    /// The hit sites of a process that has counted blocks at their last sites.
    pub(super) fn hits_of(&self, mut passed: Vec<u8>) -> Vec<u8> {
        for site in (1..passed.len()).rev() {
            if passed[site] != 0 && self.joined.binary_search(&(site as u32 - 1)).is_ok() {
                passed[site - 1] = 1;
            }
        }
        passed
    }

    /// Adds the units of the hit sites of a piece to `by_file`.
    pub(super) fn add(&self, piece: &HitPiece, by_file: &mut HitsByFile) {
        let mut resolved = self.resolved.borrow_mut();
        for part in parts(piece) {
            if resolved.len() >= self.most_resolved() {
                resolved.clear();
            }
            for (file, hits) in resolved.entry(part).or_insert_with(|| self.resolve(part)) {
                by_file.entry(*file).or_default().union_with(hits);
            }
        }
    }

    fn resolve(&self, part: HitPart) -> Vec<(i64, FileHits)> {
        let mut by_file = HitsByFile::new();
        for site in part.sites() {
            for line in self.lines.at(site) {
                by_file.entry(self.files[line.file as usize]).or_default().lines.insert(line.number);
            }
            for function in self.functions.at(site) {
                let hits = by_file.entry(self.files[function.file as usize]).or_default();
                hits.functions.insert(function.number);
            }
            for branch in self.branches.at(site) {
                let hits = by_file.entry(self.files[branch.file as usize]).or_default();
                hits.branches.get_or_insert_default().insert(branch.number);
            }
        }
        // What has branches at all was searched for them.
        if !self.branches.all.is_empty() {
            by_file.values_mut().for_each(|hits| _ = hits.branches.get_or_insert_default());
        }
        by_file.into_iter().collect()
    }

    /// So many parts are kept resolved: some variants of each.
    fn most_resolved(&self) -> usize {
        16 * (self.sites as usize / PART + 1)
    }
}

impl Stored for ResolvedTable {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.value(&(self.sites, &self.files))?;
        [&self.lines, &self.functions, &self.branches].iter().try_for_each(|units| units.store(writer))?;
        writer.array(&self.joined)
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        let (sites, files) = reader.value()?;
        let (lines, functions) = (BySite::load(reader)?, BySite::load(reader)?);
        let branches = BySite::load(reader)?;
        let (joined, resolved) = (reader.array()?, RefCell::default());
        Ok(Self { sites, files, lines, functions, branches, joined, resolved })
    }
}

impl<T: Plain> Stored for BySite<T> {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.array(&self.all)?;
        writer.array(&self.first)
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        Ok(Self { all: reader.array()?, first: reader.array()? })
    }
}

impl Plain for FileUnit {
    const SIZE: usize = 8;

    fn put(&self, bytes: &mut Vec<u8>) {
        [self.file, self.number].iter().for_each(|number| number.put(bytes));
    }

    fn take(fields: &mut Fields) -> Self {
        Self { file: fields.u32(), number: fields.u32() }
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

/// How many sites a part has: as many as a piece of a hit file.
const PART: usize = u128::BITS as usize;

/// Some neighbouring sites of an object, and which of them a process hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct HitPart {
    first: u32,
    /// A bit for each site.
    hits: u128,
}

impl HitPart {
    fn sites(self) -> impl Iterator<Item = usize> {
        let lowest = |hits: u128| (hits != 0).then_some(hits);
        let rests = std::iter::successors(lowest(self.hits), move |hits| lowest(hits & (hits - 1)));
        rests.map(move |hits| self.first as usize + hits.trailing_zeros() as usize)
    }
}

/// The parts of a piece in which a site was hit.
fn parts<'a>(piece: &HitPiece<'a>) -> impl Iterator<Item = HitPart> + use<'a> {
    let (first, chunks) = (piece.first, piece.hits.chunks(PART));
    // Without an early exit, so that the compiler can use vectors.
    let has_any = |chunk: &[u8]| chunk.iter().fold(0, |all, byte| all | byte) != 0;
    (0..).zip(chunks).filter(move |(_, chunk)| has_any(chunk)).map(move |(index, chunk): (u32, _)| {
        let bits = |bytes: &[u8]| bytes.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(*byte != 0));
        let words = chunk.chunks(u64::BITS as usize).rev();
        let hits = words.fold(0, |hits: u128, word| hits << u64::BITS | u128::from(bits(word)));
        HitPart { first: first + index * PART as u32, hits }
    })
}
