//! The process tree, and the order of births. It is pure: it is given the events of the kernel, and makes no
//! call itself, so that a test can try any order of events.
//!
//! Two orders are surprising (ptrace(2), "Stopped states"):
//! * The first stop of a new task can come before its parent's fork event. The task is parked until then.
//! * The fork event may never come: the parent is killed, or another of its threads calls exec, between the
//!   fork and its report. The parked child is then adopted.

use crate::ptrace::Tid;
use hashbrown::{HashMap, HashSet};

/// The number of a process in its run, from 0, in the order of births. Unlike a PID it is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u64);

/// The tree. `S` is the stop of a parked task.
#[derive(Debug)]
pub struct Tree<S> {
    tasks: HashMap<Tid, TreeTask>,
    /// How many of them each process has.
    counts: HashMap<ProcessId, usize>,
    parked: HashMap<Tid, Parked<S>>,
    /// Threads that an exec has killed; their ends may still be reported.
    exec_killed: HashSet<Tid>,
    /// Tasks that ended before their parent's fork event.
    exited_unannounced: HashMap<Tid, End>,
    /// Processes that have had a second thread since they began, or since their last exec.
    threaded: HashSet<ProcessId>,
    /// Processes that had a second thread when they called exec.
    threaded_before: HashSet<ProcessId>,
    processes: u64,
}

#[derive(Debug, Clone, Copy)]
struct TreeTask {
    process: ProcessId,
    /// Its thread group.
    pid: Tid,
    /// Its first stop has not been reported.
    awaits_first_stop: bool,
}

#[derive(Debug)]
struct Parked<S> {
    parentage: Parentage,
    stop: S,
}

/// What the kernel says about a task that its parent has not reported yet.
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

/// The task of a stop.
#[derive(Debug, PartialEq, Eq)]
pub enum TreeStop<S> {
    /// It is known, as a task of this process.
    Known(ProcessId, S),
    /// It is a new task of this process, and this is its first stop.
    First(ProcessId, S),
    /// Its parent has not reported it yet: the stop is kept.
    Parked,
}

/// A task that a fork event has brought into the tree.
#[derive(Debug, PartialEq, Eq)]
pub struct BornTask<S> {
    /// A new process, or that of its parent if it is a thread.
    pub process: ProcessId,
    /// Its first stop, if that came before the event.
    pub parked: Option<S>,
    /// How it ended, if that came before the event.
    pub end: Option<End>,
}

impl<S> Default for Tree<S> {
    fn default() -> Self {
        Self {
            tasks: HashMap::new(),
            counts: HashMap::new(),
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
    /// Adds the process that forkcov has started itself.
    pub fn root(&mut self, pid: Tid) -> ProcessId {
        let process = self.new_process();
        self.insert(pid, TreeTask { process, pid, awaits_first_stop: false });
        process
    }

    /// Adds a task of the process `pid` that forkcov has attached to, and that has not stopped yet. True if
    /// it is the first one of its process.
    pub fn attach(&mut self, tid: Tid, pid: Tid) -> (ProcessId, bool) {
        let known = self.tasks.values().find(|task| task.pid == pid).map(|task| task.process);
        let process = known.unwrap_or_else(|| self.new_process());
        if known.is_some() {
            self.threaded.insert(process);
        }
        self.insert(tid, TreeTask { process, pid, awaits_first_stop: true });
        (process, known.is_none())
    }

    /// Every task that has been reported.
    pub fn tasks(&self) -> Vec<Tid> {
        self.tasks.keys().copied().collect()
    }

    /// A task is no longer traced. True if it was the last traced one of its process.
    pub fn released(&mut self, tid: Tid) -> bool {
        let Some(task) = self.remove(tid) else { return false };
        self.count_tasks(task.process) == 0
    }

    /// A task has stopped. `parentage` is called only if the task is not known.
    pub fn stopped(&mut self, tid: Tid, stop: S, parentage: impl FnOnce(&Self) -> Parentage) -> TreeStop<S> {
        match self.tasks.get_mut(&tid) {
            Some(task) if task.awaits_first_stop => {
                task.awaits_first_stop = false;
                TreeStop::First(task.process, stop)
            }
            Some(task) => TreeStop::Known(task.process, stop),
            None => {
                let parentage = parentage(self);
                self.parked.insert(tid, Parked { parentage, stop });
                TreeStop::Parked
            }
        }
    }

    /// Forgets that a task with this ID has ended before its parent reported it: the ID belongs to another
    /// task now.
    pub fn forget_exited_unannounced(&mut self, tid: Tid) {
        self.exited_unannounced.remove(&tid);
    }

    /// Has a task with this ID ended before its parent reported it?
    pub fn has_exited_unannounced(&self, tid: Tid) -> bool {
        self.exited_unannounced.contains_key(&tid)
    }

    /// `parent`, a task of the tree, reports that it has made `child`. `None` if that was adopted before.
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
            self.insert(child, TreeTask { process, pid, awaits_first_stop: parked.is_none() });
        }
        Some(BornTask { process, parked, end })
    }

    /// How many tasks a process has that have been reported, and have not ended.
    pub fn count_tasks(&self, process: ProcessId) -> usize {
        self.counts.get(&process).copied().unwrap_or(0)
    }

    fn insert(&mut self, tid: Tid, task: TreeTask) {
        self.remove(tid);
        self.tasks.insert(tid, task);
        *self.counts.entry(task.process).or_default() += 1;
    }

    fn remove(&mut self, tid: Tid) -> Option<TreeTask> {
        let task = self.tasks.remove(&tid)?;
        if let Some(count) = self.counts.get_mut(&task.process) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&task.process);
            }
        }
        Some(task)
    }

    /// Has a task been reported that has not stopped yet? It has executed nothing.
    pub fn awaits_first_stop(&self, tid: Tid) -> bool {
        self.tasks.get(&tid).is_some_and(|task| task.awaits_first_stop)
    }

    /// The PID of a task's process.
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

    /// The process that was born last of those that have ended and can have left a child unreported
    /// ([`Tree::may_leave_unannounced`]). `end` says how a task has ended, if it has.
    pub fn youngest_dead(&self, end: impl Fn(Tid) -> Option<End>) -> Option<Tid> {
        let tasks: Vec<_> = self.tasks.iter().map(|(&tid, task)| (task, end(tid))).collect();
        let living: HashSet<ProcessId> =
            tasks.iter().filter(|(_, end)| end.is_none()).map(|(task, _)| task.process).collect();
        let dead = tasks.iter().filter(|(task, end)| {
            let can_have = end.is_some_and(|end| self.may_leave_unannounced(task.process, end));
            !task.awaits_first_stop && can_have && !living.contains(&task.process)
        });
        dead.max_by_key(|(task, _)| task.process).map(|(task, _)| task.pid)
    }

    /// Can a process that ended this way have died between a fork and its report? Only SIGKILL ends a task
    /// inside fork, or another of its threads that ends the whole process.
    pub fn may_die_in_fork(&self, process: ProcessId, end: End) -> bool {
        end == End::Signaled(libc::SIGKILL) || self.threaded.contains(&process)
    }

    /// Can a process that ended this way have left a child unreported? Either it died inside fork, or an exec
    /// killed one of its threads there.
    pub fn may_leave_unannounced(&self, process: ProcessId, end: End) -> bool {
        self.may_die_in_fork(process, end) || self.threaded_before.contains(&process)
    }

    /// Has the image that the process replaces now, by an exec, had threads?
    pub fn had_threads(&mut self, process: ProcessId) -> bool {
        let had = self.threaded.remove(&process);
        if had {
            self.threaded_before.insert(process);
        }
        had
    }

    /// A process has ended, and no more questions about it follow.
    pub fn forget(&mut self, process: ProcessId) {
        self.threaded.remove(&process);
        self.threaded_before.remove(&process);
    }

    /// Has the image that the process runs had a second thread?
    pub fn has_threads(&self, process: ProcessId) -> bool {
        self.threaded.contains(&process)
    }

    /// What the kernel said about a parked task.
    pub fn parentage_of_parked(&self, tid: Tid) -> Option<Parentage> {
        self.parked.get(&tid).map(|parked| parked.parentage)
    }

    /// The parent of a parked process. A parked thread has none: it is never adopted, since it ends with its
    /// process.
    pub fn parent_of_parked(&self, tid: Tid) -> Option<Tid> {
        match self.parked.get(&tid)?.parentage {
            Parentage::ChildOf(pid) => Some(pid),
            Parentage::ThreadOf(_) => None,
        }
    }

    /// Is the parent of a parked process neither in the tree nor `forkcov`? Then its first parent has died,
    /// and left it to another.
    pub fn is_stranger(&self, tid: Tid, forkcov: Tid) -> bool {
        self.parent_of_parked(tid).is_some_and(|parent| !self.is_alive(parent) && parent != forkcov)
    }

    /// The parked children of `pid`, which can report them no more: it has ended, or calls exec.
    pub fn orphans_of(&self, pid: Tid) -> Vec<Tid> {
        let is_orphan = |parked: &Parked<S>| parked.parentage == Parentage::ChildOf(pid);
        self.parked.iter().filter(|(_, parked)| is_orphan(parked)).map(|(&tid, _)| tid).collect()
    }

    /// Makes a parked task a process of its own.
    pub fn adopt(&mut self, tid: Tid) -> Option<(ProcessId, S)> {
        let parked = self.parked.remove(&tid)?;
        let process = self.new_process();
        self.insert(tid, TreeTask { process, pid: tid, awaits_first_stop: false });
        Some((process, parked.stop))
    }

    /// Is no task known to be alive?
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.parked.is_empty()
    }

    /// Is `pid` a living process, as far as is known?
    pub fn is_alive(&self, pid: Tid) -> bool {
        self.process_of_pid(pid).is_some()
    }

    /// The process of `pid`. Its first thread may have ended before forkcov attached to it, and not be in the
    /// tree.
    pub fn process_of_pid(&self, pid: Tid) -> Option<ProcessId> {
        let leader = self.tasks.get(&pid).filter(|task| task.pid == pid);
        let task = leader.or_else(|| self.tasks.values().find(|task| task.pid == pid))?;
        Some(task.process)
    }

    /// A thread of `pid` has that ID now, by an exec that it reports next. The thread that had it before may
    /// have left the tree, by its end or its release.
    pub fn takes_over(&mut self, pid: Tid, former: Tid) {
        if self.tasks.contains_key(&pid) {
            return;
        }
        let caller = self.tasks.get(&former).filter(|task| task.pid == pid);
        let task = caller.or_else(|| self.tasks.values().find(|task| task.pid == pid)).copied();
        if let Some(task) = task {
            self.insert(pid, TreeTask { awaits_first_stop: false, ..task });
        }
    }

    /// The process of `pid` runs a new program: the thread `former` that called exec is its leader now, and
    /// its other threads are dead.
    pub fn executed(&mut self, pid: Tid, former: Tid) -> Option<ProcessId> {
        let task = self.tasks.get(&former).or_else(|| self.tasks.get(&pid)).copied()?;
        let others: Vec<Tid> = self
            .tasks
            .iter()
            .filter(|&(&tid, other)| other.process == task.process && tid != former && tid != pid)
            .map(|(&tid, _)| tid)
            .collect();
        let unreported = self
            .parked
            .iter()
            .filter(|(_, parked)| parked.parentage == Parentage::ThreadOf(pid))
            .map(|(&tid, _)| tid);
        for tid in others.into_iter().chain(unreported.collect::<Vec<_>>()) {
            self.parked.remove(&tid);
            self.remove(tid);
            self.exec_killed.insert(tid);
        }
        self.remove(former);
        self.insert(pid, TreeTask { process: task.process, pid, awaits_first_stop: false });
        Some(task.process)
    }

    /// A task has ended. Returns its process if that has ended with it: the kernel reports the end of a
    /// leader after those of all other threads.
    pub fn ended(&mut self, tid: Tid, end: End) -> Option<ProcessId> {
        self.parked.remove(&tid);
        match self.remove(tid) {
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
