//! For which statements the compiler generates code. CPython 3.13 omits what can never be reached.

use super::syntax::{Clause, Compound, Effect, Kind, Module, Role, Span, Statement};

/// The first lines of headers, decorators and simple statements that have code, in no order.
pub(super) fn executable(module: &Module) -> Vec<u32> {
    let mut compiler = Compiler { lines: Vec::new() };
    compiler.suite(&module.body, Scope::Other);
    compiler.lines
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Function,
    /// A module or a class.
    Other,
}

/// How control can leave a reachable statement or suite, apart from exceptions.
#[derive(Clone, Copy)]
struct Flow {
    /// To what follows it.
    on: bool,
    /// To what follows the loop around it.
    breaks: bool,
}

const ON: Flow = Flow { on: true, breaks: false };
const NOWHERE: Flow = Flow { on: false, breaks: false };

struct Compiler {
    lines: Vec<u32>,
}

impl Compiler {
    fn suite(&mut self, suite: &[Statement], scope: Scope) -> Flow {
        let mut flow = ON;
        for statement in suite {
            let then = match statement {
                Statement::Simple { span, effect } => self.simple(*span, *effect, scope),
                Statement::Compound(compound) => self.compound(compound, scope),
            };
            flow = Flow { on: then.on, breaks: flow.breaks || then.breaks };
            if !flow.on {
                break;
            }
        }
        flow
    }

    fn simple(&mut self, span: Span, effect: Effect, scope: Scope) -> Flow {
        let has_code = match effect {
            Effect::Nothing => false,
            Effect::Annotates => scope != Scope::Function,
            _ => true,
        };
        if has_code {
            self.has_code(span);
        }
        match effect {
            Effect::Returns | Effect::Raises | Effect::Continues | Effect::Asserts(Some(false)) => NOWHERE,
            Effect::Breaks => Flow { on: false, breaks: true },
            _ => ON,
        }
    }

    fn compound(&mut self, compound: &Compound, scope: Scope) -> Flow {
        for decorator in &compound.decorators {
            self.has_code(*decorator);
        }
        match compound.kind {
            Kind::Function => self.definition(compound, Scope::Function),
            Kind::Class => self.definition(compound, Scope::Other),
            Kind::If => self.choice(compound, scope),
            Kind::While | Kind::For => self.repetition(compound, scope),
            Kind::Try => self.attempt(compound, scope),
            Kind::Match => self.selection(compound, scope),
            // The context manager may swallow an exception, so what follows can always be reached.
            Kind::With => {
                self.clauses(compound, scope).fold(ON, |flow, suite| Flow { on: true, ..either(flow, suite) })
            }
        }
    }

    fn definition(&mut self, compound: &Compound, scope: Scope) -> Flow {
        self.clauses(compound, scope).for_each(drop);
        ON
    }

    /// The flow out of each suite, whatever the headers say.
    fn clauses<'c>(&'c mut self, compound: &'c Compound, scope: Scope) -> impl Iterator<Item = Flow> + 'c {
        compound.clauses.iter().map(move |clause| self.clause(clause, scope))
    }

    fn clause(&mut self, clause: &Clause, scope: Scope) -> Flow {
        if !matches!(clause.role, Role::Else | Role::Finally) {
            self.has_code(clause.header);
        }
        self.suite(&clause.body, scope)
    }

    /// `if`, `elif`, `else`.
    fn choice(&mut self, compound: &Compound, scope: Scope) -> Flow {
        let mut flow = NOWHERE;
        for clause in &compound.clauses {
            if clause.role == Role::Test(Some(false)) {
                self.has_code(clause.header);
                continue;
            }
            flow = either(flow, self.clause(clause, scope));
            if matches!(clause.role, Role::Test(Some(true)) | Role::Else) {
                return flow;
            }
        }
        Flow { on: true, ..flow }
    }

    /// `while` and `for`, with `else`.
    fn repetition(&mut self, compound: &Compound, scope: Scope) -> Flow {
        let mut ends = true;
        let mut broken = false;
        let mut flow = ON;
        for clause in &compound.clauses {
            match clause.role {
                Role::Test(Some(false)) => self.has_code(clause.header),
                Role::Else if !ends => {}
                Role::Else => flow = self.clause(clause, scope),
                role => {
                    ends = role != Role::Test(Some(true));
                    broken = self.clause(clause, scope).breaks;
                }
            }
        }
        Flow { on: broken || ends && flow.on, breaks: ends && flow.breaks }
    }

    fn attempt(&mut self, compound: &Compound, scope: Scope) -> Flow {
        let mut flow = NOWHERE;
        let mut body = NOWHERE;
        for clause in &compound.clauses {
            match clause.role {
                Role::Head => body = self.clause(clause, scope),
                Role::Else if !body.on => {}
                Role::Else => {
                    let then = self.clause(clause, scope);
                    body = Flow { on: then.on, breaks: body.breaks || then.breaks };
                }
                Role::Finally => {
                    let before = either(body, flow);
                    let last = self.clause(clause, scope);
                    return Flow {
                        on: before.on && last.on,
                        breaks: before.breaks && last.on || last.breaks,
                    };
                }
                // What no handler catches is raised again. If nothing is left, the end is reached.
                Role::ExceptGroup => flow = Flow { on: true, ..either(flow, self.clause(clause, scope)) },
                _ => flow = either(flow, self.clause(clause, scope)),
            }
        }
        either(body, flow)
    }

    fn selection(&mut self, compound: &Compound, scope: Scope) -> Flow {
        let mut flow = NOWHERE;
        for clause in &compound.clauses {
            if let Role::Case { guard: Some(false), .. } = clause.role {
                self.has_code(clause.header);
                continue;
            }
            let then = self.clause(clause, scope);
            match clause.role {
                Role::Case { is_irrefutable: true, guard: Some(true), .. } => return either(flow, then),
                Role::Case { .. } => flow = either(flow, then),
                _ => {}
            }
        }
        Flow { on: true, ..flow }
    }

    fn has_code(&mut self, span: Span) {
        self.lines.push(span.first);
    }
}

fn either(a: Flow, b: Flow) -> Flow {
    Flow { on: a.on || b.on, breaks: a.breaks || b.breaks }
}
