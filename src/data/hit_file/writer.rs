//! Writing a hit file.

use super::super::error::named;
use super::super::{ContextStart, Exit, Image, ProcessStart, RunFiles, TestResult};
use super::appended_file::AppendedFile;
use super::pieces::{PieceId, Pieces};
use super::segment::{
    self, CounterLayout, EndMetadata, LeftMetadata, LogName, Metadata, PieceHeader, TableName,
};
use std::io::{self, ErrorKind};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The hit file of one process, while the process is traced.
///
/// Its size depends on what was hit. Every error names the file and has the kind of its cause
/// ([`ErrorKind::StorageFull`], for example). A call that fails leaves the file unchanged.
#[derive(Debug)]
pub struct HitFile {
    /// `None` if the file could not be created.
    file: Option<AppendedFile>,
    /// The numbers of the objects that the file names, in its order.
    objects: Vec<u32>,
    /// How many contexts have begun: the number of the one that hits belong to.
    context: u32,
    pieces: Pieces,
    /// Whether some pieces are not in the file.
    has_unsaved: bool,
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
    /// Creates a hit file under a new name.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn create(files: &RunFiles, start: &ProcessStart) -> io::Result<Self> {
        let bytes = segment::encode(start, 0)?;
        loop {
            match AppendedFile::create(&files.directory, &files.names.hit_file(start.pid), &bytes) {
                // Another program has drawn the same random number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => return Ok(Self { file: Some(file), ..Self::missing() }),
            }
        }
    }

    /// Stands for a hit file that could not be created. It keeps hits in memory, and writes nothing.
    pub fn missing() -> Self {
        Self { file: None, objects: Vec::new(), context: 0, pieces: Pieces::default(), has_unsaved: false }
    }

    /// Its path, if there is a file.
    pub fn path(&self) -> Option<PathBuf> {
        self.file.as_ref().map(AppendedFile::path)
    }

    /// Records that the process runs `image` from now on.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn image(&mut self, image: &Image) -> io::Result<()> {
        self.append(image)
    }

    /// Records that a context begins, which the one before ends with. What is hit from now on belongs to it,
    /// even if it was hit before. What the process has counted must be in the file by then.
    ///
    /// # Errors
    /// When the file cannot be opened or written. Hits still belong to the context before.
    pub fn context(&mut self, context: &ContextStart) -> io::Result<()> {
        self.append(context)?;
        self.context += 1;
        self.pieces.forget_saved();
        Ok(())
    }

    /// Records how a test ended.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn result(&mut self, result: &TestResult) -> io::Result<()> {
        self.append(result)
    }

    /// Records that the process writes to the runtime log of this name from now on. A name may occur several
    /// times.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn log(&mut self, log: &str) -> io::Result<()> {
        self.append(&LogName { log: log.to_owned(), place: None })
    }

    /// The same, for the log at a place among those of children in the file of this name.
    ///
    /// # Errors
    /// As [`HitFile::log`].
    pub fn child_log(&mut self, file: &str, place: u32) -> io::Result<()> {
        self.append(&LogName { log: file.to_owned(), place: Some(place) })
    }

    /// Records where the process counts from now on, until it ends or executes a program.
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn counters(&mut self, layout: &CounterLayout) -> io::Result<()> {
        self.append(layout)
    }

    /// Records how the process ended, and when (seconds since the epoch).
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn end(&mut self, exit: Exit, ended: f64) -> io::Result<()> {
        self.append(&EndMetadata { exit, ended })
    }

    /// Records when the process continued without forkcov (seconds since the epoch).
    ///
    /// # Errors
    /// When the file cannot be opened or written.
    pub fn left(&mut self, left: f64) -> io::Result<()> {
        self.append(&LeftMetadata { left })
    }

    /// Names an object, even if none of its sites was hit.
    ///
    /// # Errors
    /// When the disk is full, or the file cannot be opened or written.
    pub fn object(&mut self, object: ObjectRef) -> io::Result<()> {
        let Some(file) = self.file.as_mut().filter(|_| !self.objects.contains(&object.number)) else {
            return Ok(());
        };
        let count = u32::try_from(object.sites).map_err(|_| {
            named("write", &file.path(), &io::Error::new(ErrorKind::InvalidInput, "2^32 sites"))
        })?;
        file.append(&segment::encode(&TableName { table: object.table.to_owned() }, count)?)?;
        self.objects.push(object.number);
        Ok(())
    }

    /// Records that a site of an object was hit, in any image of the process.
    ///
    /// # Errors
    /// When the disk is full, or the file cannot be opened or written. The hit is then kept in memory until
    /// [`HitFile::save`] succeeds.
    ///
    /// # Panics
    /// When there is no such site.
    pub fn set(&mut self, object: ObjectRef, site: usize) -> io::Result<()> {
        self.set_all(object, [site..=site])
    }

    /// Records that all sites of these ranges were hit. Ascending sites need fewest system calls.
    ///
    /// # Errors
    /// As [`HitFile::set`]: the first error. All sites are recorded nevertheless.
    ///
    /// # Panics
    /// When there is no such site.
    pub fn set_all(
        &mut self,
        object: ObjectRef,
        sites: impl IntoIterator<Item = RangeInclusive<usize>>,
    ) -> io::Result<()> {
        let (mut result, mut new) = (Ok(()), Vec::new());
        let mut collected: Option<(PieceId, u128)> = None;
        for range in sites {
            assert!(*range.end() < object.sites, "no site {} of {}", range.end(), object.sites);
            for (piece, hit) in PieceId::of_all(self.context, object.number, range) {
                match &mut collected {
                    Some((last, hits)) if *last == piece => *hits |= hit,
                    _ => {
                        let last = collected.replace((piece, hit));
                        let added = last.map_or(Ok(()), |last| self.add(object, last, &mut new));
                        result = result.and(added);
                    }
                }
            }
        }
        if let Some(last) = collected {
            result = result.and(self.add(object, last, &mut new));
        }
        result.and(self.put(object, &new))
    }

    /// Whether a site of the object with this number was hit, since the context began.
    pub fn is_set(&self, object: u32, site: usize) -> bool {
        let (piece, hit) = PieceId::of(self.context, object, site);
        self.pieces.is_set(piece, hit)
    }

    /// Tries again to write hits that are kept in memory. `object` gives the object with a number.
    ///
    /// # Errors
    /// As [`HitFile::set`].
    pub fn save<'a>(&mut self, object: impl Fn(u32) -> ObjectRef<'a>) -> io::Result<()> {
        if !self.has_unsaved || self.file.is_none() {
            return Ok(());
        }
        self.has_unsaved = false;
        let unsaved = self.pieces.unsaved().into_iter();
        // One by one: there may be room for some of them.
        unsaved.map(|piece| self.put(object(piece.object), &[piece])).fold(Ok(()), Result::and)
    }

    /// Adds hits to a piece. If the piece is not in the file, it is added to `new`.
    fn add(
        &mut self,
        object: ObjectRef,
        (piece, hits): (PieceId, u128),
        new: &mut Vec<PieceId>,
    ) -> io::Result<()> {
        let Some(added) = self.pieces.add(piece, hits) else { return Ok(()) };
        let known = self.pieces.get(piece);
        let (Some(at), Some(file)) = (known.at, &self.file) else {
            new.push(piece);
            return Ok(());
        };
        let (_, sites) = piece.range(object.sites as u32);
        let bytes: Vec<u8> = known.bytes(sites).skip(added.start as usize).take(added.len()).collect();
        file.change(at + u64::from(added.start), &bytes).inspect_err(|_| {
            // It is put elsewhere.
            self.pieces.set_place(piece, None);
            self.has_unsaved = true;
        })
    }

    /// Appends pieces of an object to the file: all at once, or those that there is room for.
    fn put(&mut self, object: ObjectRef, pieces: &[PieceId]) -> io::Result<()> {
        let whole = self.put_at_once(object, pieces);
        if whole.is_ok() || pieces.len() < 2 {
            self.has_unsaved |= whole.is_err();
            return whole;
        }
        pieces.iter().map(|piece| self.put(object, &[*piece])).fold(Ok(()), Result::and)
    }

    fn put_at_once(&mut self, object: ObjectRef, pieces: &[PieceId]) -> io::Result<()> {
        if pieces.is_empty() {
            return Ok(());
        }
        self.object(object)?;
        let Some(file) = &mut self.file else { return Ok(()) };
        let ordinal = self.objects.iter().position(|number| *number == object.number).unwrap_or_default();
        let (mut segments, mut places) = (Vec::new(), Vec::new());
        for piece in pieces {
            let (first, sites) = piece.range(object.sites as u32);
            let place = PieceHeader { context: piece.context, object: ordinal as u32, first };
            segments.extend(segment::encode_piece(place, sites));
            places.push(segments.len() as u64);
            segments.extend(self.pieces.get(*piece).bytes(sites));
        }
        let start = file.append(&segments)?;
        pieces.iter().zip(places).for_each(|(piece, at)| self.pieces.set_place(*piece, Some(start + at)));
        Ok(())
    }

    fn append<T: Metadata>(&mut self, value: &T) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.append(&segment::encode(value, 0)?).map(drop),
            None => Ok(()),
        }
    }
}
