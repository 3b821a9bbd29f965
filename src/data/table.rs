//! The object table: what the sites of an object mean, written once per object and run, beside the hit files.
//! Hits are bytes per site; this file turns them into lines and functions.
