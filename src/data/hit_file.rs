//! The hit file of one process: written while it runs, through a shared mapping, read by `combine`.
//!
//! After 16 bytes of magic comes one segment after the other, each with a header of 16 bytes: a magic word, its
//! kind, and the length of its payload in bytes (little-endian; the payload is followed by zeros up to a
//! multiple of 8). The payload of a start, an image or an end is JSON. That of sites is a JSON [`SitesHeader`],
//! a zero byte, and one byte per site: not 0 if the process reached it.
//!
//! forkcov may be killed at any moment. A segment that was being appended then is the last one, and is as if it
//! had never been begun; hits are single bytes of a segment that was complete before.

use super::table::named;
use super::{Exit, Image, ProcessStart, names};
use memmap2::{MmapMut, MmapOptions};
use nix::errno::Errno;
use nix::fcntl::FallocateFlags;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, Error, ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The first bytes of a hit file; the last but one is the version of the format.
const MAGIC: &[u8; 16] = b"forkcov hits 1\n\0";
const SEGMENT: u32 = u32::from_le_bytes(*b"SEGM");
const HEADER: usize = 16;

const START: u32 = 1;
const IMAGE: u32 = 2;
const SITES: u32 = 3;
const END: u32 = 4;

/// How a process ended, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// How.
    pub exit: Exit,
    /// When: seconds since the epoch.
    pub ended: f64,
}

#[derive(Debug, Serialize, Deserialize)]
struct SitesHeader {
    /// The name of the object's table, in the same directory.
    table: String,
    sites: usize,
}

/// The hit file of a living process. It holds no descriptor open: there may be thousands.
#[derive(Debug)]
pub struct HitFile {
    path: PathBuf,
    length: u64,
}

impl HitFile {
    /// Makes the hit file of a process that begins, beside `data_file`.
    ///
    /// # Errors
    /// As open(2) and write(2), with the path named.
    pub fn create(data_file: &Path, start: &ProcessStart) -> io::Result<Self> {
        let path = names::hit_file(data_file, &start.host, start.pid);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(segment(START, &json(start)?));
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            file.write_all(&bytes)
        };
        write().map_err(|error| named("write", &path, &error))?;
        Ok(Self { path, length: bytes.len() as u64 })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The process runs a new program.
    ///
    /// # Errors
    /// As [`HitFile::create`].
    pub fn image(&mut self, image: &Image) -> io::Result<()> {
        self.append(&segment(IMAGE, &json(image)?))
    }

    /// The process ended.
    ///
    /// # Errors
    /// As [`HitFile::create`].
    pub fn end(&mut self, exit: Exit, ended: f64) -> io::Result<()> {
        self.append(&segment(END, &json(&End { exit, ended })?))
    }

    /// Room for the hits of an object with so many sites, whose table has this file name. The room is taken
    /// on disk here: a store into a mapping for which there is none would be a SIGBUS.
    ///
    /// # Errors
    /// As [`HitFile::create`], and ENOSPC.
    pub fn object(&mut self, table: &str, sites: usize) -> io::Result<Hits> {
        let mut front = json(&SitesHeader { table: table.to_owned(), sites })?;
        front.push(0);
        let payload = front.len() + sites;
        front.splice(0..0, header(SITES, payload));
        let hits = self.length + front.len() as u64;
        let end = (self.length + (HEADER + payload) as u64).next_multiple_of(8);
        let mapping = self.allocate(&front, end).and_then(|file| map(&file, hits, sites));
        let mapping = mapping.map_err(|error| named("write", &self.path, &error))?;
        self.length = end;
        Ok(Hits::Mapped(mapping))
    }

    /// Gives the file blocks up to `end`, all zeros, and then appends `front`: in this order a segment that
    /// can be seen is whole.
    fn allocate(&self, front: &[u8], end: u64) -> io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        let room = (end - self.length).cast_signed();
        match nix::fcntl::fallocate(&file, FallocateFlags::empty(), self.length.cast_signed(), room) {
            // A file system that cannot promise room (fallocate(2)): zeros take it.
            Err(Errno::EOPNOTSUPP) => file.write_all_at(&vec![0; room as usize], self.length)?,
            other => other?,
        }
        file.write_all_at(front, self.length)?;
        Ok(file)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let write = || OpenOptions::new().write(true).open(&self.path)?.write_all_at(bytes, self.length);
        write().map_err(|error| named("write", &self.path, &error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

#[expect(unsafe_code, reason = "a mapping of a file is unsafe, since others may truncate the file")]
fn map(file: &File, at: u64, length: usize) -> io::Result<MmapMut> {
    // SAFETY: the file belongs to this run: its name is random, and `combine` leaves the files of a run that
    // goes on alone.
    unsafe { MmapOptions::new().offset(at).len(length).map_mut(file) }
}

/// The hits of one process in one object: a byte per site. A plain store records a hit, and it is on its way
/// to the disk whatever becomes of forkcov.
#[derive(Debug)]
pub enum Hits {
    /// In the hit file.
    Mapped(MmapMut),
    /// In memory alone, since there was no room on disk.
    Memory(Vec<u8>),
}

impl Hits {
    /// A substitute when there is no room on disk.
    pub fn memory(sites: usize) -> Self {
        Self::Memory(vec![0; sites])
    }

    /// Is it only in memory?
    pub fn is_in_memory(&self) -> bool {
        matches!(self, Self::Memory(_))
    }

    /// Records that `site` was reached.
    pub fn set(&mut self, site: usize) {
        match self {
            Self::Mapped(bytes) => bytes[site] = 1,
            Self::Memory(bytes) => bytes[site] = 1,
        }
    }

    /// Was `site` reached?
    pub fn is_set(&self, site: usize) -> bool {
        match self {
            Self::Mapped(bytes) => bytes[site] != 0,
            Self::Memory(bytes) => bytes[site] != 0,
        }
    }
}

/// What a hit file says.
#[derive(Debug)]
pub struct Recorded {
    /// Whose it is.
    pub start: ProcessStart,
    /// What the process ran.
    pub images: Vec<Image>,
    /// The sites that it reached: per object, the name of its table and a byte per site.
    pub sites: Vec<(String, Vec<u8>)>,
    /// How it ended, if forkcov lived to see it.
    pub end: Option<End>,
}

impl Recorded {
    /// Reads a hit file. `None` if forkcov was killed before it could say whose it is.
    ///
    /// # Errors
    /// When it cannot be read, or is no hit file or a damaged one, with the path named.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let bytes = std::fs::read(path).map_err(|error| named("read", path, &error))?;
        let damaged = |what| named("read", path, &Error::new(ErrorKind::InvalidData, what));
        let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
            return if MAGIC.starts_with(&bytes) { Ok(None) } else { Err(damaged("it is no hit file")) };
        };
        let (mut start, mut images, mut sites, mut end) = (None, Vec::new(), Vec::new(), None);
        while let Some((kind, payload, later)) = next_segment(rest).map_err(damaged)? {
            rest = later;
            let understood = match kind {
                START => from_json(payload).map(|it| start = Some(it)),
                IMAGE => from_json(payload).map(|it| images.push(it)),
                SITES => sites_of(payload).map(|it| sites.push(it)),
                END => from_json(payload).map(|it| end = Some(it)),
                _ => None,
            };
            understood.ok_or_else(|| damaged("it is damaged"))?;
        }
        Ok(start.map(|start| Self { start, images, sites, end }))
    }
}

fn header(kind: u32, payload: usize) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..4].copy_from_slice(&SEGMENT.to_le_bytes());
    bytes[4..8].copy_from_slice(&kind.to_le_bytes());
    bytes[8..].copy_from_slice(&(payload as u64).to_le_bytes());
    bytes
}

fn segment(kind: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(kind, payload.len()).to_vec();
    bytes.extend(payload);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// Kind, payload, and what comes after. `None` at the end, and where forkcov was killed before the segment was
/// whole.
fn next_segment(bytes: &[u8]) -> Result<Option<(u32, &[u8], &[u8])>, &'static str> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else { return Ok(None) };
    let [magic, kind, low, high] = [0, 4, 8, 12]
        .map(|at| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let length = u64::from(low) | u64::from(high) << 32;
    match usize::try_from(length).ok().filter(|&length| length <= rest.len()) {
        // Room that was taken for sites, and not used.
        _ if header.iter().all(|&byte| byte == 0) => Ok(None),
        _ if magic != SEGMENT => Err("it is damaged"),
        // The blocks of sites are there before their header is.
        None if kind == SITES => Err("it is truncated"),
        None => Ok(None),
        Some(length) => {
            let later = rest.get(length.next_multiple_of(8)..).unwrap_or_default();
            Ok(Some((kind, &rest[..length], later)))
        }
    }
}

fn sites_of(payload: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = payload.iter().position(|&byte| byte == 0)?;
    let header: SitesHeader = from_json(&payload[..end])?;
    let hits = &payload[end + 1..];
    (hits.len() == header.sites && !header.table.contains('/')).then(|| (header.table, hits.to_vec()))
}

fn json(value: &impl Serialize) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(Error::other)
}

fn from_json<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::Birth;
    use super::*;

    fn start() -> ProcessStart {
        ProcessStart {
            run: "r".to_owned(),
            serial: 1,
            parent: Some(0),
            host: "h".to_owned(),
            pid: 7,
            birth: Birth::Fork,
            started: 1.5,
        }
    }

    fn written(directory: &Path) -> PathBuf {
        let mut file = HitFile::create(&directory.join("data"), &start()).unwrap();
        file.image(&Image { executable: "/bin/a".to_owned(), argv: vec!["a".to_owned()] }).unwrap();
        let mut hits = file.object("table", 5000).unwrap();
        assert!(!hits.is_set(4999));
        hits.set(4999);
        file.end(Exit::Signal(9), 2.5).unwrap();
        file.path().to_owned()
    }

    #[test]
    fn what_is_recorded_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let recorded = Recorded::read(&written(directory.path())).unwrap().unwrap();
        assert_eq!(recorded.start, start());
        assert_eq!(recorded.images[0].argv, ["a"]);
        let (table, hits) = &recorded.sites[0];
        assert_eq!(
            (table.as_str(), hits.len(), hits.iter().position(|&hit| hit != 0)),
            ("table", 5000, Some(4999))
        );
        assert_eq!(recorded.end, Some(End { exit: Exit::Signal(9), ended: 2.5 }));
    }

    #[test]
    fn a_hit_is_on_its_way_to_the_disk_without_another_call() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = HitFile::create(&directory.path().join("data"), &start()).unwrap();
        let mut hits = file.object("table", 3).unwrap();
        hits.set(1);
        let recorded = Recorded::read(file.path()).unwrap().unwrap();
        assert_eq!(recorded.sites, [("table".to_owned(), vec![0, 1, 0])]);
        assert_eq!(recorded.end, None);
    }

    #[test]
    fn a_file_cut_anywhere_keeps_what_was_whole_or_is_called_damaged() {
        let directory = tempfile::tempdir().unwrap();
        let path = written(directory.path());
        let bytes = std::fs::read(&path).unwrap();
        let mut before = 0;
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            if let Ok(recorded) = Recorded::read(&path) {
                let now = recorded.map_or(0, |it| 1 + it.images.len() + it.sites.len());
                assert!(now >= before, "{length} bytes");
                before = now;
            }
        }
        assert_eq!(before, 3);
    }
}
