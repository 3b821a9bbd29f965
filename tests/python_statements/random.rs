//! Sources made from seeds: every kind of statement in every other, with tests that the compiler may know,
//! ways out at all places, and pragmas.

use fastrand::Rng;

/// A module of the seed.
pub fn source(seed: u64) -> String {
    // The first line has code and a constant: CPython keeps the first constant of a module, though it be the
    // code of a function that can never be reached; and with annotations, it gives code to the first
    // statement, whatever that is.
    let mut writer = Writer { random: Rng::with_seed(seed), text: "import a\n".into(), names: 0 };
    writer.suite(0, Place::default());
    writer.text
}

/// What a statement may be where it stands.
#[derive(Clone, Copy, Default)]
struct Place {
    in_function: bool,
    in_loop: bool,
    /// No `return` may leave `except*`.
    in_group: bool,
    /// No statement may have several lines: where it is in the suite of a `case` that catches all,
    /// coverage.py compares them all with the excluded lines, which are first ones only, and never finds the
    /// suite excluded.
    is_short: bool,
}

struct Writer {
    random: Rng,
    text: String,
    names: usize,
}

impl Writer {
    fn one_in(&mut self, n: u32) -> bool {
        self.random.u32(0..n) == 0
    }

    /// A line, now and then with a pragma or followed by a line that is none.
    fn line(&mut self, depth: usize, code: &str) {
        self.text += &"  ".repeat(depth);
        self.text += code;
        if self.one_in(25) {
            self.text += "  # pragma: no cover";
        }
        self.text.push('\n');
        if self.one_in(12) {
            self.text += ["\n", "# comment\n", "      # comment (\n", "\x0c\n"][self.random.usize(..4)];
        }
    }

    fn suite(&mut self, depth: usize, place: Place) {
        for _ in 0..self.random.usize(1..4) {
            if depth < 5 && self.random.bool() {
                self.compound(depth, place);
            } else {
                let code = self.simple(place);
                self.line(depth, &code);
            }
        }
    }

    /// A header with its suite, which may stand on the same line.
    fn clause(&mut self, depth: usize, header: &str, place: Place) {
        if self.one_in(8) {
            let (first, second) = (self.simple(place), self.simple(place));
            self.line(depth, &format!("{header}: {first}; {second}"));
        } else {
            self.line(depth, &format!("{header}:"));
            self.suite(depth + 1, place);
        }
    }

    fn simple(&mut self, place: Place) -> String {
        self.names += 1;
        let name = self.names;
        let can_return = place.in_function && !place.in_group;
        match self.random.u32(if place.is_short { 6 } else { 0 }..22) {
            0 | 6 if can_return => "return".into(),
            1 if can_return => "return f(\n1,\n)".into(),
            2 => "'''text\n'''".into(),
            3 => "x = (1 +\n2)".into(),
            4 => "x = \\\n  f(lambda: 1)".into(),
            5 => "x = [y\n for y in z\n if y]".into(),
            7 => "raise E".into(),
            8 | 9 if place.in_loop => "break".into(),
            10 if place.in_loop => "continue".into(),
            11 => format!("assert {}", self.test(0)),
            12 => "pass".into(),
            13 => "'text'".into(),
            14 => "...".into(),
            15 => format!("global g{name}"),
            16 => format!("a{name}: int"),
            17 => format!("a.b: int; c{name}: int = 1"),
            18 => "del ()".into(),
            19 => "b'bytes'".into(),
            20 => "f'{x}'".into(),
            _ => "f()".into(),
        }
    }

    fn test(&mut self, depth: usize) -> String {
        const LITERALS: &[&str] = &[
            "0",
            "1",
            "True",
            "False",
            "None",
            "...",
            "__debug__",
            "''",
            "'a'",
            "b''",
            "'' ''",
            "0x0",
            "0b10",
            "0_0",
            "0.0",
            "1e0",
            "0j",
            "-1",
            "-0",
            "()",
            "(0,)",
            "(x,)",
            "[]",
            "{}",
            "f''",
            "f'a'",
            "x",
            "y",
            "x()",
            "x < 1",
        ];
        match self.random.u32(..if depth < 3 { 12 } else { 6 }) {
            0..=5 => LITERALS[self.random.usize(..LITERALS.len())].into(),
            6 => format!("not {}", self.test(depth + 1)),
            7 | 8 => format!("({} and {})", self.test(depth + 1), self.test(depth + 1)),
            9 | 10 => format!("({} or {})", self.test(depth + 1), self.test(depth + 1)),
            _ => format!(
                "({} if {} else {})",
                self.test(depth + 1),
                self.test(depth + 1),
                self.test(depth + 1)
            ),
        }
    }

    fn compound(&mut self, depth: usize, place: Place) {
        match self.random.u32(if place.is_short { 4 } else { 0 }..11) {
            0 | 1 => self.repetition(depth, "for x in (\ny)", place),
            2 => self.clause(depth, "with a as b, \\\n c", place),
            3 => self.definition(depth),
            4 | 5 => self.choice(depth, place),
            6 => {
                let header = format!("while {}", self.test(0));
                self.repetition(depth, &header, place);
            }
            7 | 8 => self.attempt(depth, place),
            _ => self.selection(depth, place),
        }
    }

    fn choice(&mut self, depth: usize, place: Place) {
        let test = self.test(0);
        self.clause(depth, &format!("if {test}"), place);
        while self.one_in(3) {
            let test = self.test(0);
            self.clause(depth, &format!("elif {test}"), place);
        }
        if self.random.bool() {
            self.clause(depth, "else", place);
        }
    }

    fn repetition(&mut self, depth: usize, header: &str, place: Place) {
        self.clause(depth, header, Place { in_loop: true, ..place });
        if self.one_in(3) {
            self.clause(depth, "else", place);
        }
    }

    fn attempt(&mut self, depth: usize, place: Place) {
        self.clause(depth, "try", place);
        let handlers = self.random.usize(..3);
        let is_group = handlers > 0 && self.one_in(4);
        for _ in 0..handlers {
            let header = if is_group { "except* E" } else { "except E as e" };
            let in_group = Place { in_group: true, in_loop: false, ..place };
            self.clause(depth, header, if is_group { in_group } else { place });
        }
        if handlers > 0 && !is_group && self.one_in(3) {
            self.clause(depth, "except", place);
        }
        if handlers > 0 && self.one_in(3) {
            self.clause(depth, "else", place);
        }
        if handlers == 0 || self.one_in(3) {
            self.clause(depth, "finally", place);
        }
    }

    fn selection(&mut self, depth: usize, place: Place) {
        self.line(depth, "match x:");
        for _ in 0..self.random.usize(1..3) {
            let test = self.test(0);
            let pattern = ["1", "[_]", "_,", "A()"][self.random.usize(..4)];
            let header =
                if self.random.bool() { format!("case _ if {test}") } else { format!("case {pattern}") };
            self.clause(depth + 1, &header, place);
        }
        if self.random.bool() {
            let pattern = ["_", "y", "(_)", "1 | _"][self.random.usize(..4)];
            self.clause(depth + 1, &format!("case {pattern}"), Place { is_short: true, ..place });
        }
    }

    fn definition(&mut self, depth: usize) {
        while self.one_in(3) {
            self.line(depth, "@decorator");
        }
        let is_class = self.one_in(3);
        let header = ["def f()", "async def f(x,\n y=1) -> (\n int)", "class A", "class A(\nB)"];
        let header = header[usize::from(is_class) * 2 + self.random.usize(..2)];
        self.clause(depth, header, Place { in_function: !is_class, ..Place::default() });
    }
}
