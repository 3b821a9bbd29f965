//! HTML reports for the browser.

use forkcov::data::view::{HitsByContext, View};
use forkcov::report::limits::Limits;
use forkcov::report::{Coverage, html};
use forkcov::sources::Here;
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

/// A report in a directory of its own.
pub struct Site {
    directory: Sandbox,
}

impl Site {
    /// Of the pool of workers in docs/demo: it has a parent, and five children that end in different ways.
    pub fn of_pool() -> Self {
        let directory = Sandbox::new();
        fs::copy(paths::repository().join("docs/demo/pool.c"), directory.path("pool.c")).unwrap();
        directory.cc(&["-g", "-o", "pool", "pool.c"]);
        let site = Self { directory };
        site.forkcov(&["run", "-q", "--", "./pool", "5"]);
        site.forkcov(&["html"]);
        site
    }

    /// Of two tests, `one` and `two`, each a process with a child.
    pub fn of_tests() -> Self {
        let directory = Sandbox::new();
        let source = "#include <string.h>\n#include <sys/wait.h>\n#include <unistd.h>\n\
            static int first(void) { return 1; }\n\
            static int second(void) { return 2; }\n\
            int main(int argc, char **argv) {\n    \
                if (fork() == 0)\n        \
                    _exit(strcmp(argv[1], \"one\") ? second() : first());\n    \
                wait(NULL);\n    return argc - 2;\n}\n";
        directory.write("tested.c", source, 0o644);
        directory.cc(&["-g", "-o", "tested", "tested.c"]);
        let site = Self { directory };
        let script = "./tested one; ./tested two";
        site.forkcov(&[
            "run",
            "-q",
            "--branches",
            "--context-from",
            r"^\./tested (\w+)",
            "--",
            "sh",
            "-c",
            script,
        ]);
        site.forkcov(&["html"]);
        site
    }

    /// Of a view made by hand, in which no test has run a line.
    pub fn of(view: &View, directory: Sandbox) -> Self {
        let here = Here::at(directory.path(""));
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let options =
            html::HtmlLayout { here: &here, title: "By hand", precision: 1, limits: Limits::default(), now };
        let by_test: Vec<HitsByContext> = view.files.iter().map(|_| HitsByContext::default()).collect();
        let by_test = (!view.contexts.is_empty()).then_some(&by_test[..]);
        html::write(view, by_test, &Coverage::of(view), &options, &directory.path("htmlcov")).unwrap();
        Self { directory }
    }

    /// What forkcov says to stdout.
    pub fn forkcov(&self, arguments: &[&str]) -> String {
        text(&self.directory.succeeds(arguments).stdout).to_owned()
    }

    pub fn directory(&self) -> PathBuf {
        self.directory.path("")
    }

    pub fn page(&self, name: &str) -> PathBuf {
        self.directory.path("htmlcov").join(name)
    }

    /// The page of the source whose name begins so.
    pub fn source(&self, name: &str) -> PathBuf {
        let mut pages = fs::read_dir(self.page("source")).unwrap().map(|entry| entry.unwrap().path());
        let is_it = |page: &PathBuf| page.file_name().unwrap().to_str().unwrap().starts_with(name);
        pages.find(is_it).unwrap_or_else(|| panic!("no page of {name}"))
    }
}
