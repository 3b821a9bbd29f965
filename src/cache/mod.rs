//! Keeps parsed objects on disk for the next run: reading the debug information of a large program takes
//! seconds.
//!
//! An entry holds an [`Object`] and everything that the result depends on: the identity of its file, and
//! every question that was asked while it was read, with the answer ([`Dependencies`]). Such questions are
//! what is at each path where debug information may be, and whether each source is selected. An entry is used
//! only if all answers are the same today. So a cached object is always what reading again would give,
//! whether the program, a debug file, a split unit, the sources on this machine, or `--source`, `--include`
//! and `--omit` have changed. Those options are also part of an entry's name, but only to keep two ways of
//! running a program from overwriting each other's entries.
//!
//! What a run makes of a cached object can be kept beside its entry ([`Cache::keep_derived`]): it depends on
//! nothing but that. Each entry has a number of its own, which what was derived from it repeats.

mod entries;
mod location;

use crate::object::{self, DebugSearch, Dependencies, FileIdentity, Object};
use crate::plain::stream::{Stored, Writer};
use entries::Entries;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// An object that is read in less time is not cached, as reading the entry would take a good part of that.
const MIN_READ_TIME: Duration = Duration::from_millis(5);
/// The greatest total size of all entries, in bytes.
const MAX_SIZE: u64 = 256 << 20;

/// The cache of parsed objects. The default one is always empty.
#[derive(Debug, Default)]
pub struct Cache {
    entries: Option<Entries>,
    /// The options that select sources, as text.
    filter: String,
    min_read_time: Duration,
}

/// An object, and whether it came from the cache.
#[derive(Debug)]
pub struct ObjectRead {
    /// The object.
    pub object: Object,
    /// Whether it was in the cache.
    pub is_cached: bool,
    /// Its entry, if it is in the cache now.
    pub entry: Option<EntryId>,
    /// Why it could not be written to the cache.
    pub failure: Option<io::Error>,
}

/// An entry of the cache, as long as it is not written again.
#[derive(Debug, Clone)]
pub struct EntryId {
    name: String,
    /// Drawn at random when it was written.
    number: u64,
}

struct Entry {
    number: u64,
    file: FileIdentity,
    answers: Dependencies,
    object: Object,
}

impl Cache {
    /// The user's cache: `$XDG_CACHE_HOME/forkcov`, or `~/.cache/forkcov`; an empty one if there is neither.
    /// `filter` is the options that select sources, as text.
    pub fn of_user(filter: String) -> Self {
        location::of_user()
            .map_or_else(Self::default, |directory| Self::at(directory, filter, MIN_READ_TIME, MAX_SIZE))
    }

    /// A cache in `directory`, of at most `max_size` bytes, for objects that take at least `min_read_time` to
    /// read.
    pub fn at(directory: PathBuf, filter: String, min_read_time: Duration, max_size: u64) -> Self {
        Self { entries: Some(Entries { directory, max_size }), filter, min_read_time }
    }

    /// Gives what [`object::read_with`] gives, from the cache if possible. `wanted` may be called twice for a
    /// source.
    ///
    /// # Errors
    /// As [`object::read`].
    pub fn read(
        &self,
        search: &DebugSearch,
        file: &File,
        path: &Path,
        wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<ObjectRead, object::Error> {
        let fresh = |object| ObjectRead { object, is_cached: false, entry: None, failure: None };
        let (Some(entries), Ok(metadata)) = (&self.entries, file.metadata()) else {
            return object::read_with(search, file, path, wanted).map(fresh);
        };
        let identity = FileIdentity::of(&metadata);
        let name = name(search, file, path, &self.filter);
        if let Some((object, number)) = kept(entries, &name, identity, wanted) {
            entries.touch(&name);
            let entry = Some(EntryId { name, number });
            return Ok(ObjectRead { is_cached: true, entry, ..fresh(object) });
        }
        let begun = Instant::now();
        let (object, answers) = object::read_with_dependencies(search, file, path, wanted)?;
        let mut entry = Entry { number: fastrand::u64(..), file: identity, answers, object };
        if begun.elapsed() < self.min_read_time || !entry.is_reliable(file) {
            return Ok(fresh(entry.object));
        }
        entry.answers.note_directories();
        let failure = entries.put(&name, |to| entry.store(to)).err();
        let id = failure.is_none().then_some(EntryId { name, number: entry.number });
        Ok(ObjectRead { entry: id, failure, ..fresh(entry.object) })
    }

    /// What was derived from an entry and kept as `what`. A damaged file counts as absent, and so does what
    /// was derived from an earlier entry of the same object.
    pub fn derived<T: Stored>(&self, entry: &EntryId, what: &str) -> Option<T> {
        let (entries, name) = (self.entries.as_ref()?, entry.beside(what));
        let mut reader = entries.open(&name)?;
        let number: u64 = reader.value().ok()?;
        if number != entry.number {
            return None;
        }
        let derived = T::load(&mut reader).ok()?;
        reader.finish().ok()?;
        entries.touch(&name);
        Some(derived)
    }

    /// Keeps what was derived from an entry, and from nothing else that can change.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_derived<T: Stored>(&self, entry: &EntryId, what: &str, derived: &T) -> io::Result<()> {
        let Some(entries) = &self.entries else { return Ok(()) };
        entries.put(&entry.beside(what), |to| {
            to.value(&entry.number)?;
            derived.store(to)
        })
    }
}

impl EntryId {
    /// The name of the file for what is derived from the entry.
    fn beside(&self, what: &str) -> String {
        format!("{}.{what}", self.name)
    }
}

/// The object of an entry and the number of that, if all that it depends on is the same today. The object is
/// read after that: most of the entry is its tables. A damaged entry counts as absent.
fn kept(
    entries: &Entries,
    name: &str,
    file: FileIdentity,
    wanted: &dyn Fn(&Path) -> bool,
) -> Option<(Object, u64)> {
    let mut reader = entries.open(name)?;
    let (number, kept, answers): (u64, FileIdentity, Dependencies) = reader.value().ok()?;
    reader.checksum().ok()?;
    if kept != file || !answers.hold(wanted) {
        return None;
    }
    let object = Object::load(&mut reader).ok()?;
    reader.finish().ok()?;
    Some((object, number))
}

impl Entry {
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        writer.value(&(self.number, self.file, &self.answers))?;
        writer.checksum()?;
        self.object.store(writer)
    }

    /// Is it certain that no file changed while it was read, that any later change will show in its
    /// timestamp, and that no failure was temporary?
    fn is_reliable(&self, file: &File) -> bool {
        let is_same = file.metadata().is_ok_and(|metadata| FileIdentity::of(&metadata) == self.file);
        let has_all = self.object.diagnostics.is_empty() && self.object.notes.is_empty();
        has_all
            && is_same
            && self.answers.files_hold()
            && self.file.is_settled()
            && self.answers.files().all(|file| file.is_settled())
    }
}

/// The name of an object's entry. It depends on the object, on the options, and on the build of forkcov.
fn name(search: &DebugSearch, file: &File, path: &Path, filter: &str) -> String {
    let own = fs::metadata("/proc/self/exe").map(|metadata| FileIdentity::of(&metadata)).ok();
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(format!("{own:?} {search:?}").as_bytes());
    add(object::build_id(file).unwrap_or_default().as_bytes());
    add(path.as_os_str().as_bytes());
    add(filter.as_bytes());
    hasher.finalize().to_hex().to_string()
}
