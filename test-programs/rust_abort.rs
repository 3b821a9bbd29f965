// A panic that aborts instead of unwinding: no destructor runs, in a child that another starts.
// compile: -Cpanic=abort
// variant: plain:
// variant: optimised: -O
// processes: 2
// tree: parent > child
// ends: child = SIGABRT
include!("role.rs");

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

struct Guard;

impl Drop for Guard {
    #[inline(never)]
    fn drop(&mut self) {
        println!("dropped"); // hit: parent
    }
}

#[inline(never)]
fn divide(a: u32, b: u32) -> u32 {
    let _guard = Guard;
    println!("dividing"); // hit: parent, child
    a / b // hit: parent, child
}

fn main() {
    let child = std::env::args().count() > 1; // hit: parent, child
    role(if child { "child" } else { "parent" }); // hit: parent, child
    std::panic::set_hook(Box::new(|_| eprintln!("no destructors"))); // hit: parent, child
    println!("{}", divide(6, if child { 0 } else { 2 })); // hit: parent, child
    let me = std::env::current_exe().unwrap(); // hit: parent
    let status = Command::new(me).arg("child").status().unwrap(); // hit: parent
    println!("child: {:?}", status.signal()); // hit: parent
}
