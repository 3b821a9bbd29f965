//! Ends of processes, in C.

use super::Printer;
use crate::ast::End;

impl Printer<'_> {
    /// `child` is what the parent knows the process by, if it has one that kills it.
    pub(super) fn end(&mut self, end: &End, child: &str) {
        match end {
            End::FromThread { work, meanwhile, end } => {
                let ender = format!("ender{}", self.number());
                self.file.begin(format!("static unsigned {ender}(struct self *me, unsigned x) {{ L;"));
                let indent = std::mem::take(&mut self.file.indent);
                self.line("L; await_parked(me->crowd);");
                self.end(end, "");
                self.file.end("}");
                self.file.indent = indent;
                let crowd = self.crowd(work, 1);
                self.line(format!("L; enlist_ender({crowd}, {ender}, x);"));
                self.line(format!("L; go({crowd});"));
                self.block(meanwhile);
                self.line(format!("L; park_in({crowd});"));
                return;
            }
            End::LeaderFirst { work } => {
                let crowd = self.crowd(work, 0);
                self.line(format!("L; go({crowd});"));
                self.line("L; leave();");
                return;
            }
            End::InStorm { work, after, amid, end } => {
                let crowd = self.crowd(&[], 0);
                self.line(match work {
                    Some(work) => format!("L; enlist_storm({crowd}, f{work}, x);"),
                    None => format!("L; enlist_storm({crowd}, NULL, x);"),
                });
                self.line(format!("L; go({crowd});"));
                self.line(format!("L; await_storm({crowd}, {after});"));
                self.block(amid);
                return self.end(end, "");
            }
            _ => {}
        }
        self.line("L; note(me->path, \"sum\", x);");
        self.line(match end {
            End::ExitNow(status) => format!("L; _exit({status});"),
            End::Exit(status) => format!("L; exit({status});"),
            End::Abort => "L; reset(SIGABRT), abort();".to_string(),
            End::Signal(signal) => format!("L; die({signal});"),
            End::Fault => "L; reset(SIGSEGV), *nowhere() = 1;".to_string(),
            End::Alarm => "L; die_by_alarm();".to_string(),
            End::Exec { function, hops } => format!("L; exec_self(me, {function}, x, {hops});"),
            End::Killed(_) => format!("L; park({child}.cell);"),
            End::KilledInStorm { work, .. } => format!("L; storm(me, {child}.cell, f{work}, x);"),
            End::FromThread { .. } | End::LeaderFirst { .. } | End::InStorm { .. } => String::new(),
        });
    }
}
