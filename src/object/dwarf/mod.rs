//! Sections and units of DWARF.

pub(crate) mod languages;
pub(crate) mod sections;
pub(crate) mod units;
