//! Which contexts ran each line of a file.

use crate::data::view::{SourceFile, View};
use crate::quote::json::text;
use hashbrown::HashMap;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// Those of all files.
pub(super) struct FileContexts<'a> {
    files: HashMap<&'a Path, &'a SourceFile>,
    pairs: &'a [(usize, Option<usize>)],
    names: Vec<Cow<'a, str>>,
}

impl<'a> FileContexts<'a> {
    /// Those of a view with hits by [`Pair`](crate::data::view::HitsBy::Pair).
    pub(super) fn of(view: &'a View) -> Self {
        Self {
            files: view.files.iter().map(|file| (&*file.path, file)).collect(),
            pairs: &view.pairs,
            names: view.contexts.iter().map(|name| text(name)).collect(),
        }
    }

    /// Those of the file with this path.
    pub(super) fn of_file(&self, path: &Path) -> LineContexts<'_> {
        let mut lines: BTreeMap<u32, BTreeSet<Option<usize>>> = BTreeMap::new();
        for (pair, hit) in self.files.get(path).iter().flat_map(|file| &file.hits) {
            for line in hit.iter() {
                lines.entry(line).or_default().insert(self.pairs[*pair].1);
            }
        }
        LineContexts { lines, names: &self.names }
    }
}

/// The contexts by line, in the order in which they began. `None`, without a name, is what ran outside of
/// contexts.
pub(super) struct LineContexts<'a> {
    lines: BTreeMap<u32, BTreeSet<Option<usize>>>,
    names: &'a [Cow<'a, str>],
}

impl LineContexts<'_> {
    /// Those of the lines in `ranges`, which are ascending.
    pub(super) fn of_region(&self, ranges: &[Range<u32>]) -> RegionContexts<'_> {
        let lines = ranges.iter().flat_map(|range| self.lines.range(range.clone()));
        RegionContexts { lines: lines.map(|(line, contexts)| (*line, contexts)).collect(), names: self.names }
    }
}

/// The contexts of the lines of a file, or of a part of it.
pub(super) struct RegionContexts<'a> {
    lines: Vec<(u32, &'a BTreeSet<Option<usize>>)>,
    names: &'a [Cow<'a, str>],
}

impl Serialize for RegionContexts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = |context: &Option<usize>| context.map_or("", |context| &*self.names[context]);
        let names = |contexts: &BTreeSet<Option<usize>>| contexts.iter().map(name).collect::<Vec<_>>();
        serializer.collect_map(self.lines.iter().map(|(line, contexts)| (line, names(contexts))))
    }
}
