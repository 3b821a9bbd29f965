//! What a run finds out about what it covers, and says at its end.

use crate::plural::counted;

/// Lines for stderr; none stands twice.
#[derive(Debug, Default)]
pub struct Diagnostics {
    /// What is not covered and why. Always said.
    pub losses: Vec<String>,
    /// What the program cannot do because it is traced, and what to do about that. Always said.
    pub hints: Vec<String>,
    /// What is left out because its sources are not on this machine: said with `--verbose`.
    pub absent: Vec<String>,
    /// How many sources that are.
    absent_sources: usize,
    /// What is covered, and what is left out as it should be. Said with `--verbose`.
    pub notes: Vec<String>,
}

impl Diagnostics {
    /// Something cannot be covered.
    pub fn lose(&mut self, remark: String) {
        add(&mut self.losses, remark);
    }

    /// The program cannot do something.
    pub fn hint(&mut self, remark: String) {
        add(&mut self.hints, remark);
    }

    /// So many sources of something are not here.
    pub fn miss(&mut self, sources: usize, remark: String) {
        self.absent_sources += sources;
        add(&mut self.absent, remark);
    }

    /// All that is left out because its sources are not here, in one line, if there is any. Said if nothing else is covered.
    pub fn all_absent(&self) -> Option<String> {
        let sources = counted(self.absent_sources, "source that is", "sources that are");
        let told = format!(
            "left out {sources} not on this machine (--include '*' takes them, --verbose names the objects)"
        );
        (self.absent_sources > 0).then_some(told)
    }

    /// Something for who asks.
    pub fn note(&mut self, remark: String) {
        add(&mut self.notes, remark);
    }
}

fn add(to: &mut Vec<String>, remark: String) {
    if !to.contains(&remark) {
        to.push(remark);
    }
}
