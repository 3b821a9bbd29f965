//! The reports, from views made by hand.

mod formats;
#[path = "../support/schema.rs"]
mod schema;
mod services;
mod support;
mod tree;
