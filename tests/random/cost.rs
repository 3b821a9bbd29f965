//! The most that a program can run, which keeps programs small.

use crate::ast::{Block, End, Fork, Statement};
use std::ops::{Add, Mul};

/// At most so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Processes and threads that are made.
    pub tasks: u32,
    /// Statements that run.
    pub statements: u32,
}

/// Children that a storm makes at most (`runtime/ends.c`), and what it counts for: they are all alike.
const STORM: u32 = 60;
const STORM_TASKS: u32 = 8;

const TASK: Cost = Cost { tasks: 1, statements: 0 };
const STATEMENT: Cost = Cost { tasks: 0, statements: 1 };

impl Cost {
    /// Is it within `limit`?
    pub fn fits(self, limit: Cost) -> bool {
        self.tasks <= limit.tasks && self.statements <= limit.statements
    }

    /// What is left of `self`.
    pub fn minus(self, other: Cost) -> Cost {
        Cost {
            tasks: self.tasks.saturating_sub(other.tasks),
            statements: self.statements.saturating_sub(other.statements),
        }
    }

    fn max(self, other: Cost) -> Cost {
        Cost { tasks: self.tasks.max(other.tasks), statements: self.statements.max(other.statements) }
    }
}

impl Add for Cost {
    type Output = Cost;
    fn add(self, other: Cost) -> Cost {
        Cost {
            tasks: self.tasks.saturating_add(other.tasks),
            statements: self.statements.saturating_add(other.statements),
        }
    }
}

impl Mul<u32> for Cost {
    type Output = Cost;
    fn mul(self, times: u32) -> Cost {
        Cost { tasks: self.tasks.saturating_mul(times), statements: self.statements.saturating_mul(times) }
    }
}

/// What each function costs, as far as they are known: later ones first.
#[derive(Debug, Default)]
pub struct Costs(pub Vec<Cost>);

impl Costs {
    fn of_all(&self, functions: &[usize]) -> Cost {
        functions.iter().map(|&function| self.0[function]).fold(Cost::default(), Add::add)
    }

    /// Of a block.
    pub fn block(&self, block: &Block) -> Cost {
        block.iter().map(|statement| self.statement(statement)).fold(Cost::default(), Add::add)
    }

    /// Of a statement.
    pub fn statement(&self, statement: &Statement) -> Cost {
        STATEMENT
            + match statement {
                Statement::Compute(_) | Statement::Signal { .. } => STATEMENT,
                Statement::If { then, otherwise, .. } => self.block(then).max(self.block(otherwise)),
                Statement::Switch(blocks) => {
                    blocks.iter().map(|block| self.block(block)).fold(Cost::default(), Cost::max)
                }
                Statement::Loop { times, body, .. } => (STATEMENT + self.block(body)) * *times,
                Statement::Call { function, .. } | Statement::Open { function, .. } => self.0[*function],
                Statement::Jump { body, landing } | Statement::Leap { body, landing, .. } => {
                    self.block(body) + self.block(landing)
                }
                Statement::Fork(fork) => self.fork(fork),
                Statement::Brood { count, child, end, parent } => {
                    (TASK + STATEMENT * 2 + self.block(child) + self.end(end)) * *count + self.block(parent)
                }
                Statement::Vfork { child, end, .. } => TASK + self.block(child) + self.end(end),
                Statement::Spawn { function } => TASK + self.0[*function],
                Statement::Threads { work, meanwhile } => {
                    TASK * work.len() as u32 + self.of_all(work) + self.block(meanwhile)
                }
                Statement::Pending { body, .. } => STATEMENT * 5 + self.block(body),
                Statement::Timer { body, .. } => STATEMENT * 20 + self.block(body),
            }
    }

    fn storm(&self, work: usize) -> Cost {
        let work = self.0[work];
        let one = (TASK + work) * STORM;
        // A storm of children that make tasks themselves is too much of it.
        if work.tasks > 0 { one } else { Cost { tasks: STORM_TASKS, ..one } }
    }

    fn fork(&self, fork: &Fork) -> Cost {
        let child = TASK + self.block(&fork.child) + self.end(&fork.end);
        self.block(&fork.both) * 2 + child + self.block(&fork.parent)
    }

    /// Of an end.
    pub fn end(&self, end: &End) -> Cost {
        STATEMENT
            + match end {
                End::Exec { function, .. } => self.0[*function],
                End::KilledInStorm { work, .. } => self.storm(*work),
                End::InStorm { work, amid, end, .. } => {
                    let work = work.map_or(Cost::default(), |work| self.storm(work));
                    work + self.block(amid) + self.end(end)
                }
                End::FromThread { work, meanwhile, end } => {
                    TASK * work.len() as u32 + self.of_all(work) + self.block(meanwhile) + self.end(end)
                }
                End::LeaderFirst { work } => TASK * work.len() as u32 + self.of_all(work),
                _ => Cost::default(),
            }
    }
}
