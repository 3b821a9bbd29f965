//! A program in C.
//!
//! `L;` at the beginning of a line logs that the line runs, before anything else of it does. Such a line is
//! executable, and a process has hit it if and only if it has logged it. Lines without it are not judged by
//! themselves.

mod births;
mod ends;
mod file;

pub use file::Source;

use crate::ast::{Block, Function, Home, Program, Statement};
use file::File;
use std::fmt::Display;
use std::fs;
use std::path::Path;

/// Writes the sources of `program` into `directory`, and gives what is to be judged of them.
pub fn write(program: &Program, directory: &Path) -> Result<Vec<Source>, String> {
    let write = |name: &str, text: String| {
        let path = directory.join(name);
        fs::write(&path, text).map_err(|why| format!("failed to write {}: {why}", path.display()))
    };
    write("program.h", header(program))?;
    let homes = (0..program.libraries.len()).map(Home::Library);
    let mut sources = Vec::new();
    for home in [Home::Program].into_iter().chain(homes) {
        let source = Printer { program, file: File::new(home), numbers: 0 }.print(home);
        write(&source.name, source.text())?;
        sources.push(source);
    }
    Ok(sources)
}

fn header(program: &Program) -> String {
    let functions: String = (0..program.functions.len()).map(|number| format!("work f{number};\n")).collect();
    let handlers: String =
        (0..program.handlers.len()).map(|number| format!("void on_{number}(int signal);\n")).collect();
    format!("#include \"runtime.h\"\n{functions}{handlers}extern work *const entries[];\n")
}

struct Printer<'a> {
    program: &'a Program,
    file: File,
    /// The last number that was given to something which needs a name of its own.
    numbers: usize,
}

impl Printer<'_> {
    fn print(mut self, home: Home) -> Source {
        let program = self.program;
        let here = program.functions.iter().enumerate().filter(|(_, function)| function.home == home);
        for (number, function) in here {
            self.function(number, function);
        }
        match home {
            Home::Program => {
                for number in 0..program.handlers.len() {
                    self.handler(number);
                }
                self.entries();
                self.main();
            }
            Home::Library(number) => {
                let library = &program.libraries[number];
                self.hook("constructor", &library.constructor);
                self.hook("destructor", &library.destructor);
            }
        }
        self.file.finish()
    }

    fn function(&mut self, number: usize, function: &Function) {
        let volatile = if returns_twice(&function.body) { "volatile " } else { "" };
        self.file.begin(format!("unsigned f{number}(struct self *me, {volatile}unsigned x) {{ L;"));
        self.block(&function.body);
        self.file.end("    L; return x; }");
    }

    /// Code that runs wherever it happens to: it has no task.
    fn unlogged(&mut self, head: impl Display, body: &Block, end: &str) {
        let number = self.number();
        self.file.begin(format!("{head} {{ L;"));
        self.line(format!("L; struct self here = nobody({number}), *me = &here;"));
        self.line(format!("L; volatile unsigned x = {number};"));
        self.block(body);
        self.file.end(end);
    }

    fn handler(&mut self, number: usize) {
        let handler = &self.program.handlers[number];
        let end =
            if handler.leaps { "    L; arrived(signal), leap(); }" } else { "    L; arrived(signal); }" };
        self.unlogged(format!("void on_{number}(int signal)"), &handler.body, end);
    }

    fn hook(&mut self, kind: &str, body: &Block) {
        self.unlogged(format!("__attribute__(({kind})) static void {kind}(void)"), body, "    L; }");
    }

    fn entries(&mut self) {
        let entry = |(number, function): (usize, &Function)| match function.home {
            Home::Library(library) if !self.program.libraries[library].linked => "NULL".to_string(),
            _ => format!("f{number}"),
        };
        let entries: Vec<String> = self.program.functions.iter().enumerate().map(entry).collect();
        self.file.line(format!("work *const entries[] = {{{}}};", entries.join(", ")));
    }

    fn main(&mut self) {
        self.file.begin("int main(int argc, char **argv) { L;");
        self.line("L; struct self *me = begin(argc, argv);");
        self.line("L; unsigned x = entries[entry(argc, argv)](me, 1);");
        self.line("L; if (argc > 1) {");
        self.line("    L; note(me->path, \"sum\", x);");
        self.line("    L; return 0;");
        self.line("}");
        self.end(&self.program.end, "");
        self.file.end("}");
    }

    fn line(&mut self, text: impl Display) {
        self.file.line(format!("    {text}"));
    }

    fn number(&mut self) -> usize {
        self.numbers += 1;
        self.numbers
    }

    fn block(&mut self, block: &Block) {
        for statement in block {
            self.statement(statement);
        }
    }

    /// A block between braces that stand in other lines.
    fn inner(&mut self, block: &Block) {
        self.file.indent += 1;
        self.block(block);
        self.file.indent -= 1;
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Compute(form) => self.compute(*form),
            Statement::If { odds, then, otherwise } => {
                self.line(format!("L; if (draw(me, {odds}) == 0) {{"));
                self.line("    L;");
                self.inner(then);
                self.line("} else {");
                self.line("    L;");
                self.inner(otherwise);
                self.line("}");
            }
            Statement::Switch(blocks) => self.switch(blocks),
            Statement::Loop { form, times, body } => self.repeat(*form, *times, body),
            Statement::Call { function, by_pointer: true } => {
                self.line(format!("L; x += entries[{function}](me, x); DONE(x);"));
            }
            Statement::Call { function, by_pointer: false } => {
                self.line(format!("L; x += f{function}(me, x); DONE(x);"))
            }
            Statement::Jump { body, landing } => {
                let number = self.number();
                self.line(format!("jmp_buf env{number};"));
                self.line(format!("L; if (setjmp(env{number}) == 0) {{"));
                self.inner(body);
                self.line(format!("    L; longjmp(env{number}, 1);"));
                self.line("} else {");
                self.inner(landing);
                self.line("}");
            }
            Statement::Fork(fork) => self.fork(fork),
            Statement::Brood { count, child, end, parent } => self.brood(*count, child, end, parent),
            Statement::Vfork { own_stack, child, end } => self.vfork(*own_stack, child, end),
            Statement::Spawn { function } => self.spawn(*function),
            Statement::Threads { work, meanwhile } => self.threads(work, meanwhile),
            Statement::Signal { handler, way } => {
                self.handle(*handler);
                self.line(format!("L; send_self({}, {way});", self.program.handlers[*handler].signal));
            }
            Statement::Pending { handler, body } => {
                let signal = self.program.handlers[*handler].signal;
                self.handle(*handler);
                self.line(format!("L; block({signal}), send_self({signal}, RAISE);"));
                self.block(body);
                self.line(format!("L; unblock({signal});"));
            }
            Statement::Timer { handler, body } => {
                let (number, signal) = (self.number(), self.program.handlers[*handler].signal);
                self.handle(*handler);
                self.line(format!("L; timer_t timer{number} = tick({signal});"));
                self.block(body);
                self.line(format!("L; untick(timer{number}, {signal});"));
            }
            Statement::Leap { handler, body, landing } => self.leap(*handler, body, landing),
            Statement::Open { function, closes } => self.open(*function, *closes),
        }
    }

    fn compute(&mut self, form: u32) {
        let constant = form / 8 % 100;
        self.line(match form % 5 {
            0 => format!("L; x = x * 5 + {constant}; DONE(x);"),
            1 => format!("L; x ^= draw(me, {}); DONE(x);", constant + 1),
            2 => format!("L; x += (x >> 3) + {constant}; DONE(x);"),
            3 => format!("L; x = x % 7 ? x / 3 : {constant}; DONE(x);"),
            _ => format!("L; x -= {constant}; DONE(x);"),
        });
    }

    fn switch(&mut self, blocks: &[Block]) {
        self.line(format!("L; switch (draw(me, {})) {{", blocks.len()));
        for (number, block) in blocks.iter().enumerate() {
            match number {
                0 => self.line("default: {"),
                number => self.line(format!("case {number}: {{")),
            }
            self.inner(block);
            self.line("    break;");
            self.line("}");
        }
        self.line("}");
    }

    fn repeat(&mut self, form: u32, times: u32, body: &Block) {
        let i = format!("i{}", self.number());
        let (head, tail) = match form % 4 {
            0 => (format!("L; for (unsigned {i} = 0; {i} < {times}; {i}++) {{"), "}".to_string()),
            1 => {
                self.line(format!("L; unsigned {i} = {times}; DONE({i});"));
                (format!("L; while ({i}-- > 0) {{"), "}".to_string())
            }
            2 => {
                self.line(format!("L; unsigned {i} = 0; DONE({i});"));
                ("do {".to_string(), format!("}} while (++{i} < {times});"))
            }
            _ => {
                self.line(format!("L; unsigned {i} = 0; DONE({i});"));
                (format!("again_{i}: {{"), format!("}} if (++{i} < {times}) goto again_{i};"))
            }
        };
        self.line(head);
        self.inner(body);
        self.line(tail);
    }

    fn handle(&mut self, number: usize) {
        let handler = &self.program.handlers[number];
        self.line(format!("L; handle({}, on_{number}, {});", handler.signal, handler.flags));
    }

    fn leap(&mut self, handler: usize, body: &Block, landing: &Block) {
        let (number, signal) = (self.number(), self.program.handlers[handler].signal);
        self.line(format!("sigjmp_buf env{number};"));
        self.line(format!("L; sigjmp_buf *before{number} = aim(&env{number});"));
        self.line(format!("L; if (sigsetjmp(env{number}, 1) == 0) {{"));
        self.inner(body);
        // What the body called may have made the signal's action another one.
        self.file.indent += 1;
        self.handle(handler);
        self.line(match signal {
            "SIGSEGV" => "L; *nowhere() = 1;".to_string(),
            "SIGFPE" => "L; x = x / zero(); DONE(x);".to_string(),
            "SIGILL" => "L; __asm__ volatile(\"ud2\");".to_string(),
            signal => format!("L; send_self({signal}, RAISE);"),
        });
        self.file.indent -= 1;
        self.line("} else {");
        self.inner(landing);
        self.line("}");
        self.line(format!("L; aim(before{number});"));
    }

    fn open(&mut self, function: usize, closes: bool) {
        let number = self.number();
        let home = File::new(self.program.functions[function].home);
        self.line(format!("L; void *library{number} = dlopen(\"./{}\", RTLD_NOW);", home.object()));
        self.line(format!("L; x += ((work *)dlsym(library{number}, \"f{function}\"))(me, x);"));
        if closes {
            self.line(format!("L; dlclose(library{number});"));
        }
    }
}

/// Does something in it return twice, so that what it changes must be in memory?
fn returns_twice(block: &Block) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Jump { .. } | Statement::Leap { .. } | Statement::Vfork { .. } => true,
        Statement::If { then, otherwise, .. } => returns_twice(then) || returns_twice(otherwise),
        Statement::Switch(blocks) => blocks.iter().any(returns_twice),
        Statement::Loop { body, .. }
        | Statement::Timer { body, .. }
        | Statement::Pending { body, .. }
        | Statement::Threads { meanwhile: body, .. } => returns_twice(body),
        Statement::Brood { child, parent, .. } => returns_twice(child) || returns_twice(parent),
        Statement::Fork(fork) => [&fork.both, &fork.child, &fork.parent].into_iter().any(returns_twice),
        _ => false,
    })
}
