//! Adding to a data file. Every operation is a union or a maximum, so the order of additions makes no
//! difference.

use super::super::file_hits::FileHits;
use super::super::process_record::ProcessRecord;
use super::super::snapshot::SourceSnapshot;
pub(in crate::data) use super::branches::Branch;
use super::branches::Branches;
use super::digest::{Digest, digest};
use super::functions::Functions;
use super::rows;
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use rusqlite::{Connection, OptionalExtension, Result, params};

/// The ids of so many sets are cached (24 bytes each). Those of others are looked up in the database.
const CACHED_SETS: usize = 1 << 18;

/// The id of the context of what belongs to none.
pub(in crate::data) const NO_CONTEXT: i64 = 0;

/// What an object has in a file.
#[derive(Debug, Clone, Default)]
pub(in crate::data) struct Executable {
    pub(in crate::data) lines: NumberSet,
    /// Directions of branches, by their ordinals.
    pub(in crate::data) branches: NumberSet,
}

impl Executable {
    pub(in crate::data) fn of_lines(lines: NumberSet) -> Self {
        Self { lines, branches: NumberSet::default() }
    }

    pub(in crate::data) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.branches.is_empty()
    }
}

/// Units that a process ran in a file, as ids of sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::data) struct HitSets {
    pub(in crate::data) lines: i64,
    pub(in crate::data) functions: i64,
    /// `None` if they were not recorded.
    pub(in crate::data) branches: Option<i64>,
}

/// A process of the data file.
#[derive(Debug, Clone, Copy)]
pub(in crate::data) struct ProcessId {
    id: i64,
    /// It has just been added, and has no hits yet.
    is_new: bool,
}

/// What identifies an object on all machines.
#[derive(Debug, Clone, Copy)]
pub(in crate::data) struct ObjectIdentity<'a> {
    /// The name of the runtime; `None` for an ELF file.
    pub(in crate::data) runtime: Option<&'a str>,
    /// Build-id or hash of an ELF file; version of a runtime.
    pub(in crate::data) identity: &'a str,
}

/// Gives another path for a source file, if it is to have one.
pub type Rewrite<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A data file that is being added to, within a transaction of the caller.
pub(in crate::data) struct Store<'c> {
    connection: &'c Connection,
    rewrite: Option<Rewrite<'c>>,
    sets: HashMap<Digest, i64>,
    functions: Functions,
    branches: Branches,
    /// Whether some sets may be unused.
    displaced: bool,
}

impl<'c> Store<'c> {
    pub(in crate::data) fn new(connection: &'c Connection, rewrite: Option<Rewrite<'c>>) -> Self {
        let (functions, branches) = (Functions::default(), Branches::default());
        Self { connection, rewrite, sets: HashMap::new(), functions, branches, displaced: false }
    }

    pub(in crate::data) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Clears the cache. Must be called when additions were rolled back.
    pub(in crate::data) fn forget(&mut self) {
        self.sets.clear();
        self.functions = Functions::default();
        self.branches = Branches::default();
    }

    /// The id of a source file. Several files become one if they are rewritten to the same path.
    pub(in crate::data) fn file(&self, path: &str) -> Result<i64> {
        let rewritten = self.rewrite.and_then(|rewrite| rewrite(path));
        let path = rewritten.as_deref().unwrap_or(path);
        self.identify(
            "SELECT id FROM file WHERE path = ?1",
            "INSERT INTO file (path) VALUES (?1) RETURNING id",
            path,
        )
    }

    /// The ordinal of a function in its file; `lines` are its first and last lines.
    pub(in crate::data) fn function(&mut self, file: i64, lines: (u32, u32), name: &str) -> Result<u32> {
        self.functions.ordinal(self.connection, file, lines, name)
    }

    /// The ordinal of a direction of a branch in its file.
    pub(in crate::data) fn branch(&mut self, file: i64, branch: Branch) -> Result<u32> {
        self.branches.ordinal(self.connection, file, branch)
    }

    /// The id of a context.
    pub(in crate::data) fn context(&self, name: &str) -> Result<i64> {
        rows::context(self.connection, name)
    }

    /// The path of a source file.
    pub(in crate::data) fn path(&self, file: i64) -> Result<String> {
        let mut find = self.connection.prepare_cached("SELECT path FROM file WHERE id = ?1")?;
        find.query_row([file], |row| row.get(0))
    }

    /// The id of a snapshot of a source file.
    pub(in crate::data) fn snapshot(&self, file: i64, snapshot: SourceSnapshot) -> Result<u32> {
        let find = "SELECT id FROM source_snapshot WHERE file = ?1 AND digest = ?2";
        let key = params![file, snapshot];
        let known = self.connection.prepare_cached(find)?.query_row(key, |row| row.get(0)).optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        let add = "INSERT INTO source_snapshot (file, digest) VALUES (?1, ?2) RETURNING id";
        self.connection.prepare_cached(add)?.query_row(key, |row| row.get(0))
    }

    /// Records the snapshots of a run, by their ids.
    pub(in crate::data) fn run(&mut self, name: &str, snapshots: &NumberSet) -> Result<()> {
        let find = "SELECT snapshots FROM run WHERE name = ?1";
        let known = self.connection.prepare_cached(find)?.query_row([name], |row| row.get(0)).optional()?;
        let snapshots = self.united(known, snapshots)?;
        if known != Some(snapshots) {
            let sql = "INSERT OR REPLACE INTO run (name, snapshots) VALUES (?1, ?2)";
            self.connection.prepare_cached(sql)?.execute(params![name, snapshots])?;
        }
        Ok(())
    }

    /// When the first known process of a run began, in seconds since the epoch.
    pub(in crate::data) fn started(&self, run: &str) -> Result<f64> {
        let sql = "SELECT min(started) FROM process WHERE run = ?1";
        self.connection.prepare_cached(sql)?.query_row([run], |row| row.get(0))
    }

    /// The id of an object.
    pub(in crate::data) fn object(&self, object: ObjectIdentity) -> Result<i64> {
        let ObjectIdentity { runtime, identity } = object;
        let find = "SELECT id FROM object WHERE identity = ?1 AND coalesce(runtime, '') = coalesce(?2, '')";
        let key = params![identity, runtime];
        let known = self.connection.prepare_cached(find)?.query_row(key, |row| row.get(0)).optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        let add = "INSERT INTO object (identity, runtime) VALUES (?1, ?2) RETURNING id";
        self.connection.prepare_cached(add)?.query_row(key, |row| row.get(0))
    }

    /// Records that an object was found at `path`.
    pub(in crate::data) fn object_path(&self, object: i64, path: &str) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO object_path (object, path) VALUES (?1, ?2)";
        self.connection.prepare_cached(sql)?.execute(params![object, path])?;
        Ok(())
    }

    /// Records what an object has in a file.
    pub(in crate::data) fn executable(&mut self, object: i64, file: i64, added: &Executable) -> Result<()> {
        let find = "SELECT lines, branches FROM executable WHERE object = ?1 AND file = ?2";
        let mut find = self.connection.prepare_cached(find)?;
        let known: Option<(i64, Option<i64>)> =
            find.query_row([object, file], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let lines = self.united(known.map(|(lines, _)| lines), &added.lines)?;
        let branches = self.united_if_any(known.and_then(|(_, branches)| branches), &added.branches)?;
        if known != Some((lines, branches)) {
            let sql =
                "INSERT OR REPLACE INTO executable (object, file, lines, branches) VALUES (?1, ?2, ?3, ?4)";
            self.connection.prepare_cached(sql)?.execute(params![object, file, lines, branches])?;
        }
        Ok(())
    }

    /// Records a process.
    pub(in crate::data) fn process(&self, record: &ProcessRecord) -> Result<ProcessId> {
        Ok(match rows::find_process(self.connection, &record.start)? {
            None => ProcessId { id: rows::insert_process(self.connection, record)?, is_new: true },
            Some((id, known)) => {
                let mut merged = known.clone();
                merged.merge(record.clone());
                if merged != known {
                    rows::update_process(self.connection, id, &merged)?;
                }
                ProcessId { id, is_new: false }
            }
        })
    }

    /// Records what a process ran in a file, while it had a context.
    pub(in crate::data) fn hits(
        &mut self,
        process: ProcessId,
        context: i64,
        file: i64,
        hits: &FileHits,
    ) -> Result<()> {
        let (lines, functions) = (self.set(&hits.lines)?, self.set(&hits.functions)?);
        let branches = hits.branches.as_ref().map(|taken| self.set(taken)).transpose()?;
        self.hit_sets(process, context, file, HitSets { lines, functions, branches })
    }

    /// Likewise, of sets that the data file has.
    pub(in crate::data) fn hit_sets(
        &mut self,
        process: ProcessId,
        context: i64,
        file: i64,
        added: HitSets,
    ) -> Result<()> {
        let known = if process.is_new { None } else { self.known_hits(process.id, context, file)? };
        let united = known.map_or(Ok(added), |known| self.united_hits(known, added))?;
        if known != Some(united) {
            let sql = "INSERT OR REPLACE INTO hit (process, context, file, lines, functions, branches)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let HitSets { lines, functions, branches } = united;
            let values = params![process.id, context, file, lines, functions, branches];
            self.connection.prepare_cached(sql)?.execute(values)?;
        }
        Ok(())
    }

    /// The sets of both together.
    pub(in crate::data) fn united_hits(&mut self, one: HitSets, other: HitSets) -> Result<HitSets> {
        let branches = match (one.branches, other.branches) {
            (Some(one), Some(other)) => Some(self.united_sets(one, other)?),
            (one, other) => one.or(other),
        };
        let lines = self.united_sets(one.lines, other.lines)?;
        Ok(HitSets { lines, functions: self.united_sets(one.functions, other.functions)?, branches })
    }

    /// Removes unused sets.
    pub(in crate::data) fn tidy(&mut self) -> Result<()> {
        if self.displaced {
            self.connection.execute(
                "DELETE FROM number_set WHERE id NOT IN (
                     SELECT lines FROM hit UNION SELECT functions FROM hit
                     UNION SELECT branches FROM hit WHERE branches IS NOT NULL
                     UNION SELECT lines FROM executable
                     UNION SELECT branches FROM executable WHERE branches IS NOT NULL
                     UNION SELECT snapshots FROM run)",
                [],
            )?;
            self.forget();
        }
        Ok(())
    }

    fn known_hits(&self, process: i64, context: i64, file: i64) -> Result<Option<HitSets>> {
        let sql =
            "SELECT lines, functions, branches FROM hit WHERE process = ?1 AND context = ?2 AND file = ?3";
        let mut find = self.connection.prepare_cached(sql)?;
        let sets = |row: &rusqlite::Row| {
            Ok(HitSets { lines: row.get(0)?, functions: row.get(1)?, branches: row.get(2)? })
        };
        find.query_row([process, context, file], sets).optional()
    }

    /// [`united`](Self::united), or `None` if there is nothing in either.
    fn united_if_any(&mut self, known: Option<i64>, added: &NumberSet) -> Result<Option<i64>> {
        if known.is_none() && added.is_empty() { Ok(None) } else { self.united(known, added).map(Some) }
    }

    /// The id of the union of two sets.
    fn united_sets(&mut self, one: i64, other: i64) -> Result<i64> {
        if one == other {
            return Ok(one);
        }
        // The other one may have no other use.
        self.displaced = true;
        let other = rows::number_set(self.connection, other)?;
        self.united(Some(one), &other)
    }

    /// The id of the union of set `known` with `added`.
    fn united(&mut self, known: Option<i64>, added: &NumberSet) -> Result<i64> {
        let Some(id) = known else { return self.set(added) };
        let mut union = rows::number_set(self.connection, id)?;
        let before = union.len();
        union.union_with(added);
        if union.len() == before {
            return Ok(id);
        }
        self.displaced = true;
        self.set(&union)
    }

    /// The id of a set.
    pub(in crate::data) fn set(&mut self, numbers: &NumberSet) -> Result<i64> {
        let numbits = numbers.to_numbits();
        let digest = digest(&[&numbits]);
        if let Some(id) = self.sets.get(&digest) {
            return Ok(*id);
        }
        let find = "SELECT id FROM number_set WHERE digest = ?1";
        let known = self.connection.prepare_cached(find)?.query_row([digest], |row| row.get(0)).optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                let sql = "INSERT INTO number_set (digest, numbits) VALUES (?1, ?2)";
                self.connection.prepare_cached(sql)?.insert(params![digest, numbits])?
            }
        };
        if self.sets.len() >= CACHED_SETS {
            self.sets.clear();
        }
        self.sets.insert(digest, id);
        Ok(id)
    }

    fn identify(&self, find: &str, add: &str, name: &str) -> Result<i64> {
        if let Some(id) =
            self.connection.prepare_cached(find)?.query_row([name], |row| row.get(0)).optional()?
        {
            return Ok(id);
        }
        self.connection.prepare_cached(add)?.query_row([name], |row| row.get(0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::create_schema;
    use super::*;

    #[test]
    fn objects_of_one_identity_are_one_if_they_have_the_same_runtime() {
        let connection = Connection::open_in_memory().unwrap();
        create_schema(&connection).unwrap();
        let store = Store::new(&connection, None);
        let id = |runtime| store.object(ObjectIdentity { runtime, identity: "3.13.0" }).unwrap();
        let ids = [id(None), id(Some("python")), id(Some("other"))];
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
        assert_eq!([id(None), id(Some("python")), id(Some("other"))], ids);
        // The database itself refuses a second ELF file of one identity, though NULL equals nothing in SQL.
        connection.execute("INSERT INTO object (identity) VALUES ('3.13.0')", []).unwrap_err();
    }
}
