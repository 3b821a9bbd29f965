//! Writing a hit file.

use super::super::error::named;
use super::super::{Exit, Image, ProcessStart, names};
use super::growing_file::GrowingFile;
use super::pieces::{PieceId, Pieces};
use super::segment::{self, EndMetadata, LogName, Metadata, PieceHeader, TableName};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The hit file of one process, while the process is traced.
///
/// It keeps no file descriptor open between calls, as there may be thousands of hit files. Its size depends
/// on what was hit. Every error names the file and has the kind of its cause ([`ErrorKind::StorageFull`], for
/// example). A call that fails leaves the file unchanged.
#[derive(Debug)]
pub struct HitFile {
    /// `None` if the file could not be created.
    room: Option<GrowingFile>,
    /// The numbers of the objects that the file names, in its order.
    objects: Vec<u32>,
    pieces: Pieces,
}

/// An object that a process maps.
#[derive(Debug, Clone, Copy)]
pub struct ObjectRef<'a> {
    /// Its number, which the caller chooses.
    pub number: u32,
    /// The file name of the [`ObjectTable`](super::super::object_table::ObjectTable) of the object.
    pub table: &'a str,
    /// How many sites it has.
    pub sites: usize,
}

impl HitFile {
    /// Creates a hit file beside `data_file` under a new name. A relative `data_file` is looked up from the
    /// current directory at every call.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn create(data_file: &Path, start: &ProcessStart) -> io::Result<Self> {
        let bytes = segment::encode(start, 0)?;
        loop {
            let path = names::hit_file(data_file, &start.host, start.pid);
            match GrowingFile::create(path, &bytes) {
                // Another program has drawn the same random number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(room) => return Ok(Self { room: Some(room), ..Self::missing() }),
            }
        }
    }

    /// Stands for a hit file that could not be created. It keeps hits in memory, and writes nothing.
    pub fn missing() -> Self {
        Self { room: None, objects: Vec::new(), pieces: Pieces::default() }
    }

    /// Its path, if there is a file.
    pub fn path(&self) -> Option<&Path> {
        self.room.as_ref().map(GrowingFile::path)
    }

    /// Records that the process runs `image` from now on.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn image(&mut self, image: &Image) -> io::Result<()> {
        self.append(image)
    }

    /// Records that the process writes to the runtime log of this name from now on. A name may occur several
    /// times.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn log(&mut self, log: &str) -> io::Result<()> {
        self.append(&LogName { log: log.to_owned() })
    }

    /// Records how the process ended, and when (seconds since the epoch).
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn end(&mut self, exit: Exit, ended: f64) -> io::Result<()> {
        self.append(&EndMetadata { exit, ended })
    }

    /// Names an object, even if none of its sites was hit.
    ///
    /// # Errors
    /// When the disk is full, or the file cannot be opened, written or mapped.
    pub fn object(&mut self, object: ObjectRef) -> io::Result<()> {
        let Some(room) = self.room.as_mut().filter(|_| !self.objects.contains(&object.number)) else {
            return Ok(());
        };
        let count = u32::try_from(object.sites).map_err(|_| {
            named("write", room.path(), &io::Error::new(ErrorKind::InvalidInput, "2^32 sites"))
        })?;
        room.append(&segment::encode(&TableName { table: object.table.to_owned() }, count)?)?;
        self.objects.push(object.number);
        Ok(())
    }

    /// Records that a site of an object was hit, in any image of the process.
    ///
    /// The first hit of a piece allocates disk space for all its sites. So a full disk is an error here, and
    /// no SIGBUS later. Further hits are a byte store, without a system call.
    ///
    /// # Errors
    /// When the disk is full, or the file cannot be opened, written or mapped. The hit is then kept in memory
    /// until [`HitFile::save`] succeeds.
    ///
    /// # Panics
    /// When there is no such site.
    pub fn set(&mut self, object: ObjectRef, site: usize) -> io::Result<()> {
        assert!(site < object.sites, "no site {site} of {}", object.sites);
        let (piece, place) = PieceId::of(object.number, site);
        let added = if self.pieces.lacks(piece) { self.add(object, piece) } else { Ok(()) };
        self.pieces.set(piece, place, self.room.as_ref());
        added
    }

    /// Records that all of these sites were hit.
    ///
    /// # Errors
    /// As [`HitFile::set`]: the first error. All sites are recorded nevertheless.
    ///
    /// # Panics
    /// When there is no such site.
    pub fn set_all(&mut self, object: ObjectRef, sites: impl IntoIterator<Item = usize>) -> io::Result<()> {
        sites.into_iter().map(|site| self.set(object, site)).fold(Ok(()), Result::and)
    }

    /// Whether a site of the object with this number was hit.
    pub fn is_set(&self, object: u32, site: usize) -> bool {
        let (piece, place) = PieceId::of(object, site);
        self.pieces.is_set(piece, place, self.room.as_ref())
    }

    /// Tries again to write hits that are kept in memory. `object` gives the object with a number.
    ///
    /// # Errors
    /// As [`HitFile::set`].
    pub fn save<'a>(&mut self, object: impl Fn(u32) -> ObjectRef<'a>) -> io::Result<()> {
        if self.pieces.unsaved == 0 || self.room.is_none() {
            return Ok(());
        }
        let unsaved = self.pieces.in_memory().into_iter();
        unsaved.map(|piece| self.put(object(piece.object), piece)).fold(Ok(()), Result::and)
    }

    /// Adds a piece: in the file, or else in memory.
    fn add(&mut self, object: ObjectRef, piece: PieceId) -> io::Result<()> {
        if self.room.is_none() {
            self.pieces.put_in_memory(piece);
            return Ok(());
        }
        self.put(object, piece).inspect_err(|_| self.pieces.put_in_memory(piece))
    }

    fn put(&mut self, object: ObjectRef, piece: PieceId) -> io::Result<()> {
        self.object(object)?;
        let Some(room) = &mut self.room else { return Ok(()) };
        let ordinal = self.objects.iter().position(|number| *number == object.number).unwrap_or_default();
        let (first, sites) = piece.range(object.sites as u32);
        let place = PieceHeader { object: ordinal as u32, first };
        let at = room.append_zeros(&segment::encode_piece(place, sites), sites as usize)?;
        self.pieces.put_in_file(piece, at, room);
        Ok(())
    }

    fn append<T: Metadata>(&mut self, value: &T) -> io::Result<()> {
        match &mut self.room {
            Some(room) => room.append(&segment::encode(value, 0)?),
            None => Ok(()),
        }
    }
}
