// What role.h is, for programs in Rust: `include!("role.rs");`

fn role(name: &str) {
    use std::io::Write;
    if let Some(log) = std::env::var_os("ROLES") {
        let mut file = std::fs::File::options().append(true).create(true).open(log).unwrap();
        file.write_all(format!("{} {name}\n", std::process::id()).as_bytes()).unwrap();
    }
}
