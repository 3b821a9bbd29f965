//! Converts a parsed object to what the tracer inserts, and to the table that is written for it.

use super::granularity::Granularity;
use crate::byte_text;
use crate::data::object_table::{self, ObjectTable};
use crate::object::{self, Object};
use crate::tracer::Sites;
use std::path::Path;

/// The table of an object, and its sites. Reports read the table: it gives lines and functions to the sites
/// that were hit. There are trampolines for whole blocks only.
pub fn split(object: Object, granularity: Granularity) -> (ObjectTable, Sites) {
    let Object { id, path, mut sites, edges, trampolines, files, lines, branches, functions, .. } = object;
    let joins = granularity == Granularity::Block;
    if !joins {
        sites.iter_mut().for_each(|site| site.joined = false);
    }
    let text = |path: &Path| byte_text::encode_os(path);
    let function = |function: object::Function| {
        let object::Function { mut entries, inlined, file, line, last, name } = function;
        entries.extend(inlined);
        object_table::Function { sites: entries, file, line, last, name }
    };
    let line = |object::SiteLine { site, file, line }| object_table::SiteLine { site, file, line };
    let branch = |object::SiteBranch { site, file, line, jump, way }| object_table::SiteBranch {
        site,
        file,
        line,
        jump,
        way,
    };
    let table = ObjectTable {
        id,
        runtime: None,
        path: text(&path),
        sites: (sites.len() + edges.edges.len()) as u32,
        files: files.iter().map(|path| text(path)).collect(),
        lines: lines.into_iter().map(line).collect(),
        functions: functions.into_iter().map(function).collect(),
        branches: branches.into_iter().map(branch).collect(),
        joined: (0..).zip(&sites).filter(|(_, site)| site.joined).map(|(site, _)| site).collect(),
    };
    let trampolines = (joins && !trampolines.entries.is_empty()).then_some(trampolines);
    (table, Sites::new(sites, edges, trampolines))
}
