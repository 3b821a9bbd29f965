//! Converts a parsed object to what the tracer inserts, and to the table that is written for it.

use super::granularity::Granularity;
use crate::byte_text;
use crate::data::object_table::{self, ObjectTable};
use crate::machine::{Site, Trampolines};
use crate::object::{self, Object};
use crate::tracer::Sites;
use std::path::Path;
use std::sync::Arc;

/// The sites of an object for the tracer. There are trampolines for whole blocks only.
pub fn sites(sites: &[Site], trampolines: Trampolines, granularity: Granularity) -> Arc<Sites> {
    let joins = granularity == Granularity::Block;
    let sites = sites.iter().map(|site| Site { joined: joins && site.joined, ..*site });
    let trampolines = (joins && !trampolines.entries.is_empty()).then_some(trampolines);
    Arc::new(Sites::new(sites.collect(), trampolines))
}

/// The table of an object. Reports read it: it gives lines and functions to the sites that were hit.
pub fn table(object: &Object, granularity: Granularity) -> ObjectTable {
    let joins = granularity == Granularity::Block;
    let joined = (0..).zip(&object.sites).filter(|(_, site)| joins && site.joined);
    let text = |path: &Path| byte_text::encode_os(path);
    ObjectTable {
        id: object.id.clone(),
        runtime: None,
        path: text(&object.path),
        sites: object.sites.len() as u32,
        files: object.files.iter().map(|path| text(path)).collect(),
        lines: object
            .lines
            .iter()
            .map(|&object::SiteLine { site, file, line }| object_table::SiteLine { site, file, line })
            .collect(),
        functions: object
            .functions
            .iter()
            .map(|function| object_table::Function {
                sites: [&function.entries[..], &function.inlined].concat(),
                file: function.file,
                line: function.line,
                last: function.last,
                name: function.name.clone(),
            })
            .collect(),
        joined: joined.map(|(site, _)| site).collect(),
    }
}
