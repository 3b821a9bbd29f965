//! Which functions a process has entered by copies that are inlined.

use forkcov_testing::sandbox::Sandbox;

/// GCC gives code of `main` to the copy of `never`, and the copy of `started` begins at an address at which
/// lines of several functions begin.
const SOURCE: &str = "\
#include <stdio.h>
#include <unistd.h>

static inline int fill(int *values, int count) {
    for (int at = 0; at < count; at++)
        values[at] = at;
    return getppid() == 0;
}

static inline void started(int *values, int count) {
    if (fill(values, count))
        _exit(98);
}

static int never(int count) {
    return count + 1;
}

int main(int argc, char **argv) {
    int values[8];
    (void)argv;
    started(values, 8);
    if (argc > 9)
        return never(argc);
    printf(\"%d\\n\", values[3]);
    return 0;
}
";

#[test]
fn a_copy_is_entered_by_statements_of_its_function_alone() {
    for compiler in ["gcc", "clang"] {
        for level in ["-O0", "-Og", "-O1", "-O2", "-O3"] {
            let place = Sandbox::new();
            place.write("main.c", SOURCE, 0o644);
            if !place.builds(compiler, &["-g", level, "main.c"]) {
                continue;
            }
            place.succeeds(&["run", "--", "./a.out"]);
            let json = place.json("forkcov.data");
            let functions = &json["files"]["main.c"]["functions"];
            let processes = |name: &str| functions[name]["processes"].as_u64();
            let context = format!("{compiler} {level} {functions}");
            assert_eq!((processes("main"), processes("started")), (Some(1), Some(1)), "{context}");
            // Where `never` has no statement of its own, it is not listed.
            assert_eq!(processes("never").unwrap_or(0), 0, "{context}");
        }
    }
}
