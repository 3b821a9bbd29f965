//! Digests by which equal rows are recognised.

/// The first bytes of a BLAKE3 hash.
pub(super) type Digest = [u8; 16];

/// The digest of all `parts` together.
pub(super) fn digest(parts: &[&[u8]]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| _ = hasher.update(part));
    let mut digest = Digest::default();
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..size_of::<Digest>()]);
    digest
}
