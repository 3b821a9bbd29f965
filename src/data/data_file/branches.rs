//! The directions of branches that a data file has already, as [`functions`](super::functions) are kept.

use hashbrown::HashMap;
use rusqlite::{Connection, Result, params};

/// So many are kept in memory (24 bytes each). Those of other files are read again.
const CACHED_BRANCHES: usize = 1 << 20;

/// A direction of a branch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::data) struct Branch {
    pub(in crate::data) line: u32,
    pub(in crate::data) jump: u32,
    pub(in crate::data) way: i64,
}

/// The branches of the files that have been asked for: the ordinals by file.
#[derive(Debug, Default)]
pub(super) struct Branches {
    files: HashMap<i64, HashMap<Branch, u32>>,
    kept: usize,
}

impl Branches {
    /// The ordinal of a direction in its file. It is added if the data file does not have it yet.
    pub(super) fn ordinal(&mut self, connection: &Connection, file: i64, branch: Branch) -> Result<u32> {
        if self.kept > CACHED_BRANCHES {
            *self = Self::default();
        }
        if !self.files.contains_key(&file) {
            let branches = read(connection, file)?;
            self.kept += branches.len();
            self.files.insert(file, branches);
        }
        let known = self.files.entry(file).or_default();
        if let Some(ordinal) = known.get(&branch) {
            return Ok(*ordinal);
        }
        // Nothing removes branches, so the ordinals have no gap.
        let ordinal = known.len() as u32;
        let sql = "INSERT INTO branch (file, ordinal, line, jump, way) VALUES (?1, ?2, ?3, ?4, ?5)";
        let Branch { line, jump, way } = branch;
        connection.prepare_cached(sql)?.execute(params![file, ordinal, line, jump, way])?;
        known.insert(branch, ordinal);
        self.kept += 1;
        Ok(ordinal)
    }
}

fn read(connection: &Connection, file: i64) -> Result<HashMap<Branch, u32>> {
    let sql = "SELECT ordinal, line, jump, way FROM branch WHERE file = ?1";
    let mut find = connection.prepare_cached(sql)?;
    let branch = |row: &rusqlite::Row| {
        Ok((Branch { line: row.get(1)?, jump: row.get(2)?, way: row.get(3)? }, row.get(0)?))
    };
    find.query_map([file], branch)?.collect()
}
