//! The process tree, as rows with guides. Any shape is drawn in linear time and memory, without recursion.

use crate::data::view::Process;
use std::collections::VecDeque;

/// How many levels are indented. What is deeper becomes a tree of its own, below: a chain of 20,000 nested
/// forks would otherwise need 800 MB of blanks.
pub const MAX_DEPTH: usize = 24;

/// A process in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Index of the process.
    pub process: usize,
    /// What to draw before it, `│   ├── ` and the like.
    pub guide: String,
    /// Whether it stands at the left margin although it has a parent, having been too deep.
    pub is_continuation: bool,
}

/// A process that awaits being drawn.
struct Waiting {
    process: usize,
    depth: usize,
    /// The guide of its children, but for their own branch.
    stem: String,
    /// Its own row's guide.
    guide: String,
}

/// Puts those of `processes` for which `is_shown` is true, each after its parent, into rows: depth first, children in the
/// order given.
pub fn rows(processes: &[Process], is_shown: &[bool]) -> Vec<Row> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); processes.len()];
    let mut rows = Vec::with_capacity(processes.len());
    let mut roots = Vec::new();
    for (index, process) in processes.iter().enumerate().filter(|(index, _)| is_shown[*index]) {
        match process.parent.filter(|parent| *parent < index) {
            Some(parent) => children[parent].push(index),
            None => roots.push(index),
        }
    }
    for root in roots {
        let mut margin = VecDeque::from([root]);
        while let Some(start) = margin.pop_front() {
            let mut stack =
                vec![Waiting { process: start, depth: 0, stem: String::new(), guide: String::new() }];
            while let Some(Waiting { process, depth, stem, guide }) = stack.pop() {
                rows.push(Row { process, guide, is_continuation: process == start && start != root });
                if depth == MAX_DEPTH {
                    margin.extend(&children[process]);
                    continue;
                }
                let last = children[process].last().copied();
                stack.extend(children[process].iter().rev().map(|&child| {
                    let (branch, below) =
                        if Some(child) == last { ("└── ", "    ") } else { ("├── ", "│   ") };
                    Waiting {
                        process: child,
                        depth: depth + 1,
                        stem: format!("{stem}{below}"),
                        guide: format!("{stem}{branch}"),
                    }
                }));
            }
        }
    }
    rows
}
