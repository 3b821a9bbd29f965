//! Programs in C that benchmarks run.

use std::fmt::Write;

/// `count` lines, each a basic block of its own, in functions of at most 1,000; and how many functions these
/// are.
pub fn statements(count: u32) -> (String, u32) {
    statements_in_functions(count, 1000)
}

/// The same, in functions of at most `each`.
pub fn statements_in_functions(count: u32, each: u32) -> (String, u32) {
    let mut source = "static volatile int x;\n".to_owned();
    let functions = count.div_ceil(each);
    for function in 0..functions {
        let _ = writeln!(source, "static void f{function}(void) {{");
        for line in 0..each.min(count - function * each) {
            let _ = writeln!(source, "x = {line}; if (x < 0) return;");
        }
        source.push_str("}\n");
    }
    (source, functions)
}

/// A call of each of the functions of [`statements`].
pub fn calls(functions: u32) -> String {
    (0..functions).map(|function| format!("f{function}();")).collect()
}

/// A program that runs `count` lines once.
pub fn lines(count: u32) -> String {
    let (source, functions) = statements(count);
    format!("{source}int main(void) {{ {} }}\n", calls(functions))
}

/// A program that runs two lines very often.
pub const HOT: &str = "\
static volatile unsigned x;
int main(void) {
    for (unsigned i = 0; i < 1200000000; i++) {
        x += i;
    }
}
";
