//! Descriptors: forkcov keeps a few open for each process, as far as it may.

use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use std::process::Command;

/// Eighty children that live at the same time, and then each run their lines.
const CHILDREN: &str = "#include <stdio.h>\n#include <sys/resource.h>\n#include <sys/wait.h>\n#include <unistd.h>\n\
    int volatile n;\n\
    int main(void) {\n\
    int pipes[2], status, ended = 0;\n\
    struct rlimit limit;\n\
    for (int i = 0; i < 64; i++) {\n\
    if (i & 1) n++;\n\
    if (i & 2) n++;\n\
    if (i & 4) n++;\n\
    if (i & 8) n++; }\n\
    getrlimit(RLIMIT_NOFILE, &limit);\n\
    printf(\"%d %d\\n\", (int)limit.rlim_cur, (int)limit.rlim_max);\n\
    fflush(stdout);\n\
    if (pipe(pipes)) return 1;\n\
    for (int i = 0; i < 80; i++)\n\
    if (fork() == 0) {\n\
    close(pipes[1]);\n\
    read(pipes[0], &status, 1);\n\
    if (n > 5)\n\
    n++;\n\
    _exit(0); }\n\
    close(pipes[1]);\n\
    while (wait(&status) > 0)\n\
    ended += status == 0;\n\
    printf(\"%d\\n\", ended);\n\
    }\n";

#[test]
fn with_few_descriptors_no_line_is_lost_and_the_program_has_its_own_limit() {
    let place = Sandbox::new();
    place.write("children.c", CHILDREN, 0o644);
    place.cc(&["-g", "children.c", "-o", "children"]);
    let forkcov = paths::forkcov_text();
    for limits in ["ulimit -Sn 40; ulimit -Hn 48", "ulimit -n 64", "ulimit -Sn 40"] {
        let run = |command: &str| {
            let script = format!("{limits}; exec {command}");
            Command::new("sh").args(["-c", &script]).current_dir(place.path("")).output().unwrap()
        };
        let bare = run("./children");
        for after in ["0", "1"] {
            let traced = run(&format!("{forkcov} run -q --trampolines-after {after} -- ./children"));
            assert_eq!(text(&traced.stdout), text(&bare.stdout), "{limits}: {traced:?}");
            assert!(traced.status.success() && traced.stderr.is_empty(), "{limits}: {traced:?}");
            let json = place.json("forkcov.data");
            let processes = json["processes"].as_array().unwrap();
            let of_child = |line: u64| {
                let has = |process: &&serde_json::Value| {
                    let mut files = process["files"].as_object().unwrap().values();
                    files.any(|lines| lines.as_array().unwrap().iter().any(|ran| ran.as_u64() == Some(line)))
                };
                processes.iter().filter(has).count()
            };
            assert_eq!((processes.len(), of_child(22), of_child(23)), (81, 80, 80), "{limits}, {after}");
        }
    }
}
