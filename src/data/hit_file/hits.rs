//! The bytes of the sites of one object in one process.

use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};

/// A byte for each site: 0, or 1 once it was hit. Dropping it unmaps the file, and forgets nothing.
///
/// Each one that is mapped counts against the limit `vm.max_map_count` (65,530 unless changed).
#[derive(Debug)]
pub struct Hits(Bytes);

#[derive(Debug)]
enum Bytes {
    Mapped(MmapRaw),
    Memory(Box<[AtomicU8]>),
}

impl Hits {
    /// `sites` bytes of memory that no file stands behind, for when the disk is full.
    pub fn memory(sites: usize) -> Self {
        Self(Bytes::Memory((0..sites).map(|_| AtomicU8::new(0)).collect()))
    }

    /// Maps `sites` bytes of `file` from `offset`; the file must have them already.
    pub(super) fn map(file: &File, offset: u64, sites: usize) -> io::Result<Self> {
        if sites == 0 {
            return Ok(Self::memory(0)); // mmap(2) refuses a length of 0
        }
        Ok(Self(Bytes::Mapped(MmapOptions::new().offset(offset).len(sites).map_raw(file)?)))
    }

    /// How many sites there are.
    pub fn len(&self) -> usize {
        self.bytes().len()
    }

    /// Whether there is no site.
    pub fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Records a hit: a plain byte store, no system call.
    ///
    /// # Panics
    /// When there is no site `index`, as indexing does.
    pub fn set(&self, index: usize) {
        self.bytes()[index].store(1, Ordering::Relaxed);
    }

    /// Whether site `index` was hit.
    ///
    /// # Panics
    /// When there is no site `index`.
    pub fn is_set(&self, index: usize) -> bool {
        self.bytes()[index].load(Ordering::Relaxed) != 0
    }

    /// The sites that were hit, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let hit = |(index, byte): (usize, &AtomicU8)| (byte.load(Ordering::Relaxed) != 0).then_some(index);
        self.bytes().iter().enumerate().filter_map(hit)
    }

    #[expect(unsafe_code, reason = "the one mapping of hit files")]
    fn bytes(&self) -> &[AtomicU8] {
        match &self.0 {
            Bytes::Memory(bytes) => bytes,
            // SAFETY: the mapping is readable, writable and this long for as long as `self` lives; AtomicU8
            // has the layout of a byte and any value is valid. Others that map the file (the program itself
            // may) change bytes by single stores only, which atomics allow for. The file has the bytes, and
            // nobody shortens a hit file; should a user do so, a store raises SIGBUS and changes no memory.
            Bytes::Mapped(map) => unsafe {
                std::slice::from_raw_parts(map.as_mut_ptr().cast::<AtomicU8>(), map.len())
            },
        }
    }
}
