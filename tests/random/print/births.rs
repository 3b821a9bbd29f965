//! Statements that make processes and threads, in C.

use super::Printer;
use crate::ast::{Block, Care, End, Fork};

impl Printer<'_> {
    pub(super) fn fork(&mut self, fork: &Fork) {
        let child = format!("child{}", self.number());
        self.line(format!("struct child {child};"));
        self.line(format!("L; branch(me, {}, &{child});", fork.how));
        self.block(&fork.both);
        self.line(format!("L; if ({child}.pid == 0) {{"));
        self.file.indent += 1;
        match fork.care {
            Care::Poke(handler) => {
                self.handle(handler);
                self.line(format!("L; receive(&{child}, {});", self.program.handlers[handler].signal));
            }
            Care::Continue => self.line("L; stop_self();"),
            Care::Leave => self.line("L; break_loose();"),
            Care::Await | Care::Pester => {}
        }
        self.block(&fork.child);
        self.end(&fork.end, &child);
        self.file.indent -= 1;
        self.line("}");
        if let Care::Poke(handler) = fork.care {
            self.line(format!("L; poke(&{child}, {});", self.program.handlers[handler].signal));
        }
        if fork.care == Care::Pester {
            self.line(format!("L; pester(&{child});"));
        }
        self.block(&fork.parent);
        match fork.end {
            End::Killed(signal) => self.line(format!("L; kill_parked(&{child}, {signal}, 0);")),
            End::KilledInStorm { signal, after, .. } => {
                self.line(format!("L; kill_parked(&{child}, {signal}, {after});"));
            }
            _ => {}
        }
        if fork.care != Care::Leave {
            self.line(format!("L; await(me, &{child});"));
        }
    }

    pub(super) fn brood(&mut self, count: u32, child: &Block, end: &End, parent: &Block) {
        let number = self.number();
        let each = format!("L; for (unsigned i{number} = 0; i{number} < {count}; i{number}++) {{");
        let one = format!("brood{number}[i{number}]");
        self.line(format!("struct child brood{number}[{count}];"));
        self.line(&each);
        self.line(format!("    L; branch(me, FORK, &{one});"));
        self.line(format!("    L; if ({one}.pid == 0) {{"));
        self.file.indent += 2;
        self.block(child);
        self.end(end, "");
        self.file.indent -= 2;
        self.line("    }");
        self.line("}");
        self.block(parent);
        self.line(each);
        self.line(format!("    L; await(me, &{one});"));
        self.line("}");
    }

    pub(super) fn vfork(&mut self, own_stack: bool, block: &Block, end: &End) {
        let number = self.number();
        let (child, function) = (format!("child{number}"), format!("child_of_vfork{number}"));
        self.file.begin(format!("static void {function}(struct self *me, volatile unsigned x) {{ L;"));
        let indent = std::mem::take(&mut self.file.indent);
        self.line("L; name(me);");
        self.block(block);
        self.end(end, "");
        self.file.end("}");
        self.file.indent = indent;
        self.line("L; begin_alone();");
        self.line(format!("L; struct child {child} = unborn(me);"));
        self.line(format!("L; struct self self{number} = newborn(me, &{child});"));
        if own_stack {
            self.line(format!("L; branch_off({function}, &self{number}, x, &{child});"));
        } else {
            self.line("L; vfork();");
            self.line(format!("L; if (is_me(&{child})) {function}(&self{number}, x);"));
        }
        self.line("L; end_alone();");
        self.line(format!("L; await(me, &{child});"));
    }

    pub(super) fn spawn(&mut self, function: usize) {
        let child = format!("child{}", self.number());
        self.line(format!("L; struct child {child} = spawn(me, {function}, x);"));
        self.line(format!("L; await(me, &{child});"));
    }

    pub(super) fn threads(&mut self, work: &[usize], meanwhile: &Block) {
        let crowd = self.crowd(work, 0);
        self.line(format!("L; go({crowd});"));
        self.block(meanwhile);
        self.line(format!("L; x += join({crowd}); DONE(x);"));
    }

    /// Prepares threads, and gives the name of all of them.
    pub(super) fn crowd(&mut self, work: &[usize], doomed: u32) -> String {
        let crowd = format!("crowd{}", self.number());
        self.line(format!("L; struct crowd *{crowd} = gather(me, {doomed});"));
        for function in work {
            self.line(format!("L; enlist({crowd}, f{function}, x);"));
        }
        crowd
    }
}
