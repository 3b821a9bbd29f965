//! Shrinks a failing program: removes what the failure does not need, statement by statement.

use crate::ast::{Block, Care, End, Program, Statement};

/// The smallest that `fails` still.
pub fn smallest(mut program: Program, fails: impl Fn(&Program) -> bool) -> Program {
    // Whole blocks go first, since a statement comes before those in it.
    let mut number = 0;
    let mut has_shrunk = false;
    loop {
        let Some(candidate) = without(&program, number) else {
            if !has_shrunk {
                return program;
            }
            (number, has_shrunk) = (0, false);
            continue;
        };
        if fails(&candidate) {
            program = candidate;
            has_shrunk = true;
        } else {
            number += 1;
        }
    }
}

/// The program without its statement of this number, or with that one's own parts in its place if there are
/// any.
fn without(program: &Program, number: usize) -> Option<Program> {
    let mut smaller = program.clone();
    let mut remover = Remover { left: number, done: false };
    remover.program(&mut smaller);
    remover.done.then_some(smaller)
}

struct Remover {
    /// How many are passed over before one is removed.
    left: usize,
    done: bool,
}

impl Remover {
    /// Is it this one's turn?
    fn is_next(&mut self) -> bool {
        if self.done {
            return false;
        }
        self.done = self.left == 0;
        self.left = self.left.saturating_sub(1);
        self.done
    }

    fn program(&mut self, program: &mut Program) {
        let functions = program.functions.iter_mut().map(|function| &mut function.body);
        let handlers = program.handlers.iter_mut().map(|handler| &mut handler.body);
        let libraries = program
            .libraries
            .iter_mut()
            .flat_map(|library| [&mut library.constructor, &mut library.destructor]);
        functions.chain(handlers).chain(libraries).for_each(|block| self.block(block));
        self.end(&mut program.end);
    }

    fn block(&mut self, block: &mut Block) {
        let mut index = 0;
        while index < block.len() && !self.done {
            let parts = parts(&block[index]);
            if self.is_next() {
                block.remove(index);
            } else if !parts.is_empty() && self.is_next() {
                block.splice(index..=index, parts);
            } else {
                self.statement(&mut block[index]);
            }
            index += 1;
        }
    }

    fn statement(&mut self, statement: &mut Statement) {
        match statement {
            Statement::If { then, otherwise, .. } => {
                [then, otherwise].into_iter().for_each(|b| self.block(b))
            }
            Statement::Switch(blocks) => blocks.iter_mut().for_each(|block| self.block(block)),
            Statement::Loop { body, .. }
            | Statement::Timer { body, .. }
            | Statement::Pending { body, .. } => self.block(body),
            Statement::Jump { body, landing } | Statement::Leap { body, landing, .. } => {
                [body, landing].into_iter().for_each(|block| self.block(block));
            }
            Statement::Fork(fork) => {
                if fork.care != Care::Await && self.is_next() {
                    fork.care = Care::Await;
                }
                if fork.how != "FORK" && self.is_next() {
                    fork.how = "FORK";
                }
                self.block(&mut fork.both);
                self.block(&mut fork.child);
                self.end(&mut fork.end);
                self.block(&mut fork.parent);
            }
            Statement::Brood { count, child, end, parent } => {
                if *count > 1 && self.is_next() {
                    *count -= 1;
                }
                self.block(child);
                self.end(end);
                self.block(parent);
            }
            Statement::Vfork { child, end, .. } => {
                self.block(child);
                self.end(end);
            }
            Statement::Threads { work, meanwhile } => {
                self.work(work);
                self.block(meanwhile);
            }
            Statement::Compute(_)
            | Statement::Call { .. }
            | Statement::Spawn { .. }
            | Statement::Signal { .. }
            | Statement::Open { .. } => {}
        }
    }

    fn work(&mut self, work: &mut Vec<usize>) {
        let next = (0..work.len()).find(|_| self.is_next());
        if let Some(next) = next {
            work.remove(next);
        }
    }

    fn end(&mut self, end: &mut End) {
        if matches!(end, End::ExitNow(_)) {
            return;
        }
        if self.is_next() {
            *end = End::ExitNow(0);
            return;
        }
        match end {
            End::FromThread { work, meanwhile, end } => {
                self.work(work);
                self.block(meanwhile);
                self.end(end);
            }
            End::LeaderFirst { work } => self.work(work),
            End::InStorm { amid, end, .. } => {
                self.block(amid);
                self.end(end);
            }
            End::Exec { hops, .. } if *hops > 0 && self.is_next() => *hops = 0,
            _ => {}
        }
    }
}

/// What a statement does, without the statement around it; nothing for one without parts.
fn parts(statement: &Statement) -> Block {
    match statement {
        Statement::If { then, otherwise, .. } => [then.clone(), otherwise.clone()].concat(),
        Statement::Switch(blocks) => blocks.concat(),
        Statement::Loop { body, .. } | Statement::Timer { body, .. } | Statement::Pending { body, .. } => {
            body.clone()
        }
        Statement::Brood { parent, .. } => parent.clone(),
        Statement::Jump { body, landing } | Statement::Leap { body, landing, .. } => {
            [body.clone(), landing.clone()].concat()
        }
        Statement::Fork(fork) => [fork.both.clone(), fork.parent.clone()].concat(),
        Statement::Threads { meanwhile, .. } => meanwhile.clone(),
        _ => Block::new(),
    }
}
