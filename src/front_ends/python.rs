//! `forkcov run -m MODULE`: which Python runs the module.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The command line that runs a module of Python with its arguments: that of the virtual environment in which
/// forkcov was named, as in `venv/bin/forkcov`, or the one in PATH.
pub fn module_command(forkcov: &OsStr, module: &[OsString]) -> Vec<OsString> {
    let directory = Path::new(forkcov).parent().filter(|directory| !directory.as_os_str().is_empty());
    let is_environment = |directory: &&Path| directory.join("../pyvenv.cfg").is_file();
    let python = directory.filter(is_environment).map(|directory| directory.join("python3").into_os_string());
    [&[python.unwrap_or_else(|| "python3".into()), "-m".into()], module].concat()
}
