//! Runs a program one instruction at a time, and records every line that each of its processes enters: by the
//! beginning of a statement, or by a jump into it from code of another line. To go on where a call was made, or
//! a signal arrived, is not to enter a line: the process did that before, or its parent, before it forked.
//!
//! An image is run freely up to its entry, so that the dynamic linker's work is not stepped, unless the
//! program has libraries of its own; or up to a function before which no line of interest runs (the directive
//! `step-from`). One without lines of interest is run freely to its end. The program may not look at how
//! SIGTRAP is handled: a single step while SIGTRAP is blocked or ignored makes the kernel reset it.

use crate::branches::Direction;
use crate::image::{Image, Tables};
use crate::kernel::{self, Start, Status};
use crate::line_table::LineTable;
use forkcov_testing::report::{Lines, Recorded};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

/// A program being stepped.
pub struct Stepper<'a> {
    sources: &'a Path,
    /// Does the program use libraries with lines of interest?
    libraries: bool,
    tables: Tables<'a>,
    /// Process of each task.
    tasks: HashMap<i32, i32>,
    images: HashMap<i32, Image>,
    hits: BTreeMap<i32, Lines>,
    branches: BTreeMap<i32, BTreeSet<Direction>>,
    /// The last instruction of each task.
    before: HashMap<i32, u64>,
    /// Where processes go on.
    resumed: HashSet<u64>,
}

/// Steps a program to the end of its last process. Only sources under `sources` count. `libraries` says that
/// some may be those of shared libraries; else stepping starts at the function `first`, where an executable
/// has one of that name.
pub fn step(start: &Start, sources: &Path, libraries: bool, first: Option<&str>) -> Result<Stepped, String> {
    kernel::start(start).map_err(|why| format!("failed to start {:?}: {why}", start.argv))?;
    let mut stepper = Stepper {
        sources,
        libraries,
        tables: Tables::new(first),
        tasks: HashMap::new(),
        images: HashMap::new(),
        hits: BTreeMap::new(),
        branches: BTreeMap::new(),
        before: HashMap::new(),
        resumed: HashSet::new(),
    };
    while let Some((tid, status)) = kernel::wait() {
        match status {
            Status::Ended => drop(stepper.tasks.remove(&tid)),
            Status::Stopped { signal, event } => stepper.stopped(tid, signal, event)?,
        }
    }
    let mut executable = Lines::new();
    for (file, line) in stepper.tables.all().flat_map(|table| table.begins.values().flatten()) {
        executable.entry(file.clone()).or_default().insert(*line);
    }
    let all_branches = stepper.tables.all().flat_map(|table| table.branches.all()).collect();
    let recorded = Recorded { hits: stepper.hits, executable };
    Ok(Stepped { recorded, branches: stepper.branches, all_branches })
}

/// What was seen.
pub struct Stepped {
    pub recorded: Recorded,
    /// The directions that each process took.
    pub branches: BTreeMap<i32, BTreeSet<Direction>>,
    /// Those that there are.
    pub all_branches: BTreeSet<Direction>,
}

impl Stepper<'_> {
    fn stopped(&mut self, tid: i32, signal: i32, event: i32) -> Result<(), String> {
        let new = !self.tasks.contains_key(&tid);
        let Some(pid) = self.process(tid) else {
            kernel::request(libc::PTRACE_CONT, tid, 0, 0);
            return Ok(());
        };
        let group_stop = event == libc::PTRACE_EVENT_STOP && signal != libc::SIGTRAP;
        if group_stop {
            kernel::request(libc::PTRACE_LISTEN, tid, 0, 0);
            return Ok(());
        }
        let deliver = match (event, signal) {
            (libc::PTRACE_EVENT_EXEC, _) => {
                self.tasks.retain(|task, of| *of != pid || *task == pid);
                self.load(pid, true)?;
                0
            }
            (0, libc::SIGTRAP) => self.trapped(tid, pid),
            (libc::PTRACE_EVENT_STOP, _) if new => {
                // Its first instruction is the one after the system call that made it.
                let counter = kernel::program_counter(tid);
                self.resumed.insert(counter);
                self.hit(tid, pid, counter);
                0
            }
            (0, signal) => signal,
            _ => 0,
        };
        if deliver != 0 {
            self.resumed.insert(kernel::program_counter(tid));
        }
        let is_free = |image: &Image| image.start.is_some() || (image.is_empty() && !self.libraries);
        let free = self.images.get(&pid).is_none_or(is_free);
        let how = if free { libc::PTRACE_CONT } else { libc::PTRACE_SINGLESTEP };
        kernel::request(how, tid, 0, deliver as usize);
        Ok(())
    }

    /// The process of a task; `None` when it is gone already.
    fn process(&mut self, tid: i32) -> Option<i32> {
        if let Some(pid) = self.tasks.get(&tid) {
            return Some(*pid);
        }
        let status = fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
        let pid = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()?;
        self.tasks.insert(tid, pid);
        if pid == tid {
            self.hits.entry(pid).or_default();
            // It is a copy of its parent, or shares its memory: what /proc says of it is true from the start.
            self.load(pid, false).ok()?;
        }
        Some(pid)
    }

    /// Looks at what a process runs; at an exec, with a breakpoint where stepping starts.
    fn load(&mut self, pid: i32, exec: bool) -> Result<(), String> {
        let mut image = Image::of(pid, &mut self.tables, self.sources)?;
        if exec && !image.is_empty() && !self.libraries {
            image.start = Some(kernel::swap_byte(pid, image.first, 0xcc));
        }
        self.images.insert(pid, image);
        Ok(())
    }

    /// A SIGTRAP: of a step, of the breakpoint where stepping starts, or the program's own. Gives the signal
    /// to deliver.
    fn trapped(&mut self, tid: i32, pid: i32) -> i32 {
        const SI_KERNEL: i32 = 0x80;
        let code = kernel::signal_code(tid);
        let Some(image) = self.images.get_mut(&pid) else { return 0 };
        let mut counter = kernel::program_counter(tid);
        if code == SI_KERNEL {
            let first = image.first;
            let Some(byte) = image.start.take_if(|_| counter == first + 1) else { return libc::SIGTRAP };
            kernel::swap_byte(tid, first, byte);
            counter = first;
            kernel::set_program_counter(tid, counter);
            // Threads that came before run freely until something stops them.
            for (other, _) in self.tasks.iter().filter(|(task, of)| **of == pid && **task != tid) {
                kernel::request(libc::PTRACE_INTERRUPT, *other, 0, 0);
            }
        } else if code <= 0 {
            return libc::SIGTRAP;
        }
        if self.libraries && image.leaves_linker(counter) {
            // It may die at any moment; then there is nothing more to be seen of it.
            let Ok(now) = Image::of(pid, &mut self.tables, self.sources) else { return 0 };
            *image = now;
            image.leaves_linker(counter);
        }
        self.hit(tid, pid, counter);
        0
    }

    /// Records the lines that a process enters with the instruction that it will execute next.
    fn hit(&mut self, tid: i32, pid: i32, counter: u64) {
        let Some(image) = self.images.get(&pid).filter(|image| image.start.is_none()) else { return };
        let before = self.before.insert(tid, counter);
        let own = before.and_then(|before| image.table_at(before));
        // A call has pushed the address of the next instruction.
        let is_next = |next: u64| before.is_some_and(|before| (before + 1..before + 16).contains(&next));
        if own.is_some() && !is_next(counter) {
            self.resumed.extend(Some(kernel::top_of_stack(tid)).filter(|next| is_next(*next)));
        }
        if let Some((table, last)) = own {
            let taken = table.branches.taken(last, counter.wrapping_sub(before.unwrap_or(0) - last));
            if !taken.is_empty() {
                self.branches.entry(pid).or_default().extend(taken);
            }
        }
        let Some((table, address)) = image.table_at(counter) else { return };
        let begins = table.begins.get(&address).into_iter().flatten();
        let enters = table.lines_of(address).filter(|line| {
            let is_own = |(of, at): (&LineTable, u64)| of.lines_of(at).any(|before| before == *line);
            // What the program has written over its code can have other instructions.
            let is_jump = own.is_none() || table.ways.is_referred(address);
            is_jump
                && !self.resumed.contains(&counter)
                && !own.is_some_and(is_own)
                && !table.ways.resumes_unwinding(address)
        });
        let hits = self.hits.entry(pid).or_default();
        for (file, line) in begins.chain(enters) {
            // Looked up before it is inserted: a path is long, and a loop comes here often.
            if !hits.get(file).is_some_and(|hit| hit.contains(line)) {
                hits.entry(file.clone()).or_default().insert(*line);
            }
        }
    }
}
