//! From sites to lines: object tables, read once each, with the IDs that a data file gives to what they name.

use super::combine::Problem;
use super::data_file::Store;
use super::numbers::NumberSet;
use super::table::ObjectTable;
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All tables that a combine has met.
#[derive(Debug, Default)]
pub(super) struct Meanings(HashMap<PathBuf, Result<Meaning, String>>);

/// What the sites of one object mean.
#[derive(Debug)]
struct Meaning {
    /// Per site, where its marks begin; one more at the end.
    first: Vec<usize>,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Line { file: i64, line: u32 },
    Function { file: i64, number: u32 },
}

/// What a process ran of a file: its ID, lines, numbers of functions.
type FileHits = (i64, NumberSet, NumberSet);

impl Meanings {
    /// Makes a table known, and with it the executable lines and functions that it names.
    pub(super) fn load(
        &mut self,
        store: &mut Store,
        directory: &Path,
        table: &str,
        sites: usize,
    ) -> Result<(), Problem> {
        let path = directory.join(table);
        if !self.0.contains_key(&path) {
            let meaning = match ObjectTable::read(&path) {
                Ok(table) => Ok(Meaning::new(store, &table)?),
                Err(error) => Err(error.to_string()),
            };
            self.0.insert(path.clone(), meaning);
        }
        match &self.0[&path] {
            Ok(meaning) if meaning.first.len() == sites + 1 => Ok(()),
            Ok(_) => Err(Problem::Input(format!("it does not fit its object table {}", path.display()))),
            Err(reason) => Err(Problem::Input(reason.clone())),
        }
    }

    /// What these hits mean, by file; of a table that was loaded.
    pub(super) fn of(&self, directory: &Path, table: &str, sites: &[u8]) -> Vec<FileHits> {
        let Some(Ok(meaning)) = self.0.get(&directory.join(table)) else { return Vec::new() };
        let mut files: BTreeMap<i64, (NumberSet, NumberSet)> = BTreeMap::new();
        for site in sites.iter().enumerate().filter(|&(_, &hit)| hit != 0).map(|(site, _)| site) {
            for mark in &meaning.marks[meaning.first[site]..meaning.first[site + 1]] {
                match *mark {
                    Mark::Line { file, line } => files.entry(file).or_default().0.insert(line),
                    Mark::Function { file, number } => files.entry(file).or_default().1.insert(number),
                };
            }
        }
        files.into_iter().map(|(file, (lines, functions))| (file, lines, functions)).collect()
    }
}

impl Meaning {
    fn new(store: &mut Store, table: &ObjectTable) -> Result<Self, Problem> {
        let object = store.object(&table.id, &table.path)?;
        let files = table.files.iter().map(|path| store.file(path)).collect::<Result<Vec<_>, _>>()?;
        let mut executable = vec![NumberSet::default(); files.len()];
        let mut marks = Vec::with_capacity(table.lines.len() + table.functions.len());
        for line in &table.lines {
            let file = line.file as usize;
            executable[file].insert(line.line);
            marks.push((line.site, Mark::Line { file: files[file], line: line.line }));
        }
        for function in &table.functions {
            let file = files[function.file as usize];
            let number = store.function(file, &function.name, function.line)?;
            marks.push((function.site, Mark::Function { file, number }));
        }
        for (&file, lines) in files.iter().zip(&executable) {
            store.executable(object, file, lines)?;
        }
        marks.sort_by_key(|&(site, _)| site);
        let first = (0..=table.sites).map(|site| marks.partition_point(|&(at, _)| at < site)).collect();
        Ok(Self { first, marks: marks.into_iter().map(|(_, mark)| mark).collect() })
    }
}
