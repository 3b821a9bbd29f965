//! The lines of a source file, and which of them are compared.

use crate::ast::Home;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// A source file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its number in the log.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its object's name.
    pub object: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// The lines that log themselves, from 1.
    pub logged: BTreeSet<u32>,
    /// The lines of each function.
    pub functions: Vec<RangeInclusive<u32>>,
}

impl Source {
    /// All of it.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// A line, from 1.
    pub fn line(&self, number: u32) -> &str {
        self.lines.get(number as usize - 1).map_or("", |line| line.trim())
    }
}

/// A source file that is being written.
#[derive(Debug)]
pub(super) struct File {
    home: Home,
    /// Levels of blocks around the next line.
    pub(super) indent: usize,
    /// Functions that are being written; one may need another before it.
    open: Vec<Vec<String>>,
    done: Vec<Vec<String>>,
}

impl File {
    pub(super) fn new(home: Home) -> Self {
        Self { home, indent: 0, open: Vec::new(), done: Vec::new() }
    }

    /// The name of what it is compiled to.
    pub(super) fn object(&self) -> String {
        match self.home {
            Home::Program => "program".to_string(),
            Home::Library(number) => format!("library{number}.so"),
        }
    }

    /// Begins a function.
    pub(super) fn begin(&mut self, head: impl Display) {
        self.open.push(vec![head.to_string()]);
    }

    /// Ends it.
    pub(super) fn end(&mut self, last: &str) {
        self.line(last);
        self.done.extend(self.open.pop());
    }

    pub(super) fn line(&mut self, text: impl Display) {
        let line = format!("{}{text}", "    ".repeat(self.indent));
        match self.open.last_mut() {
            Some(function) => function.push(line),
            None => self.done.push(vec![line]),
        }
    }

    pub(super) fn finish(self) -> Source {
        let object = self.object();
        let (number, stem) = match self.home {
            Home::Program => (0, "program".to_string()),
            Home::Library(number) => (number as u32 + 1, format!("library{number}")),
        };
        let mut lines = vec![format!("#define FILE_NUMBER {number}"), "#include \"program.h\"".to_string()];
        let mut functions = Vec::new();
        for function in self.done {
            let first = lines.len() as u32 + 1;
            lines.extend(function);
            functions.push(first..=lines.len() as u32);
        }
        let is_logged = |line: &str| line.trim_start().starts_with("L;") || line.ends_with("{ L;");
        let numbered = (1..).zip(&lines);
        let logged = numbered.filter(|(_, line)| is_logged(line)).map(|(number, _)| number).collect();
        Source { number, name: format!("{stem}.c"), object, lines, logged, functions }
    }
}
