//! Unimported sources: sources below a directory of `--source`, or of a package of `--source-pkgs`, that no
//! interpreter loaded. Reports
//! show them as missed.

use crate::byte_text;
use crate::data::object_table::{ObjectTable, SiteBranch, SiteLine, UNIMPORTED};
use crate::real_path::RealPaths;
use crate::runtime::{Branches, LinePatterns, Runtime, SourceUnits};
use crate::source_file;
use crate::sources::{SourceFilter, normalised};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

/// The lines of the sources of `runtime` below `directories`, and in the packages of `filter`, that count
/// and are not among `imported`: as the table of an object none of whose sites is ever hit. `None` if there
/// are no such sources. Of branches, it has the directions to a line: enough to see that they count.
pub fn table(
    runtime: &dyn Runtime,
    directories: &[PathBuf],
    filter: &SourceFilter,
    imported: &HashMap<PathBuf, u32>,
    with_branches: bool,
) -> Option<ObjectTable> {
    let everything_counts = LinePatterns::default();
    let mut table = ObjectTable {
        id: UNIMPORTED.to_owned(),
        runtime: Some(runtime.name().to_owned()),
        path: String::new(),
        sites: 1,
        files: Vec::new(),
        lines: Vec::new(),
        joined: Vec::new(),
        functions: Vec::new(),
        branches: Vec::new(),
    };
    // A source can have several names.
    let mut seen: HashSet<PathBuf> = imported.keys().cloned().collect();
    let real_paths = RealPaths::default();
    let of_packages = filter.package_directories(imported.keys().map(PathBuf::as_path));
    let directories = directories.iter().filter_map(|directory| std::path::absolute(directory).ok());
    for path in
        directories.chain(of_packages).flat_map(|directory| runtime.loadable_sources(&normalised(&directory)))
    {
        let path = real_paths.resolve(&path).path;
        if !filter.wants(&path) || !seen.insert(path.clone()) {
            continue;
        }
        // A template may have the name of a source, too.
        let Ok(text) = source_file::read(&path) else { continue };
        let read = runtime.statements(&text, &everything_counts, &[], with_branches);
        let Ok(SourceUnits { statements, branches, .. }) = read else { continue };
        let file = table.files.len() as u32;
        let exits = branches.iter().flat_map(Branches::directions);
        table.branches.extend(exits.filter_map(|(line, way)| {
            let way = u32::try_from(way).ok()?;
            Some(SiteBranch { site: 0, file, line, jump: 0, way })
        }));
        table.lines.extend(statements.executable().map(|line| SiteLine { site: 0, file, line }));
        table.files.push(byte_text::encode_os(&path));
    }
    (!table.lines.is_empty()).then_some(table)
}
