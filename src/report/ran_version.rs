//! What ran of each version of a source: the data can have several after `run -a`.

use crate::data::SourceSnapshot;
use crate::data::view::{SnapshotsOfRuns, SourceFile, View};
use crate::numbers::NumberSet;
use hashbrown::HashSet;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::rc::Rc;

/// Which version of a source ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// The one before the diff.
    Old,
    /// The one after it.
    New,
}

/// What ran of a source while it was of one version.
#[derive(Debug)]
pub(super) struct RanVersion {
    pub(super) version: Version,
    /// The lines that can run. Where several versions ran, the data do not tell theirs apart: then those that
    /// did run.
    pub(super) executable: NumberSet,
    /// First and last line of each function of machine code. Where several versions ran, of those that ran.
    pub(super) functions: Vec<RangeInclusive<u32>>,
    /// What each context ran; `None` is outside of all.
    pub(super) hits: Vec<(Option<usize>, Rc<NumberSet>)>,
}

/// What ran of the versions of a source.
#[derive(Debug, Default)]
pub(super) struct RanVersions {
    /// Of the versions before and after the diff, those that ran.
    pub(super) known: Vec<RanVersion>,
    /// The contexts that ran other versions, and none of these.
    pub(super) only_others: Vec<usize>,
    /// Whether something outside of all contexts ran other versions, and none of these.
    pub(super) is_outside_unknown: bool,
}

impl RanVersions {
    /// Those of `file`, which has the content `old` before the diff and `new` after it. The view has hits by
    /// pair ([`HitsBy::Pair`](crate::data::view::HitsBy::Pair)).
    pub(super) fn of(
        view: &View,
        runs: &SnapshotsOfRuns,
        file: &SourceFile,
        old: SourceSnapshot,
        new: SourceSnapshot,
    ) -> Self {
        let version_of = |snapshot: &SourceSnapshot| match snapshot {
            _ if *snapshot == old => Some(Version::Old),
            _ if *snapshot == new => Some(Version::New),
            _ => None,
        };
        // Without a snapshot, the data are taken to be of the version before the diff.
        let only = match &file.snapshots[..] {
            [] => Some(Some(Version::Old)),
            [snapshot] => Some(version_of(snapshot)),
            _ => None,
        };
        let version_of_pair = |pair: usize| {
            let run = &view.processes[view.pairs[pair].0].run;
            only.unwrap_or_else(|| version_of(runs.get(run)?.get(&file.path)?))
        };
        let of_version = |version: Option<Version>| {
            let hits = file.hits.iter().filter(move |(pair, _)| version_of_pair(*pair) == version);
            hits.map(|(pair, lines)| (view.pairs[*pair].1, Rc::clone(lines)))
        };
        let mut versions = Self::default();
        for version in [Version::Old, Version::New] {
            let hits: Vec<_> = of_version(Some(version)).collect();
            if only == Some(Some(version)) {
                let functions = file.functions.iter().map(|it| it.line..=it.last).collect();
                let executable = file.executable.clone();
                versions.known.push(RanVersion { version, executable, functions, hits });
            } else if !hits.is_empty() {
                let entered = file.entered.iter().filter(|(pair, _)| version_of_pair(*pair) == Some(version));
                let mut ordinals = NumberSet::default();
                entered.for_each(|(_, entered)| ordinals.union_with(entered));
                versions.known.push(RanVersion::of_hits(version, file, hits, &ordinals));
            }
        }
        let known: HashSet<Option<usize>> =
            versions.known.iter().flat_map(|it| &it.hits).map(|(context, _)| *context).collect();
        let others = of_version(None).map(|(context, _)| context).filter(|context| !known.contains(context));
        let others: BTreeSet<Option<usize>> = others.collect();
        versions.is_outside_unknown = others.contains(&None);
        versions.only_others = others.into_iter().flatten().collect();
        versions
    }
}

impl RanVersion {
    /// A version of which only these hits are known, and these functions that were entered.
    fn of_hits(
        version: Version,
        file: &SourceFile,
        hits: Vec<(Option<usize>, Rc<NumberSet>)>,
        entered: &NumberSet,
    ) -> Self {
        let mut executable = NumberSet::default();
        hits.iter().for_each(|(_, lines)| executable.union_with(lines));
        let entered: Vec<_> = file.functions.iter().filter(|it| entered.contains(it.ordinal)).collect();
        let mut functions = Vec::new();
        for function in &entered {
            // The last line may be that of another version.
            let next = entered.iter().map(|it| it.line).filter(|line| *line > function.line).min();
            let end = next.map_or(function.last, |next| function.last.min(next - 1));
            let last = executable.iter().filter(|line| (function.line..=end).contains(line)).last();
            functions.extend(last.map(|last| function.line..=last));
        }
        Self { version, executable, functions, hits }
    }
}
