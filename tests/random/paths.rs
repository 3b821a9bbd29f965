//! The names of processes by the way they were born (`struct self` of `runtime/runtime.h`): `r.0t1.2`.

use forkcov_testing::roles::Roles;

/// The path of a process at its birth. Later ones are longer, and begin with it.
pub fn of(roles: &Roles, pid: i32) -> Option<String> {
    let paths = roles.of(pid);
    let first = paths.split(", ").next()?;
    (!first.is_empty()).then(|| first.to_string())
}

/// The path of the image that a process was born in; `None` of the first one.
pub fn parent(path: &str) -> Option<&str> {
    let (task, _) = path.rsplit_once(['.', '*'])?;
    let mut image = task;
    while let Some((before, number)) = image.rsplit_once('t')
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        image = before;
    }
    Some(image)
}

/// Has a PID been used again? On a busy machine the kernel may have been round all of them.
pub fn is_ambiguous(roles: &Roles) -> bool {
    roles.every_pid().any(|pid| {
        let paths = roles.of(pid);
        let mut paths = paths.split(", ");
        let first = paths.next().unwrap_or_default();
        paths.any(|path| path.strip_prefix(first).is_none_or(|rest| rest.contains(['.', '*'])))
    })
}

/// Whether its parent may have ended before the birth could be reported.
pub fn is_made_in_storm(path: &str) -> bool {
    path.rsplit_once('*').is_some_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// How many of its kind there are is up to chance.
pub fn is_of_storm(path: &str) -> bool {
    path.contains('*')
}
