//! Work on an address space while all tasks that run in it are stopped.
//!
//! Each of the other tasks is interrupted, and waited for. What it stops for, if that is something else, is
//! deferred: it is handled after the work, as if it had come then. A task that does not stop soon (it waits
//! for a device, or for a processor) is not waited for, and the work is put off. So it is if a task is in a
//! system call that would end half done.

use crate::machine::breakpoint_at;
use crate::ptrace::{self, Event, Result, Stop, Stopped, Tid, Wait};
use crate::tracer::Tracer;
use crate::tracer::parents::process_info;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::recorder::Recorder;
use crate::tracer::sites::SiteRef;
use crate::tracer::spaces::space::Breakpoint;
use crate::tracer::spaces::{OtherTasks, SpaceId};
use libc::SIGTRAP;
use std::thread;
use std::time::{Duration, Instant};

/// How long tasks get to stop.
const LIMIT: Duration = Duration::from_millis(10);
/// How long they are polled without a pause.
const SPIN_TIME: Duration = Duration::from_micros(300);
const PAUSE: Duration = Duration::from_micros(100);

impl<R: Recorder> Tracer<R> {
    /// Installs the trampolines of the objects at these sites, in the memory of `task`.
    pub(in crate::tracer) fn install_while_all_stopped(
        &mut self,
        id: ProcessId,
        task: &Stopped,
        sites: Vec<SiteRef>,
    ) -> Result<()> {
        let Some(space) = self.processes.get(&id).map(|process| process.space) else { return Ok(()) };
        let inside = if self.stop_others(space, task.tid()) { self.places_in(space)? } else { None };
        let Some(mut context) = self.context(id, task) else { return Ok(()) };
        let Some(places) = inside else {
            let mut opened = context.open()?;
            sites.into_iter().for_each(|at| opened.postpone_trampolines(at, false));
            return Ok(());
        };
        context.others = OtherTasks::Stopped;
        let avoided = context.open()?.avoid(places)?;
        let installed = context.install_all(sites);
        context.open()?.permit(avoided);
        installed
    }

    /// Stops all tasks that run in a space, but for one that is stopped already. False if one may still run.
    fn stop_others(&mut self, space: SpaceId, stopped: Tid) -> bool {
        let mut running = self.tasks_in(space);
        running.retain(|&tid| tid != stopped && self.may_run(tid));
        // Some have stopped already, and need no interrupt.
        running.retain(|&tid| !self.defer_event_of(tid));
        if running.iter().any(|&tid| process_info::may_be_half_done(tid)) {
            return false;
        }
        self.interrupt_until(running, false, Self::defer_event_of)
    }

    /// Interrupts tasks, and waits until each of them `is_done`, or has died. False if one is not after a
    /// while, unless it has to be waited for (`must_be_done`).
    pub(super) fn interrupt_until(
        &mut self,
        mut tasks: Vec<Tid>,
        must_be_done: bool,
        is_done: impl Fn(&mut Self, Tid) -> bool,
    ) -> bool {
        tasks.retain(|&tid| ptrace::interrupt(tid).is_ok());
        tasks.iter().for_each(|&tid| self.tasks.entry(tid).interrupted = true);
        let start = Instant::now();
        loop {
            tasks.retain(|&tid| !is_done(self, tid));
            let elapsed = start.elapsed();
            if tasks.is_empty() {
                return true;
            } else if elapsed > LIMIT && !must_be_done {
                return false;
            } else if elapsed > SPIN_TIME {
                // A leader that has ended is reported when all threads have; and a thread that calls exec has
                // the ID of its leader after that.
                tasks.retain(|&tid| !process_info::is_dead(tid));
                thread::sleep(PAUSE);
            } else {
                thread::yield_now();
            }
        }
    }

    pub(super) fn tasks_in(&self, space: SpaceId) -> Vec<Tid> {
        let processes = self.processes.values().filter(|process| process.space == space);
        processes.flat_map(|process| self.tree.tasks_of(process.pid)).collect()
    }

    /// May a task be executing the program's code? It does not before its first stop.
    pub(super) fn may_run(&self, tid: Tid) -> bool {
        let is_at_rest = self.tasks.get(tid).is_some_and(|task| task.is_ending || task.waits_for_vfork);
        !is_at_rest
            && !self.tree.awaits_first_stop(tid)
            && !self.deferred_stops().any(|(task, _)| task.tid() == tid)
    }

    /// Takes the event of a task, if there is one.
    pub(super) fn defer_event_of(&mut self, tid: Tid) -> bool {
        let Ok(Some(wait)) = ptrace::try_next_of(tid) else { return false };
        self.deferred_events.push_back(wait);
        true
    }

    pub(super) fn deferred_stops(&self) -> impl Iterator<Item = (&Stopped, Stop)> {
        self.deferred_events.iter().filter_map(|wait| match wait {
            Wait::Stopped(task, stop) => Some((task, *stop)),
            Wait::Exited(..) | Wait::Signaled(..) => None,
        })
    }

    /// The program counter of a stopped task. If it is at a springboard, which may be removed, the task is
    /// moved to where it has come from.
    pub(super) fn leave_springboard(&self, space: SpaceId, task: &Stopped, stop: Stop) -> Result<u64> {
        let (space, counter) = (self.spaces.get(space), task.program_counter()?);
        let Some(start) = space.before_springboard(counter) else { return Ok(counter) };
        if stop == Stop::Signal(SIGTRAP) && space.find(breakpoint_at(counter)).is_some() {
            // It has run into a breakpoint right in front of the springboard.
            return Ok(counter);
        }
        task.set_program_counter(start)?;
        Ok(start)
    }

    /// Where the stopped tasks of a space will continue, but for those at a jump that has edges. `None` if
    /// one of them has called exec, or makes a process: that has a copy of the memory as it was. Neither
    /// while one steps over a breakpoint, which is to be inserted again.
    fn places_in(&self, space: SpaceId) -> Result<Option<Vec<u64>>> {
        let tasks = self.tasks_in(space);
        if tasks.iter().any(|&tid| self.tasks.get(tid).is_some_and(|task| task.step.is_some())) {
            return Ok(None);
        }
        let mut places = Vec::new();
        for (task, stop) in self.deferred_stops().filter(|(task, _)| tasks.contains(&task.tid())) {
            match stop {
                Stop::Event(Event::Exec | Event::Fork | Event::Vfork) => return Ok(None),
                Stop::Event(Event::Clone) if !process_info::is_thread(task.event_message()?) => {
                    return Ok(None);
                }
                _ => {}
            }
            let counter = self.leave_springboard(space, task, stop)?;
            let (breakpoint, space) = (breakpoint_at(counter), self.spaces.get(space));
            match space.find(breakpoint).filter(|_| stop == Stop::Signal(SIGTRAP)) {
                // The tracer makes the jump for the task.
                Some(Breakpoint::Site(at, _)) if space.has_edges(at) => {}
                Some(Breakpoint::Site(..)) => places.push(breakpoint),
                _ => places.push(counter),
            }
        }
        Ok(Some(places))
    }
}
