//! Orders of events, one by one.

use super::*;

const ROOT: ProcessId = ProcessId(0);
const CHILD: ProcessId = ProcessId(1);
const KILLED: End = End::Signaled(9);

fn tree() -> Tree<&'static str> {
    let mut tree = Tree::default();
    assert_eq!(tree.root(100), ROOT);
    tree
}

fn no_parentage(_: &Tree<&'static str>) -> Parentage {
    panic!("the parentage of a known task is not needed")
}

#[test]
fn a_child_may_stop_after_its_parents_event() {
    let mut tree = tree();
    let born = tree.born(100, 101, false).unwrap();
    assert_eq!(born, BornTask { process: CHILD, parked: None, end: None });
    assert_eq!(tree.stopped(101, "first", no_parentage), TreeStop::First(CHILD, "first"));
    assert_eq!(tree.stopped(101, "second", no_parentage), TreeStop::Known(CHILD, "second"));
}

#[test]
fn a_child_may_stop_before_its_parents_event() {
    let mut tree = tree();
    assert_eq!(tree.stopped(101, "first", |_| Parentage::ChildOf(100)), TreeStop::Parked);
    let born = tree.born(100, 101, false).unwrap();
    assert_eq!(born, BornTask { process: CHILD, parked: Some("first"), end: None });
    assert_eq!(tree.stopped(101, "second", no_parentage), TreeStop::Known(CHILD, "second"));
}

#[test]
fn a_child_may_end_before_its_parents_event() {
    let mut tree = tree();
    assert_eq!(tree.stopped(101, "first", |_| Parentage::ChildOf(100)), TreeStop::Parked);
    assert_eq!(tree.ended(101, KILLED), None);
    let born = tree.born(100, 101, false).unwrap();
    assert_eq!(born, BornTask { process: CHILD, parked: None, end: Some(KILLED) });
    assert!(!tree.is_alive(101));
}

#[test]
fn a_child_that_a_dead_parent_left_unreported_is_adopted() {
    let mut tree = tree();
    tree.stopped(101, "first", |_| Parentage::ChildOf(100));
    assert_eq!(tree.ended(100, KILLED), Some(ROOT));
    assert_eq!(tree.orphans_of(100), [101]);
    assert_eq!(tree.adopt(101), Some((CHILD, "first")));
    assert!(tree.orphans_of(100).is_empty());
}

#[test]
fn an_attached_process_is_one_with_all_its_threads() {
    let mut tree = Tree::<&str>::default();
    assert_eq!(tree.attach(100, 100), (ROOT, true));
    assert_eq!(tree.attach(102, 100), (ROOT, false));
    assert_eq!(tree.attach(101, 101), (CHILD, true));
    assert_eq!(tree.stopped(102, "", no_parentage), TreeStop::First(ROOT, ""));
    assert_eq!(tree.born(102, 103, false).unwrap().process, ProcessId(2));
    assert!(!tree.released(100));
    assert!(tree.released(102));
    assert!(tree.released(101) && tree.released(103) && tree.is_empty());
}

#[test]
fn a_process_ends_with_its_leader_and_not_with_a_thread() {
    let mut tree = tree();
    assert_eq!(tree.born(100, 101, true).unwrap().process, ROOT);
    assert_eq!(tree.stopped(101, "", no_parentage), TreeStop::First(ROOT, ""));
    assert_eq!(tree.ended(101, KILLED), None);
    assert_eq!(tree.ended(100, KILLED), Some(ROOT));
}

#[test]
fn a_thread_that_execs_becomes_the_leader() {
    let mut tree = tree();
    tree.born(100, 101, true);
    tree.born(100, 102, true);
    assert_eq!(tree.executed(100, 102), Some(ROOT));
    // The end of a thread that the exec has killed is not kept for a later child with its ID.
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

#[test]
fn a_process_is_alive_whose_first_thread_ended_before_the_attach() {
    let mut tree: Tree<()> = Tree::default();
    let (process, _) = tree.attach(102, 101);
    assert_eq!((tree.process_of_pid(101), tree.process_of_pid(102)), (Some(process), None));
    assert!(tree.is_alive(101) && !tree.is_alive(102));
}

#[test]
fn a_thread_that_execs_takes_over_from_a_leader_that_has_left_the_tree() {
    let mut tree = tree();
    tree.born(100, 101, true);
    tree.stopped(101, "first", no_parentage);
    assert!(!tree.released(100));
    tree.takes_over(100, 101);
    assert_eq!(tree.stopped(100, "exec", no_parentage), TreeStop::Known(ROOT, "exec"));
    assert_eq!(tree.executed(100, 101), Some(ROOT));
    assert_eq!(tree.tasks(), [100]);
}

#[test]
fn the_tasks_of_a_process_are_counted_without_those_that_have_ended() {
    let mut tree = tree();
    assert_eq!(tree.count_tasks(ROOT), 1);
    tree.born(100, 101, true).unwrap();
    tree.born(101, 102, true).unwrap();
    tree.born(100, 103, false).unwrap();
    assert_eq!((tree.count_tasks(ROOT), tree.count_tasks(CHILD)), (3, 1));
    assert!(tree.awaits_first_stop(101) && !tree.awaits_first_stop(100));
    tree.stopped(101, "", no_parentage);
    assert!(!tree.awaits_first_stop(101));
    assert_eq!(tree.ended(101, KILLED), None);
    assert_eq!((tree.count_tasks(ROOT), tree.has_threads(ROOT)), (2, true));
    assert_eq!(tree.executed(100, 102), Some(ROOT));
    assert_eq!(tree.count_tasks(ROOT), 1);
    assert_eq!(tree.ended(100, KILLED), Some(ROOT));
    assert_eq!((tree.count_tasks(ROOT), tree.count_tasks(CHILD)), (0, 1));
}
