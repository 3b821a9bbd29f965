//! The log to which the processes of a test program write their PIDs and roles (see `role.h`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The roles of each process.
#[derive(Debug, Default)]
pub struct Roles(BTreeMap<i32, BTreeSet<String>>);

impl Roles {
    /// Reads the log.
    pub fn read(log: &Path) -> Result<Roles, String> {
        let text =
            fs::read_to_string(log).map_err(|why| format!("failed to read {}: {why}", log.display()))?;
        let mut roles = Roles::default();
        for line in text.lines() {
            let (pid, role) = line.split_once(' ').ok_or_else(|| format!("a role without a PID: {line}"))?;
            let pid = pid.parse().map_err(|_| format!("not a PID: {line}"))?;
            roles.0.entry(pid).or_default().insert(role.to_string());
        }
        Ok(roles)
    }

    /// The processes that have one of these roles.
    pub fn pids(&self, wanted: &[String]) -> BTreeSet<i32> {
        let has_one = |roles: &BTreeSet<String>| wanted.iter().any(|role| roles.contains(role));
        self.0.iter().filter(|(_, roles)| has_one(roles)).map(|(pid, _)| *pid).collect()
    }

    /// Every process that has a role.
    pub fn every_pid(&self) -> impl Iterator<Item = i32> {
        self.0.keys().copied()
    }

    /// The roles of a process as text; empty when it has none.
    pub fn of(&self, pid: i32) -> String {
        self.0.get(&pid).map_or(String::new(), |roles| roles.iter().cloned().collect::<Vec<_>>().join(", "))
    }
}
