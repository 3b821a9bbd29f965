//! What a program shares with other processes is the same under forkcov: its open file descriptions. What it
//! sees of itself is shown by the programs `undisturbed_*.c`, which `cargo test --test programs` runs.

#[macro_use]
extern crate forkcov_testing;

use forkcov_testing::sandbox::Sandbox;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

harness!();

/// Starts `script` in a shell under forkcov, with these files for its input and output.
fn run(place: &Sandbox, script: &str, input: &File, output: &File) {
    let mut command = place.command(&["run", "-q", "--", "sh", "-c", script]);
    command.stdin(input.try_clone().unwrap()).stdout(output.try_clone().unwrap());
    assert!(command.status().unwrap().success());
}

#[test]
fn input_and_output_are_the_open_files_that_forkcov_was_given() {
    let place = Sandbox::new();
    place.write("input", "first\nsecond\n", 0o644);
    place.write("output", "0123456789", 0o644);
    let mut input = File::open(place.path("input")).unwrap();
    let mut output = File::options().read(true).write(true).open(place.path("output")).unwrap();
    output.seek(SeekFrom::Start(4)).unwrap();
    run(&place, "read line; printf %s \"$line\"", &input, &output);
    // They share one position with the program's.
    assert_eq!(input.stream_position().unwrap(), 6);
    assert_eq!(output.stream_position().unwrap(), 9);
    output.write_all(b"!").unwrap();
    let mut text = String::new();
    File::open(place.path("output")).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "0123first!");
}

#[test]
fn flags_of_an_open_file_are_neither_changed_nor_kept_from_changing() {
    let place = Sandbox::new();
    place.write("file", "", 0o644);
    let file = File::options().read(true).write(true).open(place.path("file")).unwrap();
    let flags = || OFlag::from_bits_retain(fcntl(&file, FcntlArg::F_GETFL).unwrap());
    let before = flags();
    run(&place, "true", &file, &file);
    assert_eq!(flags(), before);
    fcntl(&file, FcntlArg::F_SETFL(before | OFlag::O_NONBLOCK)).unwrap();
    run(&place, "grep -q '^flags:.*0104002' /proc/self/fdinfo/0", &file, &file);
}
