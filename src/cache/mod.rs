//! What was read of objects, kept on disk for the next run: of a large program, its debug information takes seconds.
//!
//! An entry holds an [`Object`] and all that it depends on that this was read: which file it is of, and each question that was
//! asked of anything else meanwhile, with the answer ([`Answers`]): what is at each place where debug information may be, and of each
//! source whether it counts. An entry is used only if all that is the same today. So it is as good as reading again, whatever
//! has changed: the program, a debug file, a split unit, the sources that are here, or what `--source`, `--include` and
//! `--omit` choose. Their spelling is in the name of the entry, only so that two ways to run a program do not
//! overwrite each other's.

mod entries;
mod location;

use crate::data::checksummed::Magic;
use crate::object::{self, Answers, DebugSearch, Identity, Object};
use entries::Entries;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The first bytes of an entry; the digit is the version of its format.
const MAGIC: Magic = *b"fcCache1";
/// What is read faster than this is not kept: it would take a good part of that to read the entry.
const WORTH: Duration = Duration::from_millis(30);
/// The most that all entries take together, in bytes.
const ROOM: u64 = 256 << 20;
/// The kernel's clock of files moves in steps, of at most 10 ms: a file could be written to twice in one, and show it once. This
/// is more than a step, and less than [`WORTH`], so that what is older than the run is old enough.
const STEP: Duration = Duration::from_millis(20);

/// Objects that were read before. The default keeps nothing.
#[derive(Debug, Default)]
pub struct Cache {
    entries: Option<Entries>,
    /// How the sources that count are spelt.
    filter: String,
    worth: Duration,
}

/// An object, and where it is from.
#[derive(Debug)]
pub struct Got {
    /// The object.
    pub object: Object,
    /// Whether it was in the cache.
    pub is_cached: bool,
    /// Why it could not be kept for the next time, if it should have been.
    pub failure: Option<io::Error>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    file: Identity,
    answers: Answers,
    object: Object,
}

impl Cache {
    /// The user's: `$XDG_CACHE_HOME/forkcov`, or `~/.cache/forkcov`. Without either, nothing is kept. `filter` is how the
    /// sources that count are spelt.
    pub fn of_user(filter: String) -> Self {
        location::of_user().map_or_else(Self::default, |directory| Self::at(directory, filter, WORTH, ROOM))
    }

    /// One in `directory`, of at most `room` bytes, for objects that take at least `worth` to read.
    pub fn at(directory: PathBuf, filter: String, worth: Duration, room: u64) -> Self {
        Self { entries: Some(Entries { directory, room }), filter, worth }
    }

    /// The same as [`object::read_with`], which does the work if it has to. `wanted` may be asked twice for a source.
    ///
    /// # Errors
    /// As [`object::read`].
    pub fn read(
        &self,
        search: &DebugSearch,
        file: &File,
        path: &Path,
        wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<Got, object::Error> {
        let got = |object| Got { object, is_cached: false, failure: None };
        let (Some(entries), Ok(metadata)) = (&self.entries, file.metadata()) else {
            return object::read_with(search, file, path, wanted).map(got);
        };
        let identity = Identity::of(&metadata);
        let name = name(search, file, path, &self.filter);
        let is_same = |entry: &Entry| entry.file == identity && entry.answers.hold(wanted);
        if let Some(entry) = entries.get(&name, MAGIC).filter(is_same) {
            entries.used(&name);
            return Ok(Got { is_cached: true, ..got(entry.object) });
        }
        let begun = Instant::now();
        let (object, answers) = object::read_answered(search, file, path, wanted)?;
        let entry = Entry { file: identity, answers, object };
        let is_kept = begun.elapsed() >= self.worth && entry.is_certain(file);
        let failure = if is_kept { entries.put(&name, MAGIC, &entry).err() } else { None };
        Ok(Got { failure, ..got(entry.object) })
    }
}

impl Entry {
    /// Whether it is of files that nobody wrote to while they were read, nor can have written to since without a trace, and
    /// nothing failed that may not fail next time.
    fn is_certain(&self, file: &File) -> bool {
        let is_same = file.metadata().is_ok_and(|metadata| Identity::of(&metadata) == self.file);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let is_old = |file: Identity| file.changed().is_some_and(|changed| changed + STEP <= now);
        let has_all = self.object.remarks.is_empty() && self.object.notes.is_empty();
        has_all
            && is_same
            && self.answers.files_hold()
            && is_old(self.file)
            && self.answers.files().all(is_old)
    }
}

/// The name of the entry of an object, with all that tells whose it is; and who has read it, this very build of forkcov.
fn name(search: &DebugSearch, file: &File, path: &Path, filter: &str) -> String {
    let own = fs::metadata("/proc/self/exe").map(|metadata| Identity::of(&metadata)).ok();
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
