//! A process under trace.

use super::parents::process_info::ImageId;
use super::parents::tree::ProcessId;
use super::signals::disposition::Dispositions;
use super::spaces::SpaceId;
use crate::ptrace::Tid;

/// A thread group.
#[derive(Debug)]
pub struct Process<Record> {
    pub id: ProcessId,
    pub pid: Tid,
    pub space: SpaceId,
    /// The image before the last exec, if it had threads: one of them may have forked a process that has not
    /// been seen yet.
    pub former: Option<FormerImage>,
    pub record: Record,
    pub signals: Dispositions,
    /// It is in a group-stop.
    pub is_stopped: bool,
    /// It has reported a hardware breakpoint or watchpoint of its own (perf_event_open(2), debug registers).
    pub has_hardware_breakpoints: bool,
}

/// An image that an exec has replaced.
#[derive(Debug)]
pub struct FormerImage {
    pub space: SpaceId,
    /// The image that came after it. The process may have replaced that as well, by an exec not reported yet.
    pub next: Option<ImageId>,
}
