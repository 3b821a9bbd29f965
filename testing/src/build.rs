//! Compiles a test program and its helpers.

use crate::language::Form;
use crate::needs::{self, Lack};
use crate::paths;
use crate::program::{Helper, Program, directory};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first tool that the build of a program needs and that is not installed.
pub fn missing_tool(program: &Program) -> Option<Lack> {
    let mut tools = vec![compiler(program)];
    if program.language().form != Form::Script {
        // It makes what logs roles, and the helpers.
        tools.push("cc".to_owned());
    }
    for command in program.after_build() {
        let first = |part: &str| part.split_whitespace().next().map(str::to_string);
        tools.extend(command.split("&&").filter_map(first));
    }
    tools.iter().find_map(|tool| needs::tool(tool))
}

/// Compiles `program` and its helpers into a fresh directory for `suite`, and gives that directory.
pub fn build(program: &Program, suite: &str) -> Result<PathBuf, String> {
    let into = paths::scratch().join(suite).join(&program.name);
    let failed = |why: std::io::Error| format!("failed to make {}: {why}", into.display());
    if into.exists() {
        fs::remove_dir_all(&into).map_err(failed)?;
    }
    fs::create_dir_all(&into).map_err(failed)?;
    for library in program.libraries() {
        compile_library(&compiler(program), &library, &into)?;
    }
    compile(program, &into)?;
    for helper in program.helpers() {
        compile_helper(&helper, &into)?;
    }
    for line in program.after_build() {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        finish_in(command, &into)?;
    }
    Ok(into)
}

fn compiler(program: &Program) -> String {
    program.first("compiler").unwrap_or(program.language().compiler).to_string()
}

fn compile(program: &Program, into: &Path) -> Result<(), String> {
    let language = program.language();
    let out = into.join(program.executable());
    let roles = into.join("role.o");
    if language.form == Form::Script {
        return Err(format!("{} is not compiled", program.name));
    }
    if !matches!(language.form, Form::Whole | Form::Go) {
        compile_roles(&roles)?;
    }
    let mut command = Command::new(compiler(program));
    if language.form == Form::Go {
        command.arg("build").args(&program.flags).arg("-o").arg(out).args(program.sources()).arg("role.go");
        return finish(go(command));
    }
    command.args(language.flags).args(&program.flags);
    match language.form {
        Form::Whole | Form::Go | Form::Script => command.args(program.sources()).arg("-o").arg(out),
        Form::WithObject => command.args(program.sources()).arg(&roles).arg("-o").arg(out),
        Form::Gfortran => {
            // Away from the sources: what describes a module.
            command.args(program.sources()).arg(&roles).arg("-J").arg(into).arg("-o").arg(out)
        }
        Form::Gnatmake => {
            // Away from the sources: the binder's file, which it writes where it runs.
            let sources = program.sources().into_iter().map(|source| directory().join(source));
            command.args(sources).args(["-q", "-o"]).arg(out).arg("-largs").arg(&roles);
            return finish_in(command, into);
        }
        Form::FreePascal => {
            let option = |name: &str, path: &Path| format!("{name}{}", path.display());
            command.args(["-l-", "-v0"]).args([option("-FU", into), option("-Fo", into), option("-o", &out)]);
            command.args(program.sources())
        }
        Form::Linked => {
            let object = into.join("program.o");
            command.args(program.sources()).arg("-o").arg(&object);
            finish(command)?;
            command = Command::new("cc");
            command.args([&object, &roles]).arg("-o").arg(out)
        }
    };
    for library in program.values("links") {
        command.arg("-L").arg(into).arg(format!("-l:{library}")).arg("-Wl,-rpath,$ORIGIN");
    }
    finish(command)
}

/// Makes the object that logs roles, without debug information, so that it adds no lines to the program.
fn compile_roles(object: &Path) -> Result<(), String> {
    let mut command = Command::new("cc");
    command.args(["-g0", "-O1", "-c", "role.c", "-o"]).arg(object);
    finish(command)
}

/// Keeps what is built of Go's own packages for the next program, and ignores the user's Go settings.
fn go(mut command: Command) -> Command {
    let cache = paths::scratch().join("go-cache");
    command.env("GOCACHE", cache).env("GO111MODULE", "off").env("GOFLAGS", "").env("GOENV", "off");
    command
}

fn compile_library(compiler: &str, library: &Helper, into: &Path) -> Result<(), String> {
    let mut command = Command::new(compiler);
    let debug = if library.debug { "-g" } else { "-g0" };
    command.args([debug, "-O0", "-Wall", "-shared", "-fPIC", &library.source, "-o"]);
    command.arg(into.join(&library.name)).arg(format!("-Wl,-soname,{}", library.name));
    finish(command)
}

fn compile_helper(helper: &Helper, into: &Path) -> Result<(), String> {
    let mut command = Command::new("cc");
    command
        .args([if helper.debug { "-g" } else { "-g0" }, "-I.", "-O0", &helper.source, "-o"])
        .arg(into.join(&helper.name));
    finish(command)
}

/// Runs a compiler in the directory of the sources, so that their names in the debug information are
/// relative.
fn finish(command: Command) -> Result<(), String> {
    finish_in(command, &directory())
}

fn finish_in(mut command: Command, directory: &Path) -> Result<(), String> {
    let output =
        command.current_dir(directory).output().map_err(|why| format!("failed to run {command:?}: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr)))
}
