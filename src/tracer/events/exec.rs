//! An exec, and every other change of what is mapped into a process.

use crate::ptrace::{Result, Status, Stopped, Tid};
use crate::tracer::Tracer;
use crate::tracer::parents::birth::Birth;
use crate::tracer::parents::process_info;
use crate::tracer::parents::tree::ProcessId;
use crate::tracer::process::FormerImage;
use crate::tracer::recorder::Recorder;
use crate::tracer::signals::disposition::Dispositions;
use crate::tracer::spaces::SpaceId;
use crate::tracer::stop::StopContext;

impl<R: Recorder> Tracer<R> {
    /// A process runs a new program.
    pub(in crate::tracer) fn exec(&mut self, task: &Stopped) -> Result<()> {
        let pid = task.tid();
        let former = task.event_message()?;
        self.log_exec(pid, former);
        let Some(id) = self.tree.executed(pid, former) else { return Ok(()) };
        self.adopt_orphans(pid, id);
        let is_silent = self.tasks.get(former).is_some_and(|task| task.ends_silently);
        self.tasks.forget(pid);
        self.tasks.forget(former);
        self.tasks.entry(pid).ends_silently = is_silent;
        let space = self.spaces.create();
        if self.processes.contains_key(&id) {
            self.replace_space(id, pid, space);
        } else {
            self.begin(id, pid, None, Birth::Launch, space, Dispositions::default());
        }
        self.context(id, task).map_or(Ok(()), |mut context| context.enter_image())
    }

    /// The process has a new address space. The one before is kept if one of its threads may have forked a
    /// process in it that has not been seen yet.
    fn replace_space(&mut self, id: ProcessId, pid: Tid, space: SpaceId) {
        let Some(process) = self.processes.get_mut(&id) else { return };
        let former = std::mem::replace(&mut process.space, space);
        let kept = if self.tree.had_threads(id) {
            Some(FormerImage { space: former, next: process_info::image(pid) })
        } else {
            self.spaces.release(former);
            None
        };
        if let Some(before) = std::mem::replace(&mut process.former, kept) {
            self.spaces.release(before.space);
        }
    }
}

impl<R: Recorder> StopContext<'_, R> {
    /// Inserts the breakpoints of a new image, before any of its code is executed.
    fn enter_image(&mut self) -> Result<()> {
        let status = Status::of(self.tid());
        self.process.signals = self.process.signals.at_exec(&status);
        self.state.set_mask(self.process.id, status.set("SigBlk"));
        let (mut mapped, linker) = self.recorder.image(&mut self.process.record, self.task.tid());
        if linker.is_none() && mapped.is_empty() {
            return Ok(());
        }
        // Other breakpoints are inserted first.
        let hooks = mapped.entry_hooks.iter().map(|hook| hook.address);
        let hooks: Vec<u64> = hooks.chain(linker.map(|linker| linker.notify)).collect();
        mapped.pristine.take_if(|code| hooks.iter().any(|address| code.range.contains(address)));
        let code = self.map_code_of(&mapped, true)?;
        self.log_mapping_changes(|context| match context.open_to_insert()? {
            Some(mut opened) => opened.load(mapped, linker, &code),
            None => Ok(()),
        })?;
        self.insert_signal_call_hooks().map(drop)
    }

    /// Compares the breakpoints of the process's space with the objects that are mapped, since that has
    /// changed.
    pub fn reconcile(&mut self) -> Result<()> {
        let before = self.spaces.get(self.process.space).mappings();
        let mapped = self.recorder.mapped(self.task.tid(), &before);
        let code = self.map_code_of(&mapped, false)?;
        self.log_mapping_changes(|context| match context.open_to_insert()? {
            Some(mut opened) => opened.reconcile(mapped, &code),
            None => Ok(()),
        })?;
        if self.insert_signal_call_hooks()? {
            self.read_dispositions()?;
        }
        Ok(())
    }

    /// Inserts the hooks before system calls that concern signals, if the space has sites: without sites
    /// nothing disturbs the program's SIGTRAP but the breakpoint of the dynamic linker. Inserts those before
    /// ptrace(2) if the program may call it. True if there are hooks for signals, and they are the first.
    fn insert_signal_call_hooks(&mut self) -> Result<bool> {
        let space = self.spaces.get(self.process.space);
        let (has_sites, calls_ptrace) = (space.has_sites(), space.calls_ptrace());
        if !has_sites && !calls_ptrace {
            return Ok(false);
        }
        let mut calls = self.recorder.signal_calls(self.task.tid());
        calls.retain(|call| if call.is_ptrace() { calls_ptrace } else { has_sites });
        Ok(self.open()?.insert_signal_call_hooks(&calls)? && has_sites)
    }
}
