//! The parts of a generated program. [`print`](crate::print) says what each part is in C.

/// A program: `functions[0]` is where it begins. A function calls only later ones, so every run ends.
#[derive(Debug, Clone)]
pub struct Program {
    /// In the order of calls.
    pub functions: Vec<Function>,
    /// Each has a signal of its own.
    pub handlers: Vec<Handler>,
    /// Constructor and destructor of the library that is linked, if there is one; then of those that are
    /// opened.
    pub libraries: Vec<Library>,
    /// How the first process ends, after `functions[0]`.
    pub end: End,
}

/// `unsigned fN(struct self *me, unsigned x)`.
#[derive(Debug, Clone)]
pub struct Function {
    /// Where it is compiled.
    pub home: Home,
    /// Where it can be called.
    pub context: Context,
    /// What it does before it returns `x`.
    pub body: Block,
}

/// An object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// The executable.
    Program,
    /// This one of the libraries.
    Library(usize),
}

/// Where a piece of code may run. Each context may also run the code of those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// The only thread of a process.
    Process,
    /// Any thread.
    Thread,
    /// Anything: handlers, constructors, children of vfork.
    Leaf,
}

/// A signal handler.
#[derive(Debug, Clone)]
pub struct Handler {
    /// Its name in C.
    pub signal: &'static str,
    /// Flags for sigaction(2), in C.
    pub flags: &'static str,
    /// It ends by siglongjmp(3).
    pub leaps: bool,
    /// Of context [`Context::Leaf`].
    pub body: Block,
}

/// A shared library, but for its functions.
#[derive(Debug, Clone)]
pub struct Library {
    /// Linked with the program; otherwise it is opened by dlopen(3).
    pub linked: bool,
    /// Run when it is mapped.
    pub constructor: Block,
    /// Run when it is closed, and at exit(3).
    pub destructor: Block,
}

/// Statements, one after the other.
pub type Block = Vec<Statement>;

/// A statement; its first line logs itself.
#[derive(Debug, Clone)]
pub enum Statement {
    /// Arithmetic, in one of several forms.
    Compute(u32),
    /// Then or otherwise, by what the task draws: the first once in `odds`.
    If { odds: u32, then: Block, otherwise: Block },
    /// One of the blocks, by what the task draws.
    Switch(Vec<Block>),
    /// `times` times, in one of several forms.
    Loop { form: u32, times: u32, body: Block },
    /// A call.
    Call { function: usize, by_pointer: bool },
    /// The body ends by longjmp(3) and lands there.
    Jump { body: Block, landing: Block },
    /// A child.
    Fork(Box<Fork>),
    /// Children that live at once: each runs the same, and the parent something meanwhile.
    Brood { count: u32, child: Block, end: End, parent: Block },
    /// A child of vfork(2), which ends as `end` says; or one of clone(2) that is like it but for a stack of
    /// its own.
    Vfork { own_stack: bool, child: Block, end: End },
    /// A child of posix_spawn(3) that runs this function in a new image.
    Spawn { function: usize },
    /// A thread for each function; they run at once, and beside `meanwhile`.
    Threads { work: Vec<usize>, meanwhile: Block },
    /// The handler is installed, and gets its signal, in one of several ways.
    Signal { handler: usize, way: &'static str },
    /// The handler's signal is blocked and raised, the body runs, and the signal is unblocked.
    Pending { handler: usize, body: Block },
    /// The handler gets signals from a timer while the body runs.
    Timer { handler: usize, body: Block },
    /// The body ends by the signal of a handler that leaps, and lands there.
    Leap { handler: usize, body: Block, landing: Block },
    /// The library of this function is opened, the function called and the library closed.
    Open { function: usize, closes: bool },
}

/// A fork.
#[derive(Debug, Clone)]
pub struct Fork {
    /// The system call: a value of `enum how`.
    pub how: &'static str,
    /// What both run.
    pub both: Block,
    /// What the child runs.
    pub child: Block,
    /// And how it ends.
    pub end: End,
    /// What the parent runs.
    pub parent: Block,
    /// What the parent does to the child.
    pub care: Care,
}

/// What a parent does to its child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// It waits for it.
    Await,
    /// It stops it several times, and then waits for it.
    Pester,
    /// The child stops itself; the parent continues it, and waits for it.
    Continue,
    /// It sends the signal of this handler, for which the child waits; and waits for the child.
    Poke(usize),
    /// It does not wait.
    Leave,
}

/// How a process ends.
#[derive(Debug, Clone)]
pub enum End {
    /// `_exit`.
    ExitNow(u8),
    /// `exit`: destructors run.
    Exit(u8),
    /// `abort`.
    Abort,
    /// By a signal that it sends itself.
    Signal(&'static str),
    /// By a write to nowhere.
    Fault,
    /// By a timer's signal.
    Alarm,
    /// It continues in a new image with this function, perhaps by way of some that exec at once.
    Exec { function: usize, hops: u32 },
    /// Its parent kills it, while it waits for that.
    Killed(&'static str),
    /// Its parent kills it, while it makes children that run this function.
    KilledInStorm { work: usize, signal: &'static str, after: u32 },
    /// Another thread makes children that run this function, or threads if there is none; amid that,
    /// something runs, and so it ends.
    InStorm { work: Option<usize>, after: u32, amid: Block, end: Box<End> },
    /// So ends a thread when all others wait.
    FromThread { work: Vec<usize>, meanwhile: Block, end: Box<End> },
    /// The first thread ends before the others, and the process with the last.
    LeaderFirst { work: Vec<usize> },
}
