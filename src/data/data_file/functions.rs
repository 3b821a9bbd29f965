//! The functions that a data file has already. Objects have thousands, so they are not looked up in the
//! database one by one.

use super::digest::{Digest, digest};
use hashbrown::HashMap;
use rusqlite::{Connection, Result, params};

/// The functions of so many are kept in memory (24 bytes each). Those of other files are read again.
const CACHED_FUNCTIONS: usize = 1 << 20;

/// The functions of the files that have been asked for.
#[derive(Debug, Default)]
pub(super) struct Functions {
    files: HashMap<i64, FileFunctions>,
    kept: usize,
}

/// All functions of a file.
#[derive(Debug, Default)]
struct FileFunctions {
    known: HashMap<Digest, Function>,
    next_ordinal: u32,
}

#[derive(Debug, Clone, Copy)]
struct Function {
    ordinal: u32,
    last: u32,
}

impl Functions {
    /// The ordinal of a function in its file. It is added if the data file does not have it yet.
    pub(super) fn ordinal(
        &mut self,
        connection: &Connection,
        file: i64,
        (line, last): (u32, u32),
        name: &str,
    ) -> Result<u32> {
        let functions = self.of_file(connection, file)?;
        let key = key(line, name);
        if let Some(known) = functions.known.get_mut(&key) {
            // Its last line differs between builds.
            if last > known.last {
                let sql = "UPDATE function SET last = ?1 WHERE file = ?2 AND ordinal = ?3";
                connection.prepare_cached(sql)?.execute(params![last, file, known.ordinal])?;
                known.last = last;
            }
            return Ok(known.ordinal);
        }
        let ordinal = functions.next_ordinal;
        let sql = "INSERT INTO function (file, ordinal, line, last, name) VALUES (?1, ?2, ?3, ?4, ?5)";
        connection.prepare_cached(sql)?.execute(params![file, ordinal, line, last, name])?;
        functions.next_ordinal = ordinal.saturating_add(1);
        functions.known.insert(key, Function { ordinal, last });
        self.kept += 1;
        Ok(ordinal)
    }

    fn of_file(&mut self, connection: &Connection, file: i64) -> Result<&mut FileFunctions> {
        if self.kept > CACHED_FUNCTIONS {
            *self = Self::default();
        }
        if !self.files.contains_key(&file) {
            let functions = FileFunctions::read(connection, file)?;
            self.kept += functions.known.len();
            self.files.insert(file, functions);
        }
        Ok(self.files.entry(file).or_default())
    }
}

impl FileFunctions {
    fn read(connection: &Connection, file: i64) -> Result<Self> {
        let mut functions = Self::default();
        let sql = "SELECT ordinal, line, last, name FROM function WHERE file = ?1";
        let mut find = connection.prepare_cached(sql)?;
        let mut rows = find.query([file])?;
        while let Some(row) = rows.next()? {
            let function = Function { ordinal: row.get(0)?, last: row.get(2)? };
            functions.next_ordinal = functions.next_ordinal.max(function.ordinal.saturating_add(1));
            functions.known.insert(key(row.get(1)?, row.get_ref(3)?.as_str()?), function);
        }
        Ok(functions)
    }
}

/// Line and name identify a function in its file.
fn key(line: u32, name: &str) -> Digest {
    digest(&[&line.to_le_bytes(), name.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::super::create_schema;
    use super::*;

    #[test]
    fn a_function_is_found_again_with_its_last_line() {
        let connection = Connection::open_in_memory().unwrap();
        create_schema(&connection).unwrap();
        connection.execute("INSERT INTO file VALUES (7, '/a.c')", []).unwrap();
        let add = |functions: &mut Functions, line, last, name| {
            functions.ordinal(&connection, 7, (line, last), name).unwrap()
        };
        let mut first = Functions::default();
        let added = [(3, 5, "f"), (3, 4, "g"), (9, 9, "f"), (3, 8, "f"), (3, 6, "f")];
        let ordinals = added.map(|(line, last, name)| add(&mut first, line, last, name));
        assert_eq!(ordinals, [0, 1, 2, 0, 0]);
        // Another run reads what is there.
        let mut second = Functions::default();
        let ordinals = [(9, 12, "f"), (3, 1, "f"), (1, 1, "h")].map(|it| add(&mut second, it.0, it.1, it.2));
        assert_eq!(ordinals, [2, 0, 3]);
        let sql = "SELECT max(last) FROM function WHERE file = 7 GROUP BY ordinal ORDER BY ordinal";
        let mut lasts = connection.prepare(sql).unwrap();
        let lasts: Result<Vec<u32>> = lasts.query_map([], |row| row.get(0)).unwrap().collect();
        assert_eq!(lasts.unwrap(), [8, 4, 12, 1]);
    }
}
