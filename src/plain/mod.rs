//! Arrays of plain records in files: the bytes of one record after the other, with nothing between them.
//! Serde decodes an array number by number, which takes milliseconds for an object of 50,000 lines.
//!
//! For fields: `#[serde(with = "crate::plain")]`.

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};
use std::fmt::{self, Formatter};
use std::marker::PhantomData;

pub mod stream;

/// A record of a fixed number of bytes.
pub trait Plain: Sized {
    /// How many bytes it has.
    const SIZE: usize;

    /// Appends its bytes.
    fn put(&self, bytes: &mut Vec<u8>);

    /// Reads it. Any bytes make a record.
    fn take(fields: &mut Fields) -> Self;

    /// Appends the bytes of all `records`.
    fn put_all(records: &[Self], bytes: &mut Vec<u8>) {
        records.iter().for_each(|record| record.put(bytes));
    }

    /// Appends the records in `bytes`, of which there are whole ones only.
    fn take_all(bytes: &[u8], records: &mut Vec<Self>) {
        records.extend(bytes.chunks_exact(Self::SIZE).map(|record| Self::take(&mut Fields(record))));
    }
}

/// The bytes of a record that have not been read yet.
#[derive(Debug)]
pub struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    /// The fields of a record that has these bytes.
    pub fn of(record: &'b [u8]) -> Self {
        Self(record)
    }

    /// The next bytes; zeros if there are too few, as never is the case in a whole record.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let Some((first, rest)) = self.0.split_first_chunk() else { return [0; N] };
        self.0 = rest;
        *first
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let [byte] = self.bytes();
        byte
    }

    /// The next four bytes.
    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    /// The next eight bytes.
    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }
}

impl Plain for u8 {
    const SIZE: usize = 1;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.push(*self);
    }

    fn take(fields: &mut Fields) -> Self {
        fields.byte()
    }

    fn put_all(records: &[u8], bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(records);
    }

    fn take_all(bytes: &[u8], records: &mut Vec<u8>) {
        records.extend_from_slice(bytes);
    }
}

impl Plain for u32 {
    const SIZE: usize = 4;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn take(fields: &mut Fields) -> Self {
        fields.u32()
    }
}

impl Plain for u64 {
    const SIZE: usize = 8;

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }

    fn take(fields: &mut Fields) -> Self {
        fields.u64()
    }
}

/// Serializes an array.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Plain, S: Serializer>(records: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = Vec::with_capacity(records.len() * T::SIZE);
    T::put_all(records, &mut bytes);
    serializer.serialize_bytes(&bytes)
}

/// Deserializes an array.
///
/// # Errors
/// When there is no array, or an incomplete record.
pub fn deserialize<'de, T: Plain, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_bytes(Records(PhantomData))
}

struct Records<T>(PhantomData<T>);

impl<T: Plain> Visitor<'_> for Records<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut Formatter) -> fmt::Result {
        formatter.write_str("records")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<T>, E> {
        if !bytes.len().is_multiple_of(T::SIZE) {
            return Err(E::custom("an incomplete record"));
        }
        let mut records = Vec::with_capacity(bytes.len() / T::SIZE);
        T::take_all(bytes, &mut records);
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Arrays {
        #[serde(with = "super")]
        code: Vec<u8>,
        #[serde(with = "super")]
        numbers: Vec<u32>,
    }

    #[test]
    fn arrays_are_read_as_they_were_written() {
        for (code, numbers) in [(vec![], vec![]), (vec![0, 7, 255], vec![1, 0x0102_0304, u32::MAX])] {
            let arrays = Arrays { code, numbers };
            let bytes = postcard::to_stdvec(&arrays).unwrap();
            assert_eq!(bytes.len(), 2 + arrays.code.len() + 4 * arrays.numbers.len());
            assert_eq!(postcard::from_bytes::<Arrays>(&bytes).unwrap(), arrays);
            (0..bytes.len()).for_each(|end| {
                postcard::from_bytes::<Arrays>(&bytes[..end]).unwrap_err();
            });
        }
        let incomplete = [0, 3, 1, 2, 3];
        postcard::from_bytes::<Arrays>(&incomplete).unwrap_err();
    }
}
