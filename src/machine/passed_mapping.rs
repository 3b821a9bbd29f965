//! A file that a process maps when it has received its descriptor.

/// The arguments of mmap(2), but for the descriptor.
#[derive(Debug, Clone, Copy)]
pub struct PassedMapping {
    /// Where.
    pub address: u64,
    /// How many bytes.
    pub length: u64,
    /// `PROT_*`.
    pub protection: u64,
    /// `MAP_*`.
    pub flags: u64,
    /// Where in the file.
    pub offset: u64,
}
