//! A place with scripts, which are run bare and under forkcov.

use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::sandbox::Sandbox;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Lines by the names of files, relative to the place.
type Lines = BTreeMap<String, BTreeSet<u32>>;

/// How the names of bash's own sources end.
const OWN_SOURCES: [&str; 4] = [".c", ".h", ".y", ".def"];

/// Lines by PID.
pub type LinesOfProcesses = BTreeMap<u32, BTreeSet<u32>>;

/// The lines in rows of a PID and a line.
pub fn lines_of_processes<'a>(rows: impl Iterator<Item = &'a str>) -> LinesOfProcesses {
    let mut lines = LinesOfProcesses::new();
    for (pid, line) in rows.map(|row| row.split_once(' ').unwrap()) {
        lines.entry(pid.parse().unwrap()).or_default().insert(line.parse().unwrap());
    }
    lines
}

/// A directory with scripts.
pub struct Place {
    pub sandbox: Sandbox,
    names: Vec<String>,
}

impl Place {
    /// With these files, all of them executable. The running test ends if there is no bash.
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::below(paths::scratch(), files)
    }

    /// The same below another directory.
    pub fn below(directory: &Path, files: &[(&str, &str)]) -> Self {
        needs::command("bash");
        let sandbox = Sandbox::in_directory(directory);
        for (name, content) in files {
            if let Some(directory) = sandbox.path(name).parent() {
                fs::create_dir_all(directory).unwrap();
            }
            sandbox.write(name, content, 0o755);
        }
        Self { sandbox, names: files.iter().map(|(name, _)| (*name).to_owned()).collect() }
    }

    /// Runs a command of bash, bare and then under forkcov: the output and the ending must be the same. Gives
    /// the output.
    #[track_caller]
    pub fn same(&self, script: &str) -> Output {
        self.same_of(&["bash", "-c", script])
    }

    /// The same for any command.
    #[track_caller]
    pub fn same_of(&self, command: &[&str]) -> Output {
        let bare = self.run(command);
        let traced = self.traced(&[], command);
        let shown = |output: &Output| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let stderr = text(&output.stderr);
            // forkcov says so if nothing counts.
            let lines: Vec<&str> =
                stderr.lines().filter(|line| !line.starts_with("forkcov: nothing that ran")).collect();
            (text(&output.stdout), lines.join("\n"), output.status)
        };
        assert_eq!(shown(&traced), shown(&bare), "{command:?}");
        traced
    }

    /// Runs a command bare.
    pub fn run(&self, command: &[&str]) -> Output {
        self.output(Command::new(command[0]).args(&command[1..]))
    }

    /// Runs a command under forkcov, with these flags.
    pub fn traced(&self, flags: &[&str], command: &[&str]) -> Output {
        let _ = fs::remove_file(self.sandbox.path("forkcov.data"));
        let mut forkcov = Command::new(paths::forkcov());
        self.output(forkcov.args(["run", "-q"]).args(flags).arg("--").args(command))
    }

    fn output(&self, command: &mut Command) -> Output {
        command.current_dir(self.sandbox.path("")).stdin(Stdio::null());
        command.env_remove("FORKCOV_FILE").env_remove("FORKCOV_CONFIG").output().unwrap()
    }

    /// Rows of a query of the data file.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let data = rusqlite::Connection::open(self.sandbox.path("forkcov.data")).unwrap();
        let mut query = data.prepare(sql).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// The lines that all processes have hit.
    pub fn hit(&self) -> Lines {
        let mut hit = Lines::new();
        let root = self.sandbox.path("").canonicalize().unwrap();
        for row in self.rows("SELECT DISTINCT line || ' ' || path FROM line_hit") {
            let (line, path) = row.split_once(' ').unwrap();
            // Those of a bash with debug information: `debug_information.rs` is about them.
            if OWN_SOURCES.iter().any(|end| path.ends_with(end)) {
                continue;
            }
            let name = path.strip_prefix(&format!("{}/", root.display())).unwrap_or(path);
            hit.entry(name.to_owned()).or_default().insert(line.parse().unwrap());
        }
        hit
    }

    /// The lines of one file that each process has hit.
    pub fn hit_by_processes(&self, name: &str) -> LinesOfProcesses {
        let rows = self
            .rows(&format!("SELECT DISTINCT pid || ' ' || line FROM line_hit WHERE path LIKE '%/{name}'"));
        lines_of_processes(rows.iter().map(String::as_str))
    }

    /// The lines that end in `mark`.
    fn marked(&self, mark: &str) -> Lines {
        let mut marked = Lines::new();
        for name in &self.names {
            let text = fs::read_to_string(self.sandbox.path(name)).unwrap_or_default();
            let lines = (1..).zip(text.lines()).filter(|(_, text)| text.ends_with(mark));
            let lines: BTreeSet<u32> = lines.map(|(line, _)| line).collect();
            if !lines.is_empty() {
                marked.insert(name.clone(), lines);
            }
        }
        marked
    }

    /// The lines with marks are those that were hit.
    #[track_caller]
    pub fn check(&self) {
        let (mut hit, optional) = (self.hit(), self.marked("#?"));
        for (name, lines) in &mut hit {
            lines.retain(|line| !optional.get(name).is_some_and(|optional| optional.contains(line)));
        }
        assert_eq!(hit, self.marked("#+"));
    }
}

/// Runs one script, and checks its marks.
#[track_caller]
pub fn check(script: &str) -> Output {
    let place = Place::new(&[("script", script)]);
    let output = place.same_of(&["bash", "script"]);
    place.check();
    output
}
