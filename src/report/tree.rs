//! The process tree, as rows with guide lines. Any shape takes linear time and memory, without recursion.

use crate::data::view::Process;
use std::collections::VecDeque;

/// How many levels are indented. Deeper levels become a separate tree below: a chain of 20,000 nested forks
/// would otherwise need 800 MB of blanks.
pub const MAX_DEPTH: usize = 24;

/// A row of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeRow {
    /// Index of the process.
    pub process: usize,
    /// The guide lines before it, such as `│   ├── `.
    pub guide: String,
    /// Whether it is at the left margin although it has a parent, because it is too deep.
    pub is_continuation: bool,
}

/// A process that is not yet a row.
struct PendingRow {
    process: usize,
    depth: usize,
    /// The guide of its children, without their own branch.
    stem: String,
    /// The guide of its own row.
    guide: String,
}

/// The rows of the processes for which `is_shown` is true: depth first, each process after its parent,
/// siblings in the given order.
pub fn rows(processes: &[Process], is_shown: &[bool]) -> Vec<TreeRow> {
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
                vec![PendingRow { process: start, depth: 0, stem: String::new(), guide: String::new() }];
            while let Some(PendingRow { process, depth, stem, guide }) = stack.pop() {
                rows.push(TreeRow { process, guide, is_continuation: process == start && start != root });
                if depth == MAX_DEPTH {
                    margin.extend(&children[process]);
                    continue;
                }
                let last = children[process].last().copied();
                stack.extend(children[process].iter().rev().map(|&child| {
                    let (branch, below) =
                        if Some(child) == last { ("└── ", "    ") } else { ("├── ", "│   ") };
                    PendingRow {
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
