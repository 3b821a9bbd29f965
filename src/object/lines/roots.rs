//! Where sources with names that lead nowhere are: below which directory, and how their names are to be read.
//!
//! `-ffile-prefix-map=DIR=.` makes the names of all sources and of the compilation directory relative to DIR,
//! which is then unknown. It is found as the root below which most files of a unit are.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use hashbrown::HashMap;

use crate::object::environment::Environment;
use crate::object::environment::sources::SourceRoot;

/// The roots of a unit, the best first: an index into [`Bases`]. The default has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct RootRanking(u32);

/// The rankings of all units.
#[derive(Debug)]
pub(crate) struct Bases {
    rankings: Vec<Vec<Base>>,
    /// The last ranking for each compilation directory: most units of it have the same.
    last: HashMap<PathBuf, RootRanking>,
    /// The module of Go in each directory that was searched.
    modules: HashMap<PathBuf, Option<String>>,
}

/// A root, and how names are read below it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Base {
    root: SourceRoot,
    reading: Reading,
}

/// How the name of a source is read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    /// As DWARF says: below the compilation directory.
    Below,
    /// Without the compilation directory: the prefix was mapped in both.
    Mapped,
    /// As Go's `-trimpath` says: below the path of this module.
    Module(String),
}

impl Default for Bases {
    fn default() -> Self {
        // The default ranking.
        Self { rankings: vec![Vec::new()], last: HashMap::new(), modules: HashMap::new() }
    }
}

impl Bases {
    /// Ranks the roots for a unit whose compilation directory is spelt `directory`, and whose files have
    /// these `names`: each with the directory, and without. If names and directory begin alike, prefixes
    /// are likely to be mapped in both.
    pub(crate) fn rank(
        &mut self,
        environment: &Environment,
        directory: &Path,
        names: &[(PathBuf, PathBuf)],
        begins_alike: bool,
    ) -> RootRanking {
        let known = self.last.get(directory).copied();
        let is_found = |base: &Base| {
            names.iter().all(|(spelt, mapped)| base.find(environment, spelt, Some(mapped)).is_some())
        };
        if let Some(known) = known
            && self.rankings[known.0 as usize].first().is_some_and(is_found)
        {
            return known;
        }
        let mut ranked: Vec<_> = self
            .bases(environment, directory, names, begins_alike)
            .into_iter()
            .map(|base| {
                let found =
                    names.iter().filter_map(|(spelt, mapped)| base.find(environment, spelt, Some(mapped)));
                let place = base.root.directory.join(relative(directory));
                (found.count(), environment.is_directory(&place), base)
            })
            .filter(|(found, ..)| *found > 0)
            .collect();
        // What the user has named comes first. The sort is stable: among equals, the order decides.
        ranked.sort_by_key(|(found, has_directory, base)| {
            Reverse((base.root.within.is_some(), *found, *has_directory))
        });
        let ranked: Vec<Base> = ranked.into_iter().map(|(.., base)| base).collect();
        let known = self.rankings.iter().position(|other| *other == ranked);
        let index = known.unwrap_or_else(|| {
            self.rankings.push(ranked);
            self.rankings.len() - 1
        });
        let ranking = RootRanking(index as u32);
        self.last.insert(directory.to_owned(), ranking);
        ranking
    }

    /// The real path of a source that is spelt so, and `mapped` without its compilation directory.
    pub(crate) fn find(
        &self,
        environment: &Environment,
        ranking: RootRanking,
        spelt: &Path,
        mapped: Option<&Path>,
    ) -> Option<PathBuf> {
        self.rankings[ranking.0 as usize].iter().find_map(|base| base.find(environment, spelt, mapped))
    }

    fn bases(
        &mut self,
        environment: &Environment,
        directory: &Path,
        names: &[(PathBuf, PathBuf)],
        begins_alike: bool,
    ) -> Vec<Base> {
        let is_go = names.iter().any(|(spelt, _)| spelt.extension().is_some_and(|it| it == "go"));
        let mut bases = Vec::new();
        for root in environment.roots() {
            let mut add = |reading| bases.push(Base { root: root.clone(), reading });
            if directory.is_absolute() {
                // An empty prefix (`-ffile-prefix-map=DIR=`) makes names that only look absolute.
                if environment.is_directory(&root.directory.join(relative(directory))) {
                    add(Reading::Below);
                }
                continue;
            }
            match (directory == Path::new(""), begins_alike) {
                (true, _) => add(Reading::Below),
                (_, true) => [Reading::Mapped, Reading::Below].into_iter().for_each(&mut add),
                (_, false) => [Reading::Below, Reading::Mapped].into_iter().for_each(&mut add),
            }
            if is_go {
                let module = self.modules.entry_ref(&root.directory);
                let module = module.or_insert_with(|| environment.go_module(&root.directory));
                module.clone().into_iter().for_each(|module| add(Reading::Module(module)));
            }
        }
        bases
    }
}

impl Base {
    fn find(&self, environment: &Environment, spelt: &Path, mapped: Option<&Path>) -> Option<PathBuf> {
        let name = match &self.reading {
            Reading::Below => relative(spelt),
            Reading::Mapped => mapped?,
            Reading::Module(module) => spelt.strip_prefix(module).ok()?,
        };
        let path = environment.existing_source(&self.root.directory.join(name))?;
        let is_within = self.root.within.as_ref().is_none_or(|within| path.starts_with(within));
        is_within.then_some(path)
    }
}

/// A path without the slash at its beginning.
fn relative(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}
