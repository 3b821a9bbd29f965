//! Reports to look at.

use forkcov::data::view::View;
use forkcov::report::{Coverage, html};
use forkcov::sources::Here;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, str};
use tempfile::TempDir;

/// A report in a directory of its own.
pub struct Site {
    directory: TempDir,
}

impl Site {
    /// Of the pool of workers in docs/demo: it has a parent, and five children that end in different ways.
    pub fn of_pool() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/demo/pool.c");
        fs::copy(demo, directory.path().join("pool.c")).unwrap();
        let site = Self { directory };
        let mut compiler = Command::new("cc");
        assert!(site.here(&mut compiler).args(["-g", "-o", "pool", "pool.c"]).status().unwrap().success());
        site.forkcov(&["run", "-q", "--", "./pool", "5"]);
        site.forkcov(&["html"]);
        site
    }

    /// Of a view made by hand.
    pub fn of(view: &View, directory: TempDir) -> Self {
        let here = Here::at(directory.path());
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let options = html::HtmlLayout { here: &here, title: "By hand", precision: 1, now };
        html::write(view, &Coverage::of(view), &options, &directory.path().join("htmlcov")).unwrap();
        Self { directory }
    }

    /// What forkcov says to stdout.
    pub fn forkcov(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_forkcov"));
        let output = self.here(&mut command).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", str::from_utf8(&output.stderr).unwrap());
        String::from_utf8(output.stdout).unwrap()
    }

    fn here<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.current_dir(self.directory.path()).env_remove("FORKCOV_FILE")
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn page(&self, name: &str) -> PathBuf {
        self.directory.path().join("htmlcov").join(name)
    }

    /// The page of the source whose name begins so.
    pub fn source(&self, name: &str) -> PathBuf {
        let mut pages = fs::read_dir(self.page("source")).unwrap().map(|entry| entry.unwrap().path());
        let is_it = |page: &PathBuf| page.file_name().unwrap().to_str().unwrap().starts_with(name);
        pages.find(is_it).unwrap_or_else(|| panic!("no page of {name}"))
    }
}
