//! The reports, from views made by hand.

mod formats;
mod support;
mod tree;
