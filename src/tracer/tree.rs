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
    ghosts: HashSet<Tid>,
    /// Tasks whose end came before their parent's fork event.
    stillborn: HashMap<Tid, End>,
    /// Processes that have had a second thread since they began, or their last exec.
    threaded: HashSet<ProcessId>,
    processes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Task {
    process: ProcessId,
    /// The thread group that it is in.
    pid: Tid,
    /// Its first stop has not come.
    unseen: bool,
}

#[derive(Debug)]
struct Parked<S> {
    kin: Kin,
    stop: S,
}

/// What the kernel says of a task that its parent has not told of yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kin {
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
pub enum Seen<S> {
    /// A task of this process.
    Known(ProcessId, S),
    /// The first stop of a new task of this process.
    First(ProcessId, S),
    /// A task whose parent has not told of it yet: it is kept.
    Parked,
}

/// A task that a fork event, or an adoption, has brought into the tree.
#[derive(Debug, PartialEq, Eq)]
pub struct Born<S> {
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
            ghosts: HashSet::new(),
            stillborn: HashMap::new(),
            threaded: HashSet::new(),
            processes: 0,
        }
    }
}

impl<S> Tree<S> {
    /// A process that forkcov started itself.
    pub fn root(&mut self, pid: Tid) -> ProcessId {
        let process = self.new_process();
        self.tasks.insert(pid, Task { process, pid, unseen: false });
        process
    }

    /// A task has stopped. `kin` is asked only when the task is not known.
    pub fn stopped(&mut self, tid: Tid, stop: S, kin: impl FnOnce(&Self) -> Kin) -> Seen<S> {
        match self.tasks.get_mut(&tid) {
            Some(task) if task.unseen => {
                task.unseen = false;
                Seen::First(task.process, stop)
            }
            Some(task) => Seen::Known(task.process, stop),
            None => {
                let kin = kin(self);
                self.parked.insert(tid, Parked { kin, stop });
                Seen::Parked
            }
        }
    }

    /// `parent`, a task of the tree, tells that it made `child`. `None` if that was adopted before.
    pub fn born(&mut self, parent: Tid, child: Tid, thread: bool) -> Option<Born<S>> {
        let parent = *self.tasks.get(&parent)?;
        if self.tasks.contains_key(&child) {
            return None;
        }
        self.ghosts.remove(&child);
        let (process, pid) = if thread { (parent.process, parent.pid) } else { (self.new_process(), child) };
        if thread {
            self.threaded.insert(process);
        }
        let end = self.stillborn.remove(&child);
        let parked = self.parked.remove(&child).map(|parked| parked.stop);
        if end.is_none() {
            self.tasks.insert(child, Task { process, pid, unseen: parked.is_none() });
        }
        Some(Born { process, parked, end })
    }

    /// The process of a task, by its PID.
    pub fn pid_of(&self, tid: Tid) -> Option<Tid> {
        self.tasks.get(&tid).map(|task| task.pid)
    }

    /// The process of a task.
    pub fn process_of(&self, tid: Tid) -> Option<ProcessId> {
        self.tasks.get(&tid).map(|task| task.process)
    }

    /// The process that was born last of those of which all tasks are `dead`.
    pub fn youngest(&self, dead: impl Fn(Tid) -> bool) -> Option<Tid> {
        let living: HashSet<ProcessId> =
            self.tasks.iter().filter(|&(&tid, _)| !dead(tid)).map(|(_, task)| task.process).collect();
        let ended = self.tasks.values().filter(|task| !living.contains(&task.process));
        ended.max_by_key(|task| task.process).map(|task| task.pid)
    }

    /// Has an image of this process that it has given up for another had threads? To be asked at its exec.
    pub fn had_threads(&mut self, process: ProcessId) -> bool {
        self.threaded.remove(&process)
    }

    /// Has the image that this process runs had threads, beside its first?
    pub fn has_threads(&self, process: ProcessId) -> bool {
        self.threaded.contains(&process)
    }

    /// What the kernel said of a parked task.
    pub fn kin_of_parked(&self, tid: Tid) -> Option<Kin> {
        self.parked.get(&tid).map(|parked| parked.kin)
    }

    /// The parent of a parked process. A parked thread has none to be adopted from: it ends with its process.
    pub fn parent_of_parked(&self, tid: Tid) -> Option<Tid> {
        match self.parked.get(&tid)?.kin {
            Kin::ChildOf(pid) => Some(pid),
            Kin::ThreadOf(_) => None,
        }
    }

    /// Is the parent of a parked process neither in the tree nor `forkcov`? One that died has left it to another.
    pub fn is_stranger(&self, tid: Tid, forkcov: Tid) -> bool {
        self.parent_of_parked(tid).is_some_and(|parent| !self.is_alive(parent) && parent != forkcov)
    }

    /// Parked processes whose parent is `pid`, of which that parent can tell no more: it has ended, or execs.
    pub fn orphans_of(&self, pid: Tid) -> Vec<Tid> {
        let is_orphan = |parked: &Parked<S>| parked.kin == Kin::ChildOf(pid);
        self.parked.iter().filter(|(_, parked)| is_orphan(parked)).map(|(&tid, _)| tid).collect()
    }

    /// Makes a parked task a process of its own.
    pub fn adopt(&mut self, tid: Tid) -> Option<(ProcessId, S)> {
        let parked = self.parked.remove(&tid)?;
        let process = self.new_process();
        self.tasks.insert(tid, Task { process, pid: tid, unseen: false });
        Some((process, parked.stop))
    }

    /// Is no task known to live?
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.parked.is_empty()
    }

    /// Is `pid` a process that lives, as far as is known?
    pub fn is_alive(&self, pid: Tid) -> bool {
        self.tasks.get(&pid).is_some_and(|task| task.pid == pid)
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
        let untold =
            self.parked.iter().filter(|(_, parked)| parked.kin == Kin::ThreadOf(pid)).map(|(&tid, _)| tid);
        for tid in others.into_iter().chain(untold.collect::<Vec<_>>()) {
            self.parked.remove(&tid);
            self.tasks.remove(&tid);
            self.ghosts.insert(tid);
        }
        self.tasks.remove(&former);
        self.tasks.insert(pid, Task { process: task.process, pid, unseen: false });
        Some(task.process)
    }

    /// A task has ended. Gives its process if that has ended with it: the end of a leader is reported when all
    /// other threads are gone.
    pub fn ended(&mut self, tid: Tid, end: End) -> Option<ProcessId> {
        self.parked.remove(&tid);
        match self.tasks.remove(&tid) {
            Some(task) if task.pid == tid => {
                self.threaded.remove(&task.process);
                Some(task.process)
            }
            Some(_) => None,
            None => {
                if !self.ghosts.remove(&tid) {
                    self.stillborn.insert(tid, end);
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
mod tests {
    use super::*;

    const ROOT: ProcessId = ProcessId(0);
    const CHILD: ProcessId = ProcessId(1);
    const KILLED: End = End::Signaled(9);

    fn tree() -> Tree<&'static str> {
        let mut tree = Tree::default();
        assert_eq!(tree.root(100), ROOT);
        tree
    }

    fn no_kin(_: &Tree<&'static str>) -> Kin {
        panic!("the kin of a known task is not asked for")
    }

    #[test]
    fn a_child_may_stop_after_its_parents_event() {
        let mut tree = tree();
        let born = tree.born(100, 101, false).unwrap();
        assert_eq!(born, Born { process: CHILD, parked: None, end: None });
        assert_eq!(tree.stopped(101, "first", no_kin), Seen::First(CHILD, "first"));
        assert_eq!(tree.stopped(101, "second", no_kin), Seen::Known(CHILD, "second"));
    }

    #[test]
    fn a_child_may_stop_before_its_parents_event() {
        let mut tree = tree();
        assert_eq!(tree.stopped(101, "first", |_| Kin::ChildOf(100)), Seen::Parked);
        let born = tree.born(100, 101, false).unwrap();
        assert_eq!(born, Born { process: CHILD, parked: Some("first"), end: None });
        assert_eq!(tree.stopped(101, "second", no_kin), Seen::Known(CHILD, "second"));
    }

    #[test]
    fn a_child_may_end_before_its_parents_event() {
        let mut tree = tree();
        assert_eq!(tree.stopped(101, "first", |_| Kin::ChildOf(100)), Seen::Parked);
        assert_eq!(tree.ended(101, KILLED), None);
        let born = tree.born(100, 101, false).unwrap();
        assert_eq!(born, Born { process: CHILD, parked: None, end: Some(KILLED) });
        assert!(!tree.is_alive(101));
    }

    #[test]
    fn a_child_whose_parent_died_untold_is_adopted() {
        let mut tree = tree();
        tree.stopped(101, "first", |_| Kin::ChildOf(100));
        assert_eq!(tree.ended(100, KILLED), Some(ROOT));
        assert_eq!(tree.orphans_of(100), [101]);
        assert_eq!(tree.adopt(101), Some((CHILD, "first")));
        assert!(tree.orphans_of(100).is_empty());
    }

    #[test]
    fn a_process_ends_with_its_leader_and_not_with_a_thread() {
        let mut tree = tree();
        assert_eq!(tree.born(100, 101, true).unwrap().process, ROOT);
        assert_eq!(tree.stopped(101, "", no_kin), Seen::First(ROOT, ""));
        assert_eq!(tree.ended(101, KILLED), None);
        assert_eq!(tree.ended(100, KILLED), Some(ROOT));
    }

    #[test]
    fn a_thread_that_execs_becomes_the_leader() {
        let mut tree = tree();
        tree.born(100, 101, true);
        tree.born(100, 102, true);
        assert_eq!(tree.executed(100, 102), Some(ROOT));
        // The end of a thread that the exec did away with is nobody's, and is not kept for a later child.
        assert_eq!(tree.ended(101, KILLED), None);
        assert!(tree.born(100, 101, false).unwrap().end.is_none());
        assert_eq!(tree.ended(100, KILLED), Some(ROOT));
    }

    #[test]
    fn a_pid_that_is_used_again_is_another_process() {
        let mut tree = tree();
        tree.born(100, 101, false);
        assert_eq!(tree.ended(101, KILLED), Some(CHILD));
        assert_eq!(tree.born(100, 101, false).unwrap().process, ProcessId(2));
    }

    #[test]
    fn a_thread_that_is_the_child_of_a_thread_is_of_the_same_process() {
        let mut tree = tree();
        tree.born(100, 101, true);
        assert_eq!(tree.born(101, 102, true).unwrap().process, ROOT);
        let grandchild = tree.born(102, 103, false).unwrap();
        assert_eq!(grandchild.process, CHILD);
        assert!(tree.is_alive(103) && !tree.is_alive(102));
    }
}
