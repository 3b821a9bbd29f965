//! The `data` room from outside: hit files, object tables, data files, and `combine` between them.

#[macro_use]
extern crate forkcov_testing;

mod combine;
mod contexts;
mod damage;
mod full_disk;
mod hit_file;
mod laws;
mod python;
mod python_damage;
mod queries;
mod rewrite;
mod runtime_log;
mod schema_4;
mod snapshots;
mod support;
mod template;

harness!();
