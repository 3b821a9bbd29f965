//! Who is whose child: the process tree, and the order of births. Pure: it is told what the kernel told, and
//! makes no call itself, so that any order of events can be tried in a test.
//!
//! Two orders are not what one expects (ptrace(2), "Stopped states"):
//! * a new task's first stop can come before its parent's fork event: it is parked until that event;
//! * the fork event may never come, when the parent is killed, or another of its threads execs, between the
//!   fork and the report of it: the parked child is then adopted.

use crate::ptrace::Tid;
use hashbrown::{HashMap, HashSet};

/// The number of a process in its run, from 0, in the order of births. Unlike a PID it is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u64);

/// The tree. `S` is what is kept of a parked task: its stop.
#[derive(Debug)]
pub struct Tree<S> {
    tasks: HashMap<Tid, Task>,
    parked: HashMap<Tid, Parked<S>>,
    /// Threads that an exec did away with; their ends may still be reported.
    exec_killed: HashSet<Tid>,
    /// Tasks whose end came before their parent's fork event.
    exited_unannounced: HashMap<Tid, End>,
    /// Processes that have had a second thread since they began, or their last exec.
    threaded: HashSet<ProcessId>,
    /// Processes that have called exec when they had a second thread.
    threaded_before: HashSet<ProcessId>,
    processes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Task {
    process: ProcessId,
    /// The thread group that it is in.
    pid: Tid,
    /// Its first stop has not come.
    awaits_first_stop: bool,
}

#[derive(Debug)]
struct Parked<S> {
    parentage: Parentage,
    stop: S,
}

/// What the kernel says of a task that its parent has not told of yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parentage {
    /// A process, the child of this PID.
    ChildOf(Tid),
    /// A thread of this process.
    ThreadOf(Tid),
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With this exit status.
    Exited(i32),
    /// By this signal.
    Signaled(i32),
}

/// What a stop is, in view of the tree.
#[derive(Debug, PartialEq, Eq)]
pub enum TreeStop<S> {
    /// A task of this process.
    Breakpoint(ProcessId, S),
    /// The first stop of a new task of this process.
    First(ProcessId, S),
    /// A task whose parent has not told of it yet: it is kept.
    Parked,
}

/// A task that a fork event, or an adoption, has brought into the tree.
#[derive(Debug, PartialEq, Eq)]
pub struct BornTask<S> {
    /// Its process: a new one, or its parent's if it is a thread.
    pub process: ProcessId,
    /// Its first stop, if that came before.
    pub parked: Option<S>,
    /// How it ended, if it has already.
    pub end: Option<End>,
}

impl<S> Default for Tree<S> {
    fn default() -> Self {
        Self {
            tasks: HashMap::new(),
            parked: HashMap::new(),
            exec_killed: HashSet::new(),
            exited_unannounced: HashMap::new(),
            threaded: HashSet::new(),
            threaded_before: HashSet::new(),
            processes: 0,
        }
    }
}

impl<S> Tree<S> {
    /// A process that forkcov started itself.
    pub fn root(&mut self, pid: Tid) -> ProcessId {
        let process = self.new_process();
        self.tasks.insert(pid, Task { process, pid, awaits_first_stop: false });
        process
    }

    /// A task of the process `pid` that forkcov has attached to, and that has not stopped yet. True if it is the first
    /// of its process.
    pub fn attach(&mut self, tid: Tid, pid: Tid) -> (ProcessId, bool) {
        let known = self.tasks.values().find(|task| task.pid == pid).map(|task| task.process);
        let process = known.unwrap_or_else(|| self.new_process());
        if known.is_some() {
            self.threaded.insert(process);
        }
        self.tasks.insert(tid, Task { process, pid, awaits_first_stop: true });
        (process, known.is_none())
    }

    /// Every task that has been told of.
    pub fn tasks(&self) -> Vec<Tid> {
        self.tasks.keys().copied().collect()
    }

    /// A task is no longer traced. True if it was the last one of its process.
    pub fn released(&mut self, tid: Tid) -> bool {
        let Some(task) = self.tasks.remove(&tid) else { return false };
        !self.tasks.values().any(|other| other.process == task.process)
    }

    /// A task has stopped. `parentage` is asked only when the task is not known.
    pub fn stopped(&mut self, tid: Tid, stop: S, parentage: impl FnOnce(&Self) -> Parentage) -> TreeStop<S> {
        match self.tasks.get_mut(&tid) {
            Some(task) if task.awaits_first_stop => {
                task.awaits_first_stop = false;
                TreeStop::First(task.process, stop)
            }
            Some(task) => TreeStop::Breakpoint(task.process, stop),
            None => {
                let parentage = parentage(self);
                self.parked.insert(tid, Parked { parentage, stop });
                TreeStop::Parked
            }
        }
    }

    /// Forgets that a task of this ID has ended, if it was never told who made it: this one is another.
    pub fn forget_exited_unannounced(&mut self, tid: Tid) {
        self.exited_unannounced.remove(&tid);
    }

    /// Has a task of this ID ended that nobody has told of?
    pub fn has_exited_unannounced(&self, tid: Tid) -> bool {
        self.exited_unannounced.contains_key(&tid)
    }

    /// `parent`, a task of the tree, tells that it made `child`. `None` if that was adopted before.
    pub fn born(&mut self, parent: Tid, child: Tid, thread: bool) -> Option<BornTask<S>> {
        let parent = *self.tasks.get(&parent)?;
        if self.tasks.contains_key(&child) {
            return None;
        }
        self.exec_killed.remove(&child);
        let (process, pid) = if thread { (parent.process, parent.pid) } else { (self.new_process(), child) };
        if thread {
            self.threaded.insert(process);
        }
        let end = self.exited_unannounced.remove(&child);
        let parked = self.parked.remove(&child).map(|parked| parked.stop);
        if end.is_none() {
            self.tasks.insert(child, Task { process, pid, awaits_first_stop: parked.is_none() });
        }
        Some(BornTask { process, parked, end })
    }

    /// The process of a task, by its PID.
    pub fn pid_of(&self, tid: Tid) -> Option<Tid> {
        self.tasks.get(&tid).map(|task| task.pid)
    }

    /// The process of a task.
    pub fn process_of(&self, tid: Tid) -> Option<ProcessId> {
        self.tasks.get(&tid).map(|task| task.process)
    }

    /// The tasks of the process of `pid`.
    pub fn tasks_of(&self, pid: Tid) -> Vec<Tid> {
        self.tasks.iter().filter(|(_, task)| task.pid == pid).map(|(&tid, _)| tid).collect()
    }

    /// Of the processes that can have left a child untold, as [`Tree::may_leave_untold`] has it, the one born last.
    /// `end` says of a task how it has ended, if it has.
    pub fn youngest_dead(&self, end: impl Fn(Tid) -> Option<End>) -> Option<Tid> {
        let tasks: Vec<_> = self.tasks.iter().map(|(&tid, task)| (task, end(tid))).collect();
        let living: HashSet<ProcessId> =
            tasks.iter().filter(|(_, end)| end.is_none()).map(|(task, _)| task.process).collect();
        let dead = tasks.iter().filter(|(task, end)| {
            let can_have = end.is_some_and(|end| self.may_leave_untold(task.process, end));
            !task.awaits_first_stop && can_have && !living.contains(&task.process)
        });
        dead.max_by_key(|(task, _)| task.process).map(|(task, _)| task.pid)
    }

    /// Can a process that ends so have made another and not lived to tell of it? Only SIGKILL ends a task within
    /// fork, and so does the end of the whole process by another of its threads.
    pub fn may_die_in_fork(&self, process: ProcessId, end: End) -> bool {
        end == End::Signaled(libc::SIGKILL) || self.threaded.contains(&process)
    }

    /// Can a process that ends so have made another of which it has not told? If it did not die in fork, one of its
    /// threads was done away with there by an exec.
    pub fn may_leave_untold(&self, process: ProcessId, end: End) -> bool {
        self.may_die_in_fork(process, end) || self.threaded_before.contains(&process)
    }

    /// Has the image of this process that it gives up for another had threads? To be asked at its exec.
    pub fn had_threads(&mut self, process: ProcessId) -> bool {
        let had = self.threaded.remove(&process);
        if had {
            self.threaded_before.insert(process);
        }
        had
    }

    /// A process has ended, and nothing more is asked of it.
    pub fn forget(&mut self, process: ProcessId) {
        self.threaded.remove(&process);
        self.threaded_before.remove(&process);
    }

    /// Has the image that this process runs had threads, beside its first?
    pub fn has_threads(&self, process: ProcessId) -> bool {
        self.threaded.contains(&process)
    }

    /// What the kernel said of a parked task.
    pub fn parentage_of_parked(&self, tid: Tid) -> Option<Parentage> {
        self.parked.get(&tid).map(|parked| parked.parentage)
    }

    /// The parent of a parked process. A parked thread has none to be adopted from: it ends with its process.
    pub fn parent_of_parked(&self, tid: Tid) -> Option<Tid> {
        match self.parked.get(&tid)?.parentage {
            Parentage::ChildOf(pid) => Some(pid),
            Parentage::ThreadOf(_) => None,
        }
    }

    /// Is the parent of a parked process neither in the tree nor `forkcov`? One that died has left it to another.
    pub fn is_stranger(&self, tid: Tid, forkcov: Tid) -> bool {
        self.parent_of_parked(tid).is_some_and(|parent| !self.is_alive(parent) && parent != forkcov)
    }

    /// Parked processes whose parent is `pid`, of which that parent can tell no more: it has ended, or execs.
    pub fn orphans_of(&self, pid: Tid) -> Vec<Tid> {
        let is_orphan = |parked: &Parked<S>| parked.parentage == Parentage::ChildOf(pid);
        self.parked.iter().filter(|(_, parked)| is_orphan(parked)).map(|(&tid, _)| tid).collect()
    }

    /// Makes a parked task a process of its own.
    pub fn adopt(&mut self, tid: Tid) -> Option<(ProcessId, S)> {
        let parked = self.parked.remove(&tid)?;
        let process = self.new_process();
        self.tasks.insert(tid, Task { process, pid: tid, awaits_first_stop: false });
        Some((process, parked.stop))
    }

    /// Is no task known to live?
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.parked.is_empty()
    }

    /// Is `pid` a process that lives, as far as is known?
    pub fn is_alive(&self, pid: Tid) -> bool {
        self.process_of_pid(pid).is_some()
    }

    /// The process of `pid`. Its first thread may have ended before it was attached to, and be none of its tasks.
    pub fn process_of_pid(&self, pid: Tid) -> Option<ProcessId> {
        let leader = self.tasks.get(&pid).filter(|task| task.pid == pid);
        let task = leader.or_else(|| self.tasks.values().find(|task| task.pid == pid))?;
        Some(task.process)
    }

    /// A thread of `pid` has that ID now, by an exec of which it is about to tell. Who had it before may have left the
    /// tree, by its end or its release.
    pub fn takes_over(&mut self, pid: Tid, former: Tid) {
        if self.tasks.contains_key(&pid) {
            return;
        }
        let caller = self.tasks.get(&former).filter(|task| task.pid == pid);
        let task = caller.or_else(|| self.tasks.values().find(|task| task.pid == pid)).copied();
        if let Some(task) = task {
            self.tasks.insert(pid, Task { awaits_first_stop: false, ..task });
        }
    }

    /// The process of `pid` runs a new program: the thread `former` that called exec is its leader now, and its
    /// other threads are no more.
    pub fn executed(&mut self, pid: Tid, former: Tid) -> Option<ProcessId> {
        let task = self.tasks.get(&former).or_else(|| self.tasks.get(&pid)).copied()?;
        let others: Vec<Tid> = self
            .tasks
            .iter()
            .filter(|&(&tid, other)| other.process == task.process && tid != former && tid != pid)
            .map(|(&tid, _)| tid)
            .collect();
        let untold = self
            .parked
            .iter()
            .filter(|(_, parked)| parked.parentage == Parentage::ThreadOf(pid))
            .map(|(&tid, _)| tid);
        for tid in others.into_iter().chain(untold.collect::<Vec<_>>()) {
            self.parked.remove(&tid);
            self.tasks.remove(&tid);
            self.exec_killed.insert(tid);
        }
        self.tasks.remove(&former);
        self.tasks.insert(pid, Task { process: task.process, pid, awaits_first_stop: false });
        Some(task.process)
    }

    /// A task has ended. Gives its process if that has ended with it: the end of a leader is reported when all
    /// other threads are gone.
    pub fn ended(&mut self, tid: Tid, end: End) -> Option<ProcessId> {
        self.parked.remove(&tid);
        match self.tasks.remove(&tid) {
            Some(task) if task.pid == tid => Some(task.process),
            Some(_) => None,
            None => {
                if !self.exec_killed.remove(&tid) {
                    self.exited_unannounced.insert(tid, end);
                }
                None
            }
        }
    }

    /// How many processes there have been.
    pub fn count(&self) -> u64 {
        self.processes
    }

    fn new_process(&mut self) -> ProcessId {
        self.processes += 1;
        ProcessId(self.processes - 1)
    }
}

#[cfg(test)]
mod log;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod tests;
