//! The suites: tests that call some of 40 functions with branches and a loop.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many tests a suite has.
pub const TESTS: u32 = 500;

const FUNCTIONS: u32 = 40;

/// The functions that a test calls: 5, each of which runs some ten lines.
fn called(test: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..5).map(move |call| ((test * 7 + call * 11) % FUNCTIONS, (test + call * 37) % 256))
}

/// Writes the functions, and the tests of pytest and of unittest.
pub fn write_python(directory: &Path) {
    let mut functions = String::new();
    for function in 0..FUNCTIONS {
        writeln!(functions, "def f{function}(n):\n    x = {function}").unwrap();
        for bit in 0..4 {
            writeln!(
                functions,
                "    if n & {}:\n        x += {bit}\n    else:\n        x -= {bit}",
                1 << bit
            )
            .unwrap();
        }
        functions += "    for k in range(n & 3):\n        x ^= k\n    return x\n\n\n";
    }
    let mut of_pytest = "from functions import *\n\n\n".to_owned();
    let mut of_unittest =
        "import unittest\nfrom functions import *\n\n\nclass Tests(unittest.TestCase):\n".to_owned();
    for test in 0..TESTS {
        writeln!(of_pytest, "def test_{test}():").unwrap();
        writeln!(of_unittest, "    def test_{test}(self):").unwrap();
        for (function, n) in called(test) {
            writeln!(of_pytest, "    f{function}({n})").unwrap();
            writeln!(of_unittest, "        f{function}({n})").unwrap();
        }
    }
    for (name, content) in
        [("functions.py", functions), ("test_functions.py", of_pytest), ("test_methods.py", of_unittest)]
    {
        fs::write(directory.join(name), content).expect("a source can be written");
    }
}

/// Compiles the same for GoogleTest. `None` if that is not installed.
pub fn compile_googletest(directory: &Path) -> Option<PathBuf> {
    let mut source = "#include <gtest/gtest.h>\n".to_owned();
    for function in 0..FUNCTIONS {
        writeln!(source, "static int f{function}(int n) {{\n    int x = {function};").unwrap();
        for bit in 0..4 {
            writeln!(source, "    if (n & {})\n        x += {bit};\n    else\n        x -= {bit};", 1 << bit)
                .unwrap();
        }
        source += "    for (int k = 0; k < (n & 3); k++)\n        x ^= k;\n    return x;\n}\n\n";
    }
    for test in 0..TESTS {
        writeln!(source, "TEST(Suite, Test{test}) {{").unwrap();
        called(test).for_each(|(function, n)| writeln!(source, "    f{function}({n});").unwrap());
        source += "}\n\n";
    }
    let (path, program) = (directory.join("tests.cc"), directory.join("tests"));
    fs::write(&path, source).expect("a source can be written");
    let mut compiler = Command::new("g++");
    compiler.args(["-g", "-O0", "-o"]).arg(&program).arg(&path).args(["-lgtest", "-lgtest_main", "-pthread"]);
    let is_compiled = compiler.output().is_ok_and(|output| output.status.success());
    if !is_compiled {
        eprintln!("GoogleTest is not compared: g++ or its library is not installed");
    }
    is_compiled.then_some(program)
}
