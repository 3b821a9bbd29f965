//! Which process made which: the tree, what `/proc` adds to it, and children whose creator is not known yet.

mod generation;
pub(super) mod process_info;
pub(super) mod tree;
pub(super) mod unresolved;
