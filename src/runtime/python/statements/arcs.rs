//! Which line can follow which: the arcs that coverage.py takes for possible.
//!
//! An arc leads from the first line of a statement to that of another. If it leaves a code unit, it leads to
//! the first line of that, negated. This does what the class `AstArcAnalyzer` of coverage.py does, in its
//! order.

use super::syntax::{Clause, Compound, Effect, Kind, Module, Role, Statement};
use crate::runtime::branches::{Arc, WithJumps};
use crate::runtime::statements::LogicalLines;
use std::collections::{BTreeMap, BTreeSet};

/// What a source says of arcs.
pub(super) struct PossibleArcs {
    /// Those that are possible.
    pub(super) arcs: BTreeSet<Arc>,
    /// How those that leave `with` statements are to be read.
    pub(super) jumps: WithJumps,
    /// Loops without an end: the first line of the suite, and of the loop.
    pub(super) endless: BTreeMap<i64, i64>,
}

/// The possible arcs of `module`. `code` has the first lines of the statements with code.
pub(super) fn possible(module: &Module, lines: &LogicalLines, code: &BTreeSet<u32>) -> PossibleArcs {
    let mut analyzer = Analyzer::new(lines, code);
    analyzer.module(module);
    let jumps = analyzer.with_jumps();
    let fixed = analyzer.arcs.iter().filter_map(|arc| jumps.follow(*arc)).filter(|(from, to)| from != to);
    PossibleArcs { arcs: fixed.collect(), endless: analyzer.endless, jumps }
}

/// Lines from which control leaves a statement to what follows it.
type Exits = BTreeSet<i64>;

enum Block {
    Loop {
        start: i64,
        breaks: Exits,
    },
    Function {
        start: i64,
    },
    /// `try`, with the line of its first handler while its body is looked at.
    Try {
        handler: Option<i64>,
    },
}

struct Analyzer<'a> {
    lines: &'a LogicalLines,
    code: &'a BTreeSet<u32>,
    arcs: BTreeSet<Arc>,
    blocks: Vec<Block>,
    /// Code units that are still to be analysed: a suite, its first line, and whether it is a function.
    units: Vec<(&'a [Statement], i64, bool)>,
    /// `with` statements around the statement that is looked at.
    open_withs: BTreeSet<i64>,
    withs: BTreeSet<i64>,
    with_entries: BTreeSet<Arc>,
    with_exits: BTreeSet<Arc>,
    endless: BTreeMap<i64, i64>,
}

impl<'a> Analyzer<'a> {
    fn new(lines: &'a LogicalLines, code: &'a BTreeSet<u32>) -> Self {
        Self {
            lines,
            code,
            arcs: BTreeSet::new(),
            blocks: Vec::new(),
            units: Vec::new(),
            open_withs: BTreeSet::new(),
            withs: BTreeSet::new(),
            with_entries: BTreeSet::new(),
            with_exits: BTreeSet::new(),
            endless: BTreeMap::new(),
        }
    }

    fn module(&mut self, module: &'a Module) {
        self.units.push((&module.body, i64::from(self.lines.first_line(1)), false));
        while let Some((suite, start, is_function)) = self.units.pop() {
            self.blocks.clear();
            if is_function {
                self.blocks.push(Block::Function { start });
            }
            let exits = self.suite(suite, Exits::new());
            exits.into_iter().for_each(|exit| self.add(exit, -start));
        }
    }

    fn add(&mut self, from: i64, to: i64) {
        self.arcs.insert((from, to));
        if self.open_withs.contains(&from) {
            self.with_entries.insert((from, to));
        }
    }

    fn add_all(&mut self, from: &Exits, to: i64) {
        from.iter().for_each(|from| self.add(*from, to));
    }

    fn line(&self, line: u32) -> i64 {
        i64::from(self.lines.first_line(line))
    }

    /// The line at which a statement begins, with its decorators.
    fn start(&self, statement: &Statement) -> i64 {
        match statement {
            Statement::Compound(Compound { decorators, .. }) if !decorators.is_empty() => {
                self.line(decorators[0].first)
            }
            _ => self.line(statement.first()),
        }
    }

    fn has_code(&self, line: i64) -> bool {
        u32::try_from(line).is_ok_and(|line| self.code.contains(&line))
    }

    /// A suite that control enters from the lines `before`. Gives its exits.
    fn suite(&mut self, suite: &'a [Statement], before: Exits) -> Exits {
        let mut exits = before;
        for statement in suite {
            let start = self.start(statement);
            if self.has_code(start) {
                self.add_all(&exits, start);
                exits = self.statement(statement, start);
            } else {
                // A definition in code that is never reached is analysed all the same.
                self.collect_units(statement);
            }
        }
        exits
    }

    fn statement(&mut self, statement: &'a Statement, start: i64) -> Exits {
        let compound = match statement {
            Statement::Simple { effect, .. } => return self.simple(*effect, start),
            Statement::Compound(compound) => compound,
        };
        match compound.kind {
            Kind::If => self.choice(&compound.clauses),
            Kind::While | Kind::For => self.repetition(compound, start),
            Kind::Try => self.attempt(&compound.clauses, start),
            Kind::With => self.with(&compound.clauses, start),
            Kind::Match => self.selection(&compound.clauses, start),
            Kind::Function | Kind::Class => {
                self.collect_units(statement);
                self.definition(compound)
            }
        }
    }

    fn simple(&mut self, effect: Effect, here: i64) -> Exits {
        match effect {
            Effect::Breaks => {
                let around = self.blocks.iter_mut().rev().find_map(|block| match block {
                    Block::Loop { breaks, .. } => Some(breaks),
                    _ => None,
                });
                around.map(|breaks| breaks.insert(here));
            }
            Effect::Continues => {
                let around = self.blocks.iter().rev().find_map(|block| match block {
                    Block::Loop { start, .. } => Some(*start),
                    _ => None,
                });
                around.into_iter().for_each(|start| self.add(here, start));
            }
            Effect::Raises => {
                let around = self.blocks.iter().rev().find_map(|block| match block {
                    Block::Try { handler } => Some(*handler),
                    Block::Function { start } => Some(Some(-start)),
                    Block::Loop { .. } => None,
                });
                around.flatten().into_iter().for_each(|to| self.add(here, to));
            }
            Effect::Returns => {
                let around = self.blocks.iter().rev().find_map(|block| match block {
                    Block::Function { start } => Some(-start),
                    _ => None,
                });
                around.into_iter().for_each(|to| self.add(here, to));
            }
            _ => return Exits::from([here]),
        }
        Exits::new()
    }

    /// Decorators, then the line of the definition itself.
    fn definition(&mut self, compound: &Compound) -> Exits {
        let own = compound.clauses.first().map_or(0, |head| i64::from(head.header.first));
        let lines: Vec<i64> =
            compound.decorators.iter().map(|decorator| self.line(decorator.first)).chain([own]).collect();
        for pair in lines.windows(2) {
            self.add(pair[0], pair[1]);
        }
        Exits::from([own])
    }

    /// `if`, `elif`, `else`. An `elif` is the only statement of an `else`.
    fn choice(&mut self, clauses: &'a [Clause]) -> Exits {
        let mut exits = Exits::new();
        let mut before = Exits::new();
        let mut is_reached = true;
        for (number, clause) in clauses.iter().enumerate() {
            if !is_reached {
                self.collect_units_of(clause);
                continue;
            }
            if clause.role == Role::Else {
                exits.extend(self.suite(&clause.body, before));
                return exits;
            }
            let line = self.line(clause.header.first);
            if number > 0 {
                if !self.has_code(line) {
                    self.collect_units_of(clause);
                    is_reached = false;
                    continue;
                }
                self.add_all(&before, line);
            }
            if clause.constant == Some(false) {
                self.collect_units_of(clause);
            } else {
                exits.extend(self.suite(&clause.body, Exits::from([line])));
            }
            before = Exits::from([line]);
            if clause.constant == Some(true) {
                before.clear();
                is_reached = false;
            }
        }
        exits.extend(before);
        exits
    }

    fn repetition(&mut self, compound: &'a Compound, start: i64) -> Exits {
        let [head, otherwise @ ..] = &compound.clauses[..] else { return Exits::new() };
        self.blocks.push(Block::Loop { start, breaks: Exits::new() });
        if let (Some(true), Some(first)) = (head.constant, head.body.first()) {
            self.endless.insert(self.start(first), start);
        }
        let ends = self.suite(&head.body, Exits::from([start]));
        self.add_all(&ends, start);
        let mut exits = match self.blocks.pop() {
            Some(Block::Loop { breaks, .. }) => breaks,
            _ => Exits::new(),
        };
        match otherwise.first() {
            Some(otherwise) => exits.extend(self.suite(&otherwise.body, Exits::from([start]))),
            None if head.constant.is_some() => {}
            None => exits.extend([start]),
        }
        exits
    }

    fn attempt(&mut self, clauses: &'a [Clause], start: i64) -> Exits {
        let is_handler = |clause: &&Clause| matches!(clause.role, Role::Except | Role::ExceptGroup);
        let handlers = || clauses.iter().filter(is_handler);
        let last = clauses.iter().find(|clause| clause.role == Role::Finally);
        let handler = handlers().next().map(|handler| self.line(handler.header.first));
        self.blocks.push(Block::Try { handler });
        let body = clauses.first().map_or(&[][..], |head| &head.body);
        let mut exits = self.suite(body, Exits::from([start]));
        self.blocks.pop();
        if last.is_some() {
            self.blocks.push(Block::Try { handler: None });
        }
        let mut handled = Exits::new();
        for handler in handlers() {
            let line = self.line(handler.header.first);
            handled.extend(self.suite(&handler.body, Exits::from([line])));
        }
        if let Some(otherwise) = clauses.iter().find(|clause| clause.role == Role::Else) {
            exits = self.suite(&otherwise.body, exits);
        }
        exits.extend(handled);
        let Some(last) = last else { return exits };
        self.blocks.pop();
        let is_reached = !exits.is_empty();
        let after = self.suite(&last.body, exits);
        if is_reached { after } else { Exits::new() }
    }

    fn with(&mut self, clauses: &'a [Clause], start: i64) -> Exits {
        self.open_withs.insert(start);
        self.withs.insert(start);
        let body = clauses.first().map_or(&[][..], |head| &head.body);
        let ends = self.suite(body, Exits::from([start]));
        self.open_withs.remove(&start);
        if ends.is_empty() {
            return Exits::new();
        }
        self.add_all(&ends, start);
        self.with_exits.extend(ends.into_iter().map(|end| (end, start)));
        Exits::from([start])
    }

    fn selection(&mut self, clauses: &'a [Clause], start: i64) -> Exits {
        let mut exits = Exits::new();
        let mut before = start;
        let mut matches_all = false;
        for case in clauses {
            let Role::Case { is_irrefutable, has_guard, .. } = case.role else { continue };
            let line = self.line(case.header.first);
            self.add(before, line);
            exits.extend(self.suite(&case.body, Exits::from([line])));
            before = line;
            matches_all = is_irrefutable && !has_guard;
        }
        if !matches_all {
            exits.insert(before);
        }
        exits
    }

    /// Notes the code unit of a definition, or those in a statement that control does not reach.
    fn collect_units(&mut self, statement: &'a Statement) {
        let Statement::Compound(compound) = statement else { return };
        if compound.kind.is_definition() {
            let start = self.start(statement);
            let suites = compound.clauses.iter();
            self.units.extend(suites.map(|head| (&head.body[..], start, compound.kind == Kind::Function)));
        } else {
            compound.clauses.iter().for_each(|clause| self.collect_units_of(clause));
        }
    }

    fn collect_units_of(&mut self, clause: &'a Clause) {
        clause.body.iter().for_each(|statement| self.collect_units(statement));
    }

    /// At the end of its suite, a `with` statement runs its own line again, and then what follows.
    fn with_jumps(&self) -> WithJumps {
        let mut next = BTreeMap::new();
        for arc in self.arcs.iter().filter(|arc| self.withs.contains(&arc.0)) {
            if !self.with_entries.contains(arc) {
                next.entry(arc.0).or_insert(arc.1);
            }
        }
        // The end of a `with` statement can be that of another one, and so on.
        let final_next = |mut start: i64, first: i64| {
            let mut line = first;
            for _ in 0..next.len() {
                match next.get(&line).filter(|_| self.with_exits.contains(&(start, line))) {
                    Some(after) => (start, line) = (line, *after),
                    None => break,
                }
            }
            line
        };
        let mut jumps = BTreeMap::new();
        for (end, start) in &self.with_exits {
            if let Some(first) = next.get(start) {
                jumps.insert((*end, *start), Some((*end, final_next(*start, *first))));
            }
        }
        for (start, line) in &next {
            // A suite on the line of its `with` does not jump back.
            if !self.with_exits.contains(&(*start, *start)) {
                jumps.insert((*start, *line), None);
            }
        }
        WithJumps::new(jumps)
    }
}
