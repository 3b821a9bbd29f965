//! Which process forked which: the tree, what `/proc` adds to it, and children whose parent is not certain.

pub mod process_info;
pub mod tree;
pub mod unresolved;
