//! The log that a generated program writes of its lines (`runtime/log.c`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

/// Bytes before the first record.
const HEAD: usize = 1 << 16;
/// Bytes in all, of which most are never written.
const SIZE: u64 = 1 << 22;

/// (number of the file, line).
pub type Place = (u32, u32);

/// What each process logged.
pub type Log = BTreeMap<i32, BTreeSet<Place>>;

/// Makes an empty log.
pub fn create(path: &Path) -> Result<(), String> {
    let made = File::create(path).and_then(|file| file.set_len(SIZE));
    made.map_err(|why| format!("failed to make {}: {why}", path.display()))
}

/// Reads a log.
pub fn read(path: &Path) -> Result<Log, String> {
    let bytes = fs::read(path).map_err(|why| format!("failed to read {}: {why}", path.display()))?;
    let (head, records) = bytes.split_at_checked(HEAD).ok_or("the log is too short")?;
    let count = head.first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes));
    let records = records.as_chunks().0.get(..count as usize).ok_or("the log is too short")?;
    let mut log = Log::new();
    for record in records {
        let record = u64::from_ne_bytes(*record);
        let (pid, place) = ((record >> 32) as i32, record as u32);
        if pid == 0 {
            return Err("a process died while it logged a line".to_string());
        }
        log.entry(pid).or_default().insert((place >> 24, place & 0xff_ffff));
    }
    Ok(log)
}
