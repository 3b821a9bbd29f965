// std::process::Command runs the program itself, with its output read through a pipe.
// processes: 3
// tree: parent > child, parent > child 2
// ends: child = 4
include!("role.rs");

use std::process::{Command, exit};

fn child(name: &str) -> i32 { // hit: child, child 2
    role(name); // hit: child, child 2
    println!("this is {name}"); // hit: child, child 2
    if name == "child" { // hit: child, child 2
        return 4; // hit: child
    }
    0 // hit: child 2
} // hit: child, child 2

fn main() { // hit: parent, child, child 2
    if let Some(name) = std::env::args().nth(1) { // hit: parent, child, child 2
        exit(child(&name)); // hit: child, child 2
    }
    role("parent"); // hit: parent
    for name in ["child", "child 2"] { // hit: parent
        let me = std::env::current_exe().unwrap(); // hit: parent
        let output = Command::new(me).arg(name).output().unwrap(); // hit: parent
        print!("{:?} {}", output.status.code(), String::from_utf8_lossy(&output.stdout)); // hit: parent
    }
} // hit: parent
