//! Symbols of an object that the dynamic linker sees.

pub(crate) mod exports;
pub(crate) mod rendezvous;
