//! Files of arrays and other values, one after the other, and a checksum at the end. They are written and
//! read in small pieces: nothing but the arrays themselves takes memory.

use super::Plain;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, ErrorKind, Read, Write};

/// At most so many bytes are encoded or decoded at once. They stay in the cache of the CPU.
const PIECE: usize = 1 << 16;

/// What a file of arrays can hold.
pub trait Stored: Sized {
    /// Writes it.
    ///
    /// # Errors
    /// Those of the writer.
    fn store<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()>;

    /// Reads it.
    ///
    /// # Errors
    /// Those of the reader.
    fn load<R: Read>(reader: &mut Reader<R>) -> io::Result<Self>;
}

/// Writes a file.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    checksum: crc32fast::Hasher,
    piece: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes to `output`.
    pub fn new(output: W) -> Self {
        Self { output, checksum: crc32fast::Hasher::new(), piece: Vec::with_capacity(PIECE) }
    }

    /// Appends a value.
    ///
    /// # Errors
    /// When it cannot be encoded or written.
    pub fn value<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        let bytes = postcard::to_stdvec(value).map_err(io::Error::other)?;
        self.put(&(bytes.len() as u64).to_le_bytes())?;
        self.put(&bytes)
    }

    /// Appends an array.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn array<T: Plain>(&mut self, records: &[T]) -> io::Result<()> {
        self.put(&((records.len() * T::SIZE) as u64).to_le_bytes())?;
        for records in records.chunks(PIECE / T::SIZE) {
            let mut piece = std::mem::take(&mut self.piece);
            piece.clear();
            T::put_all(records, &mut piece);
            self.put(&piece)?;
            self.piece = piece;
        }
        Ok(())
    }

    /// Appends the checksum of all so far.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn checksum(&mut self) -> io::Result<()> {
        let checksum = self.checksum.clone().finalize();
        self.put(&checksum.to_le_bytes())
    }

    /// Appends the checksum, and gives the output.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.checksum()?;
        Ok(self.output)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.checksum.update(bytes);
        self.output.write_all(bytes)
    }
}

/// Reads a file.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    checksum: crc32fast::Hasher,
    /// How many bytes are left: a damaged length cannot cost more memory than the file has bytes.
    rest: u64,
    piece: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Reads `length` bytes of `input`.
    pub fn new(input: R, length: u64) -> Self {
        Self { input, checksum: crc32fast::Hasher::new(), rest: length, piece: vec![0; PIECE] }
    }

    /// The next value.
    ///
    /// # Errors
    /// When it cannot be read or decoded.
    pub fn value<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let bytes = self.bytes()?;
        postcard::from_bytes(&bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
    }

    /// The next array.
    ///
    /// # Errors
    /// When it cannot be read, or has an incomplete record.
    pub fn array<T: Plain>(&mut self) -> io::Result<Vec<T>> {
        let mut left = self.length()?;
        if !left.is_multiple_of(T::SIZE) {
            return Err(damaged("an incomplete record"));
        }
        let mut records = Vec::with_capacity(left / T::SIZE);
        while left > 0 {
            let piece = &mut self.piece[..left.min(PIECE / T::SIZE * T::SIZE)];
            self.input.read_exact(piece)?;
            self.checksum.update(piece);
            T::take_all(piece, &mut records);
            left -= piece.len();
        }
        Ok(records)
    }

    /// The next array, if it is one of bytes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.length()?];
        self.input.read_exact(&mut bytes)?;
        self.checksum.update(&bytes);
        Ok(bytes)
    }

    /// Checks that the checksum of all so far follows.
    ///
    /// # Errors
    /// When it does not: what was read is damaged.
    pub fn checksum(&mut self) -> io::Result<()> {
        let checksum = self.checksum.clone().finalize();
        let written = u32::from_le_bytes(self.number()?);
        if written == checksum { Ok(()) } else { Err(damaged("its checksum is wrong")) }
    }

    /// Checks that nothing follows but the checksum.
    ///
    /// # Errors
    /// When something else follows: what was read is damaged.
    pub fn finish(mut self) -> io::Result<()> {
        self.checksum()?;
        if self.rest == 0 { Ok(()) } else { Err(damaged("more than was written")) }
    }

    /// The length of what follows, in bytes.
    fn length(&mut self) -> io::Result<usize> {
        let length = u64::from_le_bytes(self.number()?);
        self.take(length)?;
        usize::try_from(length).map_err(io::Error::other)
    }

    fn number<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.take(N as u64)?;
        self.input.read_exact(&mut bytes)?;
        self.checksum.update(&bytes);
        Ok(bytes)
    }

    fn take(&mut self, bytes: u64) -> io::Result<()> {
        self.rest = self.rest.checked_sub(bytes).ok_or_else(|| damaged("cut short"))?;
        Ok(())
    }
}

fn damaged(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        writer.value(&("text", 7_u32)).unwrap();
        writer.array(&(0..20_000).collect::<Vec<u32>>()).unwrap();
        writer.array::<u8>(&[1, 2, 3]).unwrap();
        writer.array::<u32>(&[]).unwrap();
        writer.finish().unwrap()
    }

    type Content = ((String, u32), Vec<u32>, Vec<u8>, Vec<u32>);

    fn read(bytes: &[u8]) -> io::Result<Content> {
        let mut reader = Reader::new(bytes, bytes.len() as u64);
        let content = (reader.value()?, reader.array()?, reader.bytes()?, reader.array()?);
        reader.finish()?;
        Ok(content)
    }

    #[test]
    fn what_is_written_is_read() {
        let expected = (("text".to_owned(), 7), (0..20_000).collect(), vec![1, 2, 3], vec![]);
        assert_eq!(read(&written()).unwrap(), expected);
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let whole = written();
        for at in (0..64).chain(65..whole.len() - 64).step_by(997).chain(whole.len() - 64..whole.len()) {
            read(&whole[..at]).unwrap_err();
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            read(&damaged).unwrap_err();
        }
        read(&[&whole[..], &[0]].concat()).unwrap_err();
    }
}
