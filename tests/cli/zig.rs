//! Programs and tests in Zig.

use forkcov_testing::needs::{self, Lack};
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

const SHAPES: &str = r#"const std = @import("std");
const linux = std.os.linux;

fn area(sides: u32) u32 {
    if (sides == 4) {
        return sides * sides;
    }
    return sides;
}

test "a square" {
    try std.testing.expectEqual(@as(u32, 16), area(4));
}

test "a child" {
    const pid = linux.fork();
    if (pid == 0) {
        linux.exit(@intCast(area(3)));
    }
    var status: i32 = 0;
    _ = linux.waitpid(@intCast(pid), &status, 0);
    try std.testing.expectEqual(@as(i32, 3), status >> 8);
}
"#;

const HALF: &str = r#"const std = @import("std");

fn half(n: u32) u32 {
    if (n % 2 == 0) {
        return n / 2;
    }
    return n;
}

pub fn main() void {
    const odd = half(7);
    std.debug.print("{d}\n", .{odd});
}
"#;

const CACHES: [&str; 4] = ["--cache-dir", "cache", "--global-cache-dir", "global"];

/// The compiler that `.ci/zig` fetches.
fn zig() -> PathBuf {
    let zig = paths::scratch().with_file_name("tools").join("zig/ziglang/zig");
    if !zig.exists() {
        needs::give_up(Lack::machine("zig", "there is no Zig: .ci/zig fetches it"));
    }
    zig
}

#[test]
fn tests_in_zig_and_their_children_have_lines() {
    let (place, zig) = (Sandbox::new(), zig());
    place.write("shapes.zig", SHAPES, 0o644);
    let zig = zig.to_str().unwrap();
    place.succeeds(&[&["run", "-q", "--", zig, "test", "shapes.zig"], &CACHES[..]].concat());
    let json = place.json("forkcov.data");
    // The sources of Zig itself belong to the system.
    let files: Vec<&String> = json["files"].as_object().unwrap().keys().collect();
    assert_eq!(files, ["shapes.zig"]);
    let missing = &json["files"]["shapes.zig"]["missing_lines"];
    assert_eq!(*missing, json!([]));
    let forked = json["processes"].as_array().unwrap().iter().find(|process| process["exit"]["code"] == 3);
    let lines = forked.unwrap()["files"]["shapes.zig"].as_array().unwrap().clone();
    assert!(lines.contains(&json!(8)) && !lines.contains(&json!(6)), "{lines:?}");
}

#[test]
fn programs_in_zig_have_lines_in_each_mode() {
    let (place, zig) = (Sandbox::new(), zig());
    place.write("half.zig", HALF, 0o644);
    for (mode, flags, missing) in [
        ("Debug", &[][..], json!([5])),
        ("ReleaseSafe", &["-fno-strip"], json!([])),
        ("ReleaseFast", &["-fno-strip"], json!([])),
    ] {
        let mut build = Command::new(&zig);
        build.args(["build-exe", "half.zig", "-O", mode]).args(CACHES).args(flags);
        let built = build.current_dir(place.path("")).output().unwrap();
        assert!(built.status.success(), "{}", text(&built.stderr));
        let output = place.succeeds(&["run", "-q", "--", "./half"]);
        assert_eq!(text(&output.stderr), "7\n");
        let file = &place.json("forkcov.data")["files"]["half.zig"];
        assert_eq!(file["missing_lines"], missing, "{mode}");
        assert!(file["executed_lines"].as_array().unwrap().contains(&json!(12)), "{mode}: {file}");
    }
}
