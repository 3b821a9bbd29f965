//! PostgreSQL of Debian's source: a new cluster, and a script of SQL in a server of its own.

use super::{Script, Subject, USER, Work};
use crate::build::Program;
use nix::unistd::geteuid;
use std::ffi::OsString;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

/// Beside the sources of this benchmark.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/postgresql");

/// The names of its works.
pub const NAMES: [&str; 2] = ["PostgreSQL's initdb", "PostgreSQL: start, a script of psql, stop"];

const MAKE_CLUSTER: &str = "\"$1/initdb\" -D \"$2/data\" --no-sync --locale=C --encoding=UTF8 --auth=trust";

/// The cluster is copied: a server changes it.
const SCRIPT: &str = "cp -a \"$3\" \"$2/data\" && \
     \"$1/pg_ctl\" start --silent --wait -D \"$2/data\" -l \"$2/log\" \
         -o \"-F -c listen_addresses= -c unix_socket_directories=$2\" && \
     \"$1/psql\" --quiet --no-psqlrc -v ON_ERROR_STOP=1 -h \"$2\" -d postgres -f \"$4\" >/dev/null; \
     status=$?; \
     \"$1/pg_ctl\" stop --silent --wait -m fast -D \"$2/data\"; exit $status";

/// Those of this file; or why they cannot be had.
pub fn all(directory: &Path) -> Result<Vec<Work>, String> {
    fetch(directory)?;
    Program::write(directory, "script.sql", include_str!("../postgresql/script.sql"));
    let work = |name: &str, text: &str| Work {
        before_all: as_user(),
        is_of_user: true,
        ..Work::of(name, subject(directory, text), Vec::new())
    };
    let cluster = cluster(directory)?;
    let script = directory.join("script.sql");
    let arguments = [cluster, script.to_string_lossy().into_owned()];
    Ok(vec![work(NAMES[0], MAKE_CLUSTER), Work { arguments: arguments.to_vec(), ..work(NAMES[1], SCRIPT) }])
}

fn subject(directory: &Path, text: &str) -> Subject {
    let (directory, executable) = (directory.to_owned(), directory.join("bin"));
    Subject::Script(Script { directory, text: text.to_owned(), executable })
}

/// It refuses to be run by root.
fn as_user() -> Vec<OsString> {
    if !geteuid().is_root() {
        return Vec::new();
    }
    let user = ["--reuid", "--regid"].map(|option| format!("{option}={USER}"));
    let words = ["setpriv".to_owned()].into_iter().chain(user).chain(["--clear-groups".to_owned()]);
    words.map(OsString::from).collect()
}

/// A new cluster, whose directory this gives.
fn cluster(directory: &Path) -> Result<String, String> {
    let place = directory.join("cluster");
    let data = place.join("data");
    if !data.join("PG_VERSION").is_file() {
        let _ = std::fs::remove_dir_all(&place);
        std::fs::create_dir(&place).map_err(|why| format!("{}: {why}", place.display()))?;
        let owner = geteuid().is_root().then_some(USER);
        chown(&place, owner, owner).map_err(|why| format!("{}: {why}", place.display()))?;
        let words: Vec<OsString> =
            as_user().into_iter().chain(["sh", "-c", MAKE_CLUSTER, "sh"].map(OsString::from)).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(directory.join("bin")).arg(&place).current_dir("/");
        let output = command.output().map_err(|why| format!("{command:?}: {why}"))?;
        if !output.status.success() {
            return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    Ok(data.to_string_lossy().into_owned())
}

fn fetch(directory: &Path) -> Result<(), String> {
    if directory.join("made").is_file() {
        return Ok(());
    }
    eprintln!("fetching and making PostgreSQL");
    let output =
        Command::new("sh").arg(Path::new(HERE).join("fetch.sh")).arg(directory).output().expect("a shell");
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().last().unwrap_or("its source cannot be had").to_owned())
}
