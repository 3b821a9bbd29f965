//! Where the bytes of each piece of an object are.

use super::growing_file::GrowingFile;
use hashbrown::HashMap;
use std::sync::atomic::Ordering;

/// So many neighbouring sites (or fewer: the last ones of an object) have their bytes together, from the first hit of one of
/// them. Larger pieces cost more for what is not hit, smaller ones for their headers: of 2,000 hits of a program in Rust, all
/// takes 10 kB with pieces of 64, 12 kB with these, 18 kB with 512 and 28 kB with 4,096.
const PIECE: usize = 128;

/// A piece of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PieceId {
    /// The number of the object.
    pub object: u32,
    number: u32,
}

/// The pieces in which anything was hit.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    bytes: HashMap<PieceId, PieceBytes>,
    /// How many of them are in memory alone.
    pub unsaved: usize,
}

/// A byte for each site of a piece: 0, or 1 once it was hit.
#[derive(Debug)]
enum PieceBytes {
    /// In the hit file from here on.
    File(u64),
    /// Where there was no room in the file.
    Memory(Box<[u8; PIECE]>),
}

impl PieceId {
    /// The piece that a site is in, and its place there.
    pub fn of(object: u32, site: usize) -> (Self, usize) {
        (Self { object, number: (site / PIECE) as u32 }, site % PIECE)
    }

    /// Its first site, and how many it has in an object of so many.
    pub fn range(self, sites: u32) -> (u32, u32) {
        let first = self.number * PIECE as u32;
        (first, (sites - first).min(PIECE as u32))
    }
}

impl Pieces {
    /// Has nothing been hit in this piece?
    pub fn lacks(&self, piece: PieceId) -> bool {
        !self.bytes.contains_key(&piece)
    }

    /// The bytes of a piece are in the hit file from now on, at `at`. What it had in memory goes there.
    pub fn put_in_file(&mut self, piece: PieceId, at: u64, room: &GrowingFile) {
        if let Some(PieceBytes::Memory(bytes)) = self.bytes.insert(piece, PieceBytes::File(at)) {
            self.unsaved -= 1;
            (0..).zip(*bytes).filter(|(_, byte)| *byte != 0).for_each(|(place, _)| set_at(room, at + place));
        }
    }

    /// The bytes of a piece are in memory.
    pub fn put_in_memory(&mut self, piece: PieceId) {
        self.bytes.insert(piece, PieceBytes::Memory(Box::new([0; PIECE])));
        self.unsaved += 1;
    }

    /// Records a hit in a piece that is there: a plain byte store, no system call.
    pub fn set(&mut self, piece: PieceId, place: usize, room: Option<&GrowingFile>) {
        match (self.bytes.get_mut(&piece), room) {
            (Some(PieceBytes::Memory(bytes)), _) => bytes[place] = 1,
            (Some(PieceBytes::File(at)), Some(room)) => set_at(room, *at + place as u64),
            _ => {}
        }
    }

    /// Whether a site was hit.
    pub fn is_set(&self, piece: PieceId, place: usize, room: Option<&GrowingFile>) -> bool {
        match (self.bytes.get(&piece), room) {
            (Some(PieceBytes::Memory(bytes)), _) => bytes[place] != 0,
            (Some(PieceBytes::File(at)), Some(room)) => {
                let at = *at + place as u64;
                room.slots(at..at + 1).is_some_and(|slots| slots[0].load(Ordering::Relaxed) != 0)
            }
            _ => false,
        }
    }

    /// Those in memory alone, the objects in turn.
    pub fn in_memory(&self) -> Vec<PieceId> {
        let is_in_memory = |bytes: &PieceBytes| matches!(bytes, PieceBytes::Memory(_));
        let mut pieces: Vec<_> =
            self.bytes.iter().filter(|(_, bytes)| is_in_memory(bytes)).map(|(piece, _)| *piece).collect();
        pieces.sort_unstable_by_key(|piece| (piece.object, piece.number));
        pieces
    }
}

fn set_at(room: &GrowingFile, at: u64) {
    room.slots(at..at + 1).into_iter().flatten().for_each(|slot| slot.store(1, Ordering::Relaxed));
}
