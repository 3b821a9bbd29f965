//! The end of tasks and processes.

use crate::ptrace::{CloneFlags, Result, Stopped, Tid};
use crate::tracer::Tracer;
use crate::tracer::events::Departure;
use crate::tracer::parents::tree::{End, ProcessId};
use crate::tracer::recorder::Recorder;
use crate::tracer::spaces::OtherTasks;
use crate::tracer::stop::StopContext;

impl<R: Recorder> Tracer<R> {
    /// A task ends now. Its registers can be read for the last time.
    pub(in crate::tracer) fn exiting(&mut self, task: Stopped) {
        let tid = task.tid();
        if let Some(id) = self.tree.process_of(tid)
            && let Some(mut context) = self.context(id, &task)
        {
            let left = context.leave_block(Departure::Exit);
            context.report(left);
            context.state.is_ending = true;
        }
        let resumed = task.resume(0);
        self.report(tid, resumed);
    }

    /// A task has ended.
    pub(in crate::tracer) fn ended(&mut self, tid: Tid, end: End) {
        self.tasks.forget(tid);
        if tid == self.root {
            self.root_end = Some(end);
            if self.until_first {
                self.release_all();
            }
        }
        let pid = self.tree.pid_of(tid);
        let process = self.tree.ended(tid, end);
        self.log_end(tid, pid, end, process);
        if let Some(id) = process {
            self.return_to_former_image(id, end);
            self.adopt_orphans(tid, id);
            self.finish(id, end);
        }
        self.rule_out(tid);
    }

    /// A process has ended. It is kept as the last one if it can have forked a child that it did not report.
    pub(in crate::tracer) fn finish(&mut self, id: ProcessId, end: End) {
        let Some(mut process) = self.processes.remove(&id) else { return };
        self.recorder.end(&mut process.record, end);
        // It no longer shares the actions of its signals: another process may be alone with them now.
        process.signals = process.signals.of_child(CloneFlags::default());
        let over = if self.tree.may_leave_unannounced(id, end) {
            self.last_exited.replace(process)
        } else {
            Some(process)
        };
        self.tree.forget(id);
        if let Some(process) = over {
            self.spaces.release(process.space);
            process.former.into_iter().for_each(|former| self.spaces.release(former.space));
        }
    }
}

impl<R: Recorder> StopContext<'_, R> {
    /// Only an end within a block is worth a stop: there is none where the task has no sites in its memory,
    /// and no other task that could map some.
    pub fn settle_end(&mut self) -> Result<()> {
        let is_alone = self.others == OtherTasks::Stopped;
        let is_silent = is_alone && !self.spaces.get(self.process.space).has_sites();
        self.state.ends_silently &= !self.task.has_usual_options();
        if is_silent != self.state.ends_silently && !self.state.waits_for_vfork {
            self.task.report_end(!is_silent)?;
            self.state.ends_silently = is_silent;
        }
        Ok(())
    }
}
