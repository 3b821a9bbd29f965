// A panic that is caught in a thread, one that ends the program with status 101.
// processes: 1
// exit: 101
include!("role.rs");

struct Guard(i32);

impl Drop for Guard {
    fn drop(&mut self) { // hit: parent
        println!("dropped {}", self.0); // hit: parent
    } // hit: parent
}

fn panics(n: i32) -> i32 { // hit: parent
    let _guard = Guard(n); // hit: parent
    if n < 2 { // hit: parent
        panic!("n is {n}"); // hit: parent
    }
    n // miss
}

fn main() { // hit: parent
    role("parent"); // hit: parent
    std::panic::set_hook(Box::new(|info| eprintln!("panic: {}", info.payload_as_str().unwrap_or("?")))); // hit: parent
    let caught = std::thread::spawn(|| panics(0)).join(); // hit: parent
    println!("caught: {}", caught.is_err()); // hit: parent
    panics(1); // hit: parent
    println!("unreachable"); // miss
}
