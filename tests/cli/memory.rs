//! A few bytes that claim to be gigabytes: they are refused with a remark, in bounded memory.

use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, text};

/// The peak of resident memory that forkcov may have, in KiB.
const MOST: u64 = 300 << 10;

/// Replaces a section of an ELF file (elf(5)): `ELF SECTION FORMAT CLAIMED ZEROS`.
const REPLACE: &str = r#"
import struct, subprocess, sys, zlib
path, name, how, claimed, zeros = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
def packed():
    if how == "zstd":
        source = subprocess.Popen(["head", "-c", str(zeros), "/dev/zero"], stdout=subprocess.PIPE)
        return subprocess.run(["zstd", "-1", "-c"], stdin=source.stdout, stdout=subprocess.PIPE, check=True).stdout
    packer, block = zlib.compressobj(1), bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(zeros >> 20)]
    return b"".join(parts) + packer.flush()
if how == "zdebug":
    content = b"ZLIB" + struct.pack(">Q", claimed) + packed()
elif how == "sparse":
    content = b""
else:
    content = struct.pack("<IIQQ", 2 if how == "zstd" else 1, 0, claimed, 1) + packed()
with open(path, "r+b") as file:
    head = file.read(64)
    table, = struct.unpack_from("<Q", head, 0x28)
    size, count, names = struct.unpack_from("<HHH", head, 0x3a)
    def header(number):
        file.seek(table + number * size)
        return bytearray(file.read(size))
    start, length = struct.unpack_from("<QQ", header(names), 24)
    file.seek(start)
    texts = file.read(length)
    for number in range(count):
        entry = header(number)
        at, = struct.unpack_from("<I", entry, 0)
        if texts[at:texts.index(0, at)].decode() == name:
            end = file.seek(0, 2)
            file.write(content)
            flags = 0 if how in ("zdebug", "sparse") else 0x800
            struct.pack_into("<Q", entry, 8, flags)
            struct.pack_into("<QQ", entry, 24, end, zeros if how == "sparse" else len(content))
            if how == "sparse":
                file.truncate(end + zeros)
            file.seek(table + number * size)
            file.write(entry)
            break
    else:
        sys.exit("no section " + name)
"#;

/// Prints the peak of resident memory of a command, in KiB.
const MEASURE: &str = "
import resource, subprocess, sys
ran = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(ran.returncode)
";

#[test]
fn a_section_that_is_far_larger_than_its_bytes_is_refused() {
    needs::require(needs::tool("python3"));
    needs::require(needs::tool("zstd"));
    const GIGABYTES: &str = "1610612736";
    for (section, how, claimed, zeros, said) in [
        (".debug_line_str", "zlib", GIGABYTES, GIGABYTES, ".debug_line_str would take 1536 MiB"),
        (".debug_info", "zlib", GIGABYTES, GIGABYTES, ".debug_info would take 1536 MiB"),
        (".debug_str", "zstd", GIGABYTES, GIGABYTES, ".debug_str would take 1536 MiB"),
        (".debug_abbrev", "zdebug", GIGABYTES, GIGABYTES, ".debug_abbrev would take 1536 MiB"),
        (".debug_info", "zlib", "4611686018427387904", "1048576", ".debug_info would take"),
        (".debug_info", "zlib", "1048576", GIGABYTES, "the debug information"),
        (".debug_info", "zstd", "1048576", GIGABYTES, "the debug information"),
        (".debug_info", "sparse", "0", "1099511627776", "more memory than the file has on disk"),
    ] {
        let place = Sandbox::new();
        place.write("main.c", "int main(void) {\n  return 0;\n}\n", 0o644);
        place.cc(&["-gdwarf-5", "main.c", "-o", "main"]);
        let mut name = section.to_owned();
        if how == "zdebug" {
            name = section.replace(".debug", ".zdebug");
            place.tool("objcopy", &["--rename-section", &format!("{section}={name}"), "main"]);
        }
        place.tool("python3", &["-c", REPLACE, "main", &name, how, claimed, zeros]);
        let forkcov = place.command(&[]).get_program().to_str().unwrap().to_owned();
        let mut command = needs::command("python3");
        command.args(["-c", MEASURE, &forkcov, "run", "-q", "--no-cache", "--", "./main"]);
        let output = command.current_dir(place.path("")).output().unwrap();
        let context = format!("{section} {how} {claimed} {zeros}: {output:?}");
        assert!(output.status.success(), "{context}");
        let lines = text(&output.stderr);
        assert!(lines.contains(said) && lines.lines().all(|line| line.contains("/main")), "{context}");
        assert!(text(&output.stdout).trim().parse::<u64>().unwrap() < MOST, "{context}");
    }
}
