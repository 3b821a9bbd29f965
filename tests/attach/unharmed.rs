//! Checks that forkcov leaves nothing behind in a program.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

/// No task of `pid` is traced, and its code is that of the files that it is mapped from, byte for byte.
pub fn check(pid: i32) {
    for entry in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        // Threads may end meanwhile.
        let Ok(task) = entry.map(|entry| entry.path()) else { continue };
        let Ok(status) = fs::read_to_string(task.join("status")) else { continue };
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
        assert_eq!(field("TracerPid:"), "0", "{}", task.display());
        assert!(!field("State:").starts_with('t'), "{} is {}", task.display(), field("State:"));
    }
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut compared = 0;
    for line in fs::read_to_string(format!("/proc/{pid}/maps")).unwrap().lines() {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [range, permissions, offset, _, _, path] = fields[..] else { continue };
        if !permissions.contains('x') || !path.starts_with('/') {
            continue;
        }
        let number = |text: &str| u64::from_str_radix(text, 16).unwrap();
        let (start, end) = range.split_once('-').map(|(start, end)| (number(start), number(end))).unwrap();
        let (mut here, mut there) = (vec![0; (end - start) as usize], vec![0; (end - start) as usize]);
        let length = File::open(path).unwrap().read_at(&mut here, number(offset)).unwrap();
        memory.read_exact_at(&mut there, start).unwrap();
        let difference = (0..length).find(|&at| here[at] != there[at]);
        assert_eq!(difference, None, "{path} differs from the memory of {pid} at an offset of {range}");
        compared += 1;
    }
    assert!(compared >= 3, "the program, libc and the dynamic linker are to be compared");
}
