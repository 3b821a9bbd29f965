//! What a source had in it when it was read. That is known as long as the file is the same: to read all
//! sources again at the end of each run would take longer than most runs.

use super::file_identity::FileIdentity;
use md5::Digest as _;
use serde::{Deserialize, Serialize};

/// The MD5 of a source file.
pub type Md5 = [u8; 16];

/// The digests of a source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDigest {
    /// The file that was read. As long as it is this one, it has the same content: any later change has
    /// another time.
    pub file: FileIdentity,
    /// The BLAKE3 hash of its content.
    pub hash: [u8; 32],
    /// The MD5 of its content, if the compiler records such.
    pub md5: Option<Md5>,
}

impl SourceDigest {
    /// Those of `file`, which has just been read. `None` if a change right after that could have the same
    /// time.
    pub(crate) fn of(file: FileIdentity, content: &[u8], with_md5: bool) -> Option<Self> {
        let md5 = || Md5::from(md5::Md5::digest(content));
        let digest = || Self { file, hash: *blake3::hash(content).as_bytes(), md5: with_md5.then(md5) };
        file.is_settled().then(digest)
    }
}
