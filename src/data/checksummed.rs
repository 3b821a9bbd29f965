//! Checksummed files, each written as a whole: a magic number, the CRC-32 and the length of the payload, then
//! the payload in the encoding of postcard.

use super::error::named;
use super::run_directory::RunDirectory;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
use std::io;

/// The first bytes of a checksummed file. They name its format and the version of that.
pub(super) type Magic = [u8; 8];

const HEADER: usize = size_of::<Magic>() + size_of::<u32>() + size_of::<u64>();

/// Why a file cannot be decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    /// The file ends early: its writer may have been killed.
    #[error("cut short")]
    Short,
    #[error("{0}")]
    Damaged(String),
}

/// Writes a new file of a run. If that fails, no file is left.
pub(super) fn write<T: Serialize>(
    directory: &RunDirectory,
    name: &OsStr,
    magic: Magic,
    content: &T,
) -> io::Result<()> {
    let path = || directory.path().join(name);
    let bytes = encode(magic, content).map_err(|error| named("write", &path(), &error))?;
    let file = directory.create_file(name)?;
    file.write_at(&bytes, 0).inspect_err(|_| directory.remove_file(name))
}

/// Encodes a file.
pub(super) fn encode<T: Serialize>(magic: Magic, content: &T) -> io::Result<Vec<u8>> {
    let mut bytes = postcard::to_extend(content, vec![0; HEADER]).map_err(io::Error::other)?;
    let (header, payload) = bytes.split_at_mut(HEADER);
    let checksum = crc32fast::hash(payload).to_le_bytes();
    header.copy_from_slice(&[&magic[..], &checksum, &(payload.len() as u64).to_le_bytes()].concat());
    Ok(bytes)
}

/// Decodes a file. `what` says in error messages which kind of file was expected.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8], magic: Magic, what: &str) -> Result<T, Broken> {
    if !magic.starts_with(&bytes[..bytes.len().min(magic.len())]) {
        return Err(Broken::Damaged(format!("not {what}, or made by a newer forkcov")));
    }
    let (header, payload) = bytes.split_at_checked(HEADER).ok_or(Broken::Short)?;
    let (checksum, length) = header[magic.len()..].split_at(size_of::<u32>());
    let length = length.iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
    if length > payload.len() as u64 {
        return Err(Broken::Short);
    }
    if length < payload.len() as u64 || checksum != crc32fast::hash(payload).to_le_bytes() {
        return Err(Broken::Damaged("its checksum is wrong".to_owned()));
    }
    postcard::from_bytes(payload).map_err(|error| Broken::Damaged(error.to_string()))
}
