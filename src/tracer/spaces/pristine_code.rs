//! Code that a process has mapped, and that nothing has changed yet: the file has it as well, and is read
//! much quicker than the memory of the process.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Code that the kernel has mapped at an exec, when no task has run since.
#[derive(Debug)]
pub struct PristineCode {
    /// The very file that is mapped, privately.
    pub file: File,
    /// Where it is mapped.
    pub range: Range<u64>,
    /// The offset in the file of the first byte there.
    pub offset: u64,
    /// The path that the process sees in `/proc/PID/maps`, if that is the one that forkcov sees, and the code
    /// can be read and executed, and not written.
    pub name: Option<PathBuf>,
}

impl PristineCode {
    /// Are these the bytes at `address`? False if that is not known.
    pub fn has(&self, address: u64, bytes: &[u8]) -> bool {
        const CHUNK: usize = 1 << 16;
        let end = address.saturating_add(bytes.len() as u64);
        if address < self.range.start || end > self.range.end {
            return false;
        }
        let start = self.offset + (address - self.range.start);
        let mut buffer = vec![0; CHUNK.min(bytes.len())];
        (start..).step_by(CHUNK).zip(bytes.chunks(CHUNK)).all(|(offset, chunk)| {
            let there = &mut buffer[..chunk.len()];
            self.file.read_exact_at(there, offset).is_ok() && there == chunk
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn bytes_are_those_of_the_file_or_not_known() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..200_000_u32).map(|byte| (byte % 251) as u8).collect();
        file.write_all(&bytes).unwrap();
        let code = PristineCode { file, range: 0x1000..0x1000 + 190_000, offset: 1000, name: None };
        assert!(code.has(0x1000, &bytes[1000..191_000]) && code.has(0x1007, &bytes[1007..1010]));
        let mut other = bytes.clone();
        other[150_000] ^= 1;
        assert!(!code.has(0x1000, &other[1000..191_000]));
        assert!(!code.has(0xfff, &bytes[999..1010]) && !code.has(0x1000, &bytes[1000..191_001]));
        code.file.set_len(150_000).unwrap();
        assert!(!code.has(0x1000, &bytes[1000..191_000]));
    }
}
