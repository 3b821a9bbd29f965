//! What is known of an object, in the terms of the tracer, and in those of the data.

use crate::data::object_table::{self, ObjectTable};
use crate::object::{self, Object};
use crate::tracer::{Detour, Detours, Place, Site, Sites};
use std::path::Path;
use std::sync::Arc;

/// The sites of an object, joined to blocks if that `joins`, of which some have `detours`.
pub fn sites(sites: &[object::Site], detours: object::Detours, joins: bool) -> Arc<Sites> {
    /// A branch may pass this prefix over, and so come to rest right behind it.
    const LOCK: u8 = 0xf0;
    let site = |site: &object::Site| Site {
        address: site.address.0,
        original: site.original,
        ambiguous: site.length == 1 || site.original == LOCK,
    };
    let detours = (joins && !detours.detours.is_empty()).then(|| detours_of(detours));
    Arc::new(Sites::new(sites.iter().map(|of| (site(of), joins && of.joined)), detours))
}

fn detours_of(of: object::Detours) -> Detours {
    let place = |object::Place { offset, original, is_early, is_pushed }| Place {
        offset,
        original: original.0,
        is_early,
        is_pushed,
    };
    let detour = |object::Detour { site, start, length, original, copy, hot, counted }| Detour {
        site,
        start: start.0,
        length,
        original,
        copy,
        hot,
        counted,
    };
    Detours {
        code: of.code,
        distances: of.distances,
        addresses: of.addresses,
        counters: of.counters,
        originals: of.originals,
        places: of.places.into_iter().map(place).collect(),
        detours: of.detours.into_iter().map(detour).collect(),
    }
}

/// The table of an object.
pub fn table(object: &Object, joins: bool) -> ObjectTable {
    let joined = (0..).zip(&object.sites).filter(|(_, site)| joins && site.joined);
    let text = |path: &Path| path.to_string_lossy().into_owned();
    ObjectTable {
        id: object.id.clone(),
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
