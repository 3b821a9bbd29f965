//! What a run finds out about what it covers, and says at its end.

/// Lines for stderr; none stands twice.
#[derive(Debug, Default)]
pub struct Remarks {
    /// What is not covered and why. Always said.
    pub losses: Vec<String>,
    /// What the program cannot do because it is traced, and what to do about that. Always said.
    pub hints: Vec<String>,
    /// What is left out because its sources are not on this machine. Said with `--verbose`, or if nothing else is covered.
    pub absent: Vec<String>,
    /// What is covered, and what is left out as it should be. Said with `--verbose`.
    pub notes: Vec<String>,
}

impl Remarks {
    /// Something cannot be covered.
    pub fn lose(&mut self, remark: String) {
        add(&mut self.losses, remark);
    }

    /// The program cannot do something.
    pub fn hint(&mut self, remark: String) {
        add(&mut self.hints, remark);
    }

    /// The sources of something are not here.
    pub fn miss(&mut self, remark: String) {
        add(&mut self.absent, remark);
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
