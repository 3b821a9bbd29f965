//! The text of a file that belongs to several tools.

use super::error::ConfigFileError;
use memchr::memmem;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The text of a file with this `content`, if it has `mention` in it.
pub(super) fn text_with(
    mention: &str,
    content: Vec<u8>,
    path: &Path,
) -> Result<Option<String>, ConfigFileError> {
    if memmem::find(&content, mention.as_bytes()).is_none() {
        return Ok(None);
    }
    let text = String::from_utf8(content).map_err(|error| ConfigFileError::Unreadable {
        path: path.to_owned(),
        source: io::Error::new(ErrorKind::InvalidData, error.utf8_error()),
    });
    text.map(Some)
}
