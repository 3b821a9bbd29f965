//! A data file that has one object and nothing else. The run of a program that is in the cache begins its
//! data file with a copy: to add the functions of a large program one by one takes longer than a short run.

use super::super::data_file::store::Store;
use super::super::error::Error;
use super::super::hit_file::HitFileContents;
use super::super::object_table::ObjectTable;
use super::super::run_directory::RunDirectory;
use super::output;
use super::tables::ResolvedTable;
use crate::byte_text;
use crate::plain::stream::{Reader, Stored, Writer};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;
use std::rc::Rc;

/// Such a data file, and the table of its object.
#[derive(Debug)]
pub struct Template {
    pub(super) database: Vec<u8>,
    pub(super) table: Rc<ResolvedTable>,
}

/// What the data file of a run begins with.
#[derive(Debug)]
pub struct Beginning {
    /// The file name of a table in the run's directory, which is the one that the template was made of.
    pub table: String,
    /// The template.
    pub template: Template,
}

impl Template {
    /// Makes a template of the object table `name` in the directory of a run.
    ///
    /// # Errors
    /// When the table cannot be read, or nothing can be written into the directory.
    pub fn new(directory: &RunDirectory, name: &str) -> Result<Self, Error> {
        let table = ObjectTable::read(&directory.path().join(byte_text::decode_path(name)))?;
        let io = |error| Error::io("write", directory.path())(error);
        let file = directory.create_file(OsStr::new("template")).map_err(io)?;
        let failed = |source| Error::Database { path: file.path(), source };
        let write = || {
            let connection = output::create(&file.path())?;
            let table = ResolvedTable::new(table, &mut Store::new(&connection, None))?;
            connection.execute_batch("COMMIT")?;
            connection.close().map_err(|(_, error)| error)?;
            Ok(Rc::new(table))
        };
        let table = write().map_err(failed);
        let mut database = Vec::new();
        let read = file.with("read", |mut file| {
            file.rewind()?;
            file.read_to_end(&mut database)
        });
        file.remove();
        read.map_err(io)?;
        Ok(Self { database, table: table? })
    }
}

impl Beginning {
    /// Does one of these hit files name the table? The data file has no object of which nothing ran.
    pub(super) fn is_named_in(&self, hit_files: &[PathBuf]) -> bool {
        let names_table = |path: &PathBuf| {
            fs::read(path).is_ok_and(|bytes| {
                let contents = HitFileContents::read(&bytes);
                contents.process.is_some() && contents.sites.iter().any(|hits| hits.table == self.table)
            })
        };
        hit_files.iter().any(names_table)
    }
}

impl Stored for Template {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.array(&self.database)?;
        self.table.store(writer)
    }

    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self> {
        Ok(Self { database: reader.bytes()?, table: Rc::new(ResolvedTable::load(reader)?) })
    }
}
