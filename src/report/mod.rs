//! Reports: one file per format, all from one [`crate::data::view::View`].
