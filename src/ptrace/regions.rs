//! What a tracee has mapped, as `/proc/PID/maps` has it (proc_pid_maps(5)).

use super::{Tid, proc_text};
use std::ops::Range;

/// One mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedRegion {
    /// Its addresses.
    pub range: Range<u64>,
    /// Can it be written by the process?
    pub is_writable: bool,
    /// Can it be executed?
    pub is_executable: bool,
    /// Are writes seen by all that have the file mapped?
    pub is_shared: bool,
    /// Where in its file it begins.
    pub offset: u64,
    /// Device, as `MAJOR:MINOR`, and inode of the file; inode 0 if there is none.
    pub file: (String, u64),
}

/// The mappings of `tid`, ascending. None when it has ended.
pub fn mapped_regions(tid: Tid) -> Vec<MappedRegion> {
    let text = proc_text(tid, "maps").unwrap_or_default();
    text.lines().filter_map(parse).collect()
}

fn parse(line: &str) -> Option<MappedRegion> {
    let hexadecimal = |text| u64::from_str_radix(text, 16).ok();
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let permissions = fields.next()?.as_bytes();
    let offset = hexadecimal(fields.next()?)?;
    let (device, inode) = (fields.next()?.to_owned(), fields.next()?.parse().ok()?);
    Some(MappedRegion {
        range: hexadecimal(start)?..hexadecimal(end)?,
        is_writable: permissions.get(1) == Some(&b'w'),
        is_executable: permissions.get(2) == Some(&b'x'),
        is_shared: permissions.get(3) == Some(&b's'),
        offset,
        file: (device, inode),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart() {
        let region = parse("7f00a000-7f00b000 r-xs 00002000 fe:01 12345 /memfd:code (deleted)").unwrap();
        assert_eq!(region.range, 0x7f00_a000..0x7f00_b000);
        assert!(!region.is_writable && region.is_executable && region.is_shared);
        assert_eq!((region.offset, region.file), (0x2000, ("fe:01".to_owned(), 12345)));
    }

    #[test]
    fn the_code_of_this_process_is_found() {
        let here = the_code_of_this_process_is_found as fn() as usize as u64;
        let regions = mapped_regions(std::process::id().cast_signed());
        let region = regions.iter().find(|region| region.range.contains(&here)).unwrap();
        assert!(region.is_executable && !region.is_writable && region.file.1 != 0);
        assert!(regions.is_sorted_by_key(|region| region.range.start));
    }
}
