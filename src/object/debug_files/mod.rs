//! Files that hold debug information of an object, besides the object itself.

pub(crate) mod package;
pub(crate) mod separate;
pub(crate) mod split;
pub(crate) mod supplement;
