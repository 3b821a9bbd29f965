//! Random scripts, each of which logs what it runs: a seed makes a script of lists, conditions, loops,
//! functions, subshells, pipelines and here-documents, over several lines or on one.
//!
//! Each command of interest is `l N`, where N is its line: it logs that with its PID. So the log is what
//! forkcov must find, process by process.

use crate::script::{LinesOfProcesses, Place, lines_of_processes};
use fastrand::Rng;
use forkcov::runtime::Exclusions;
use forkcov::runtime::bash::statements::read;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

const SEEDS: std::ops::Range<u64> = 0..12;

#[test]
fn the_lines_of_random_scripts_are_those_that_they_log() {
    for seed in SEEDS {
        let script = Script::of(seed);
        let place = Place::new(&[("script", &script.text)]);
        place.traced(&[], &["bash", "script"]);
        assert_eq!(found(&place, &script), logged(&place), "seed {seed}:\n{}", script.text);
        let bare = Place::new(&[("script", &script.text)]);
        bare.run(&["bash", "script"]);
        let lines = |place| logged(place).into_values().map(|lines| lines.len()).sum::<usize>();
        assert_eq!(lines(&place), lines(&bare), "seed {seed} runs otherwise than bare");
    }
}

/// What forkcov has found, as statements. The head of the script does not log itself, nor do definitions.
fn found(place: &Place, script: &Script) -> LinesOfProcesses {
    let nothing = Exclusions::new::<&str>(&[]).unwrap();
    let statements = read(script.text.as_bytes(), &nothing, &[]).unwrap();
    let executable: BTreeSet<u32> = statements.executable().filter(|line| *line > HEAD_LINES).collect();
    assert!(script.logging.is_subset(&executable), "{:?}", script.logging.difference(&executable));
    let counted = |line| statements.counted(line).filter(|line| script.logging.contains(line));
    let mut lines = place.hit_by_processes("script");
    for lines in lines.values_mut() {
        *lines = lines.iter().filter_map(|line| counted(*line)).collect();
    }
    lines.retain(|_, lines| !lines.is_empty());
    lines
}

fn logged(place: &Place) -> LinesOfProcesses {
    lines_of_processes(fs::read_to_string(place.sandbox.path("log")).unwrap().lines())
}

const HEAD: &str = "l() { echo \"$BASHPID $1\" >>log; return $((($1 + ${2:-0}) % 2)); }\n";
const HEAD_LINES: u32 = 1;

struct Script {
    text: String,
    line: u32,
    /// Lines that log themselves when they run.
    logging: BTreeSet<u32>,
    functions: u32,
    rng: Rng,
}

impl Script {
    fn of(seed: u64) -> Self {
        let mut script = Self {
            text: HEAD.to_owned(),
            line: HEAD_LINES + 1,
            logging: BTreeSet::new(),
            functions: 0,
            rng: Rng::with_seed(seed),
        };
        script.list(3);
        script.newline("wait");
        script
    }

    fn newline(&mut self, end: &str) {
        let _ = writeln!(self.text, "{end}");
        self.line += 1;
    }

    /// A command that logs this line and fails or not.
    fn log(&mut self) {
        self.logging.insert(self.line);
        let _ = write!(self.text, "l {} {}", self.line, self.rng.u32(0..2));
    }

    /// A command on a line of its own.
    fn simple(&mut self) {
        self.log();
        match self.rng.u32(0..8) {
            0 => self.text += " \"$(echo one)\" <<< word",
            1 => {
                self.newline(" 'two");
                self.text += "lines'";
            }
            2 => {
                self.newline(" <<A <<'B'");
                for text in ["if $(echo", ")", "A", "fi `"] {
                    self.newline(text);
                }
                self.text += "B";
            }
            3 => {
                self.newline(" \\");
                self.text += "    >/dev/null # a comment '";
            }
            4 => self.text += " $((1 << 2)) ${x:-\"}\"} <(echo \")\") # (",
            5 => self.newline(" # a comment\n# another $("),
            _ => {}
        }
        if self.text.ends_with("$(\n") {
            self.line += 1;
            return;
        }
        self.newline("");
    }

    fn list(&mut self, depth: u32) {
        for _ in 0..self.rng.u32(1..5) {
            if depth == 0 { self.simple() } else { self.statement(depth - 1) }
        }
    }

    /// `open`, a list, and `close`.
    fn body(&mut self, depth: u32, open: &str, close: &str) {
        self.newline(open);
        self.list(depth);
        self.text += close;
    }

    fn statement(&mut self, depth: u32) {
        match self.rng.u32(0..14) {
            0 => {
                self.text += "if ";
                self.log();
                self.body(depth, "; then", "elif ");
                self.log();
                self.body(depth, "; then", "else\n");
                self.line += 1;
                self.list(depth);
                self.newline("fi");
            }
            1 => {
                self.text += "while ";
                self.log();
                self.body(depth, " && [ ${#n} -lt 3 ]; do", "n+=1\n");
                self.line += 1;
                self.newline("done");
            }
            2 => {
                self.log();
                self.body(depth, "; for x in a 'b c'; do", "done");
                self.newline("");
            }
            3 => {
                self.log();
                self.newline("");
                self.body(depth, "for ((i$n = 0; i$n < 2; i$n++)) {", "}");
                self.newline(" >/dev/null");
            }
            4 => {
                self.log();
                self.body(depth, "; case $RANDOM in x) echo never ;; *)", ";;\n");
                self.line += 1;
                self.newline("esac");
            }
            5 => {
                self.body(depth, "(", ")");
                self.newline("");
            }
            6 => {
                self.body(depth, "{", "} &");
                self.newline("");
            }
            7 => {
                self.text += "{ ";
                self.log();
                self.newline("; } |");
                self.body(depth, "{", "}");
                self.newline(" | cat");
            }
            8 => {
                self.functions += 1;
                let name = format!("f{}", self.functions);
                self.body(depth, &format!("{name}() {{"), "}");
                self.newline("");
                self.log();
                self.newline(&format!("; {name}"));
            }
            9 => {
                self.log();
                self.newline(" \"$x\" ||");
                self.simple();
            }
            10 => {
                self.log();
                self.newline(" one \\");
                self.text += "    two && ";
                self.log();
                self.newline("");
            }
            11 => {
                self.text += "(";
                self.log();
                self.newline("; exit 3");
                self.log();
                self.newline(")");
            }
            _ => self.simple(),
        }
    }
}
