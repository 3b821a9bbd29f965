//! Which process forked which: the tree, what `/proc` adds to it, and how a process began.

pub mod birth;
pub mod process_info;
pub mod tree;
