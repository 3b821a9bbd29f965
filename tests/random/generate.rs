//! Makes a program from a seed, always the same one.

mod births;
mod ends;

use crate::ast::{Block, Context, End, Function, Handler, Home, Library, Program, Statement};
use crate::cost::{Cost, Costs};
use fastrand::Rng;

/// What a run may cost.
const LIMIT: Cost = Cost { tasks: 60, statements: 5000 };
/// What a run of a function but the first may cost, so that there is something to call.
const FUNCTION_LIMIT: Cost = Cost { tasks: 16, statements: 1500 };
/// What a function without processes may cost.
const LEAF_LIMIT: Cost = Cost { tasks: 0, statements: 20 };
/// How deep blocks nest.
const DEPTH: u32 = 3;

/// Signals of the handlers that return.
const SIGNALS: [&str; 8] =
    ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGWINCH", "SIGIO", "SIGVTALRM", "SIGRTMIN + 2", "SIGRTMAX - 1"];
/// Signals of those that leap.
const LEAPS: [&str; 4] = ["SIGSEGV", "SIGFPE", "SIGILL", "SIGURG"];
const FLAGS: [&str; 5] =
    ["0", "SA_RESTART", "SA_NODEFER", "SA_ONSTACK | SA_RESTART", "SA_SIGINFO | SA_ONSTACK"];

/// The program of a seed.
pub fn program(seed: u64, has_libraries: bool) -> Program {
    let mut random = Rng::with_seed(seed);
    let libraries = if has_libraries { libraries(&mut random) } else { Vec::new() };
    let functions = skeleton(&mut random, &libraries);
    let handlers = handlers(&mut random);
    let costs = Costs(vec![Cost::default(); functions.len()]);
    let mut generator =
        Generator { random, costs, program: Program { functions, handlers, libraries, end: End::Exit(0) } };
    generator.fill();
    generator.program
}

fn libraries(random: &mut Rng) -> Vec<Library> {
    let count = random.usize(0..=3);
    (0..count)
        .map(|number| Library {
            linked: number == 0 && random.bool(),
            constructor: Block::new(),
            destructor: Block::new(),
        })
        .collect()
}

/// The functions, still empty: which may call which.
fn skeleton(random: &mut Rng, libraries: &[Library]) -> Vec<Function> {
    let (upper, leaves) = (random.usize(5..=9), random.usize(3..=6));
    let mut function = |number: usize| Function {
        home: match random.usize(0..6) {
            library if number > 0 && library < libraries.len() => Home::Library(library),
            _ => Home::Program,
        },
        context: match number {
            0 => Context::Process,
            number if number >= upper => Context::Leaf,
            _ if random.bool() => Context::Process,
            _ => Context::Thread,
        },
        body: Block::new(),
    };
    (0..upper + leaves).map(&mut function).collect()
}

fn handlers(random: &mut Rng) -> Vec<Handler> {
    let (mut signals, mut leaps) = (SIGNALS, LEAPS);
    random.shuffle(&mut signals);
    random.shuffle(&mut leaps);
    let returning = signals[..random.usize(1..=3)].iter().map(|signal| (*signal, false));
    let leaping = leaps[..random.usize(1..=3)].iter().map(|signal| (*signal, true));
    let handler = |(signal, leaps), flags| Handler { signal, flags, leaps, body: Block::new() };
    let all: Vec<_> = returning.chain(leaping).collect();
    all.into_iter().map(|signal| handler(signal, FLAGS[random.usize(..FLAGS.len())])).collect()
}

/// Where a piece of code stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where it may run.
    context: Context,
    /// It may call functions behind this one.
    after: usize,
    /// How deep it is in other blocks.
    depth: u32,
}

struct Generator {
    random: Rng,
    costs: Costs,
    program: Program,
}

impl Generator {
    /// From the last function to the first: what is called is known already.
    fn fill(&mut self) {
        for number in (0..self.program.functions.len()).rev() {
            let context = self.program.functions[number].context;
            let limit = match (number, context) {
                (0, _) => LIMIT,
                (_, Context::Leaf) => LEAF_LIMIT,
                _ => FUNCTION_LIMIT,
            };
            let statements = if number == 0 { 8..=14 } else { 1..=6 };
            let statements = self.random.usize(statements);
            let body = self.block(Place { context, after: number, depth: 0 }, limit, statements);
            self.costs.0[number] = self.costs.block(&body);
            self.program.functions[number].body = body;
        }
        let leaf = self.first_leaf();
        for number in 0..self.program.handlers.len() {
            self.program.handlers[number].body = self.leaf(leaf);
        }
        for number in 0..self.program.libraries.len() {
            self.program.libraries[number].constructor = self.leaf(leaf);
            self.program.libraries[number].destructor = self.leaf(leaf);
        }
        let place = Place { context: Context::Process, after: 0, depth: 1 };
        self.program.end = self.end(place, FUNCTION_LIMIT);
    }

    /// Handlers, constructors and destructors may call what comes behind this.
    fn first_leaf(&self) -> usize {
        let first = self.program.functions.iter().position(|function| function.context == Context::Leaf);
        first.map_or(0, |first| first - 1)
    }

    fn leaf(&mut self, after: usize) -> Block {
        let statements = self.random.usize(1..=3);
        self.block(Place { context: Context::Leaf, after, depth: 1 }, LEAF_LIMIT, statements)
    }

    fn block(&mut self, place: Place, mut limit: Cost, statements: usize) -> Block {
        let mut block = Block::new();
        for _ in 0..statements {
            let statement = self.statement(place, limit);
            let cost = self.costs.statement(&statement);
            if cost.fits(limit) {
                limit = limit.minus(cost);
                block.push(statement);
            } else {
                block.push(Statement::Compute(self.random.u32(..)));
            }
        }
        block
    }

    /// A block within a statement at `place`.
    fn inner(&mut self, place: Place, limit: Cost) -> Block {
        let statements = self.random.usize(1..=3);
        self.block(Place { depth: place.depth + 1, ..place }, limit, statements)
    }

    fn statement(&mut self, place: Place, limit: Cost) -> Statement {
        let kinds = match (place.depth < DEPTH, place.context) {
            (false, _) => 2,
            (true, Context::Leaf) => 6,
            (true, Context::Thread) => 16,
            (true, Context::Process) => 20,
        };
        let compute = Statement::Compute(self.random.u32(..));
        match self.random.u32(..kinds) {
            0 => compute,
            1 => match self.callee(place) {
                Some(function) => Statement::Call { function, by_pointer: self.random.bool() },
                None => compute,
            },
            2 => Statement::If {
                odds: self.random.u32(2..=4),
                then: self.inner(place, limit),
                otherwise: if self.random.bool() { self.inner(place, limit) } else { Block::new() },
            },
            3 => Statement::Switch((0..self.random.u32(2..=4)).map(|_| self.inner(place, limit)).collect()),
            4 => Statement::Loop {
                form: self.random.u32(..),
                times: self.random.u32(1..=3),
                body: self.inner(place, limit),
            },
            5 => Statement::Jump { body: self.inner(place, limit), landing: self.inner(place, limit) },
            6..=8 => self.fork(place, limit),
            9 => self.spawn(place).unwrap_or(compute),
            10 => self.threads(place, limit).unwrap_or(compute),
            11..=13 => self.signal(place, limit),
            14 => self.brood(place, limit),
            15 | 16 => self.vfork(place, limit),
            17 => self.open(place.after, place.context).unwrap_or(compute),
            _ => self.fork(place, limit),
        }
    }

    /// Something with a handler.
    fn signal(&mut self, place: Place, limit: Cost) -> Statement {
        let handler = self.random.usize(..self.program.handlers.len());
        if self.program.handlers[handler].leaps {
            return Statement::Leap {
                handler,
                body: self.inner(place, limit),
                landing: self.inner(place, limit),
            };
        }
        match self.random.u32(..4) {
            0 => return Statement::Pending { handler, body: self.inner(place, limit) },
            1 => return Statement::Timer { handler, body: self.inner(place, limit) },
            _ => {}
        }
        // Only with one thread is it certain which thread handles a signal to the process, and when.
        let ways: &[&str] =
            if place.context == Context::Process { &["RAISE", "KILL", "QUEUE"] } else { &["RAISE"] };
        Statement::Signal { handler, way: ways[self.random.usize(..ways.len())] }
    }

    fn open(&mut self, after: usize, context: Context) -> Option<Statement> {
        let is_opened = |function: &Function| match function.home {
            Home::Program => false,
            Home::Library(number) => !self.program.libraries[number].linked && function.context >= context,
        };
        let functions = &self.program.functions;
        let found: Vec<usize> =
            (after + 1..functions.len()).filter(|&number| is_opened(&functions[number])).collect();
        let function = self.random.choice(found)?;
        Some(Statement::Open { function, closes: self.random.u32(..3) > 0 })
    }

    /// A function that can be called at `place`.
    fn callee(&mut self, place: Place) -> Option<usize> {
        self.function(place.after, place.context)
    }

    /// A function of the program, or of a library linked with it, that may be run by `context`.
    fn function(&mut self, after: usize, context: Context) -> Option<usize> {
        let is_there = |function: &Function| match function.home {
            Home::Program => true,
            Home::Library(number) => self.program.libraries[number].linked,
        };
        let functions = &self.program.functions;
        let fits = |number: &usize| functions[*number].context >= context && is_there(&functions[*number]);
        let found: Vec<usize> = (after + 1..functions.len()).filter(fits).collect();
        self.random.choice(found)
    }

    fn functions(&mut self, after: usize, context: Context, count: usize) -> Vec<usize> {
        (0..count).filter_map(|_| self.function(after, context)).collect()
    }
}
