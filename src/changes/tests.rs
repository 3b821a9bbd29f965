use super::*;
use proptest::prelude::*;
use std::fs;
use std::process::Command;

fn here(directory: &Path) -> Here {
    Here::at(directory.canonicalize().unwrap())
}

fn lines(change: &Change) -> Vec<u32> {
    change.lines.iter().collect()
}

/// The change to `path`, which is below the current directory.
fn of<'c>(changes: &'c Changes, here: &Here, path: &str) -> Option<&'c Change> {
    changes.of(&here.names()[0].join(path))
}

#[test]
fn every_kind_of_change_in_a_diff_of_git_is_read() {
    let diff = br#"diff --git a/changed.c b/changed.c
index 7898192..6178079 100644
--- a/changed.c
+++ b/changed.c
@@ -3,2 +3 @@ int main(void)
-old
-older
+new
@@ -9,0 +9,2 @@
++++ b/this is a line of a source
+--- so is this
diff --git a/new.c b/new.c
new file mode 100644
index 0000000..f719efd
--- /dev/null
+++ b/new.c
@@ -0,0 +1,2 @@
+one
+two
\ No newline at end of file
diff --git a/gone.c b/gone.c
deleted file mode 100644
index f719efd..0000000
--- a/gone.c
+++ /dev/null
@@ -1,2 +0,0 @@
-one
-two
diff --git a/before.c b/sub/after.c
similarity index 90%
rename from before.c
rename to sub/after.c
index 7898192..6178079 100644
--- a/before.c
+++ b/sub/after.c
@@ -7 +7 @@
-old
\ No newline at end of file
+new
diff --git a/moved.c b/b/moved.c
similarity index 100%
rename from moved.c
rename to b/moved.c
diff --git a/mode.sh b/mode.sh
old mode 100644
new mode 100755
diff --git a/picture.png b/picture.png
index 7898192..6178079 100644
Binary files a/picture.png and b/picture.png differ
diff --git "a/na\303\257ve \"x\".c" "b/na\303\257ve \"x\".c"
index 7898192..6178079 100644
--- "a/na\303\257ve \"x\".c"
+++ "b/na\303\257ve \"x\".c"
@@ -1 +1 @@
-old
+new
diff --git a/has space.c b/has space.c
index 7898192..6178079 100644
--- a/has space.c	
+++ b/has space.c	
@@ -5,0 +6 @@
+new
"#;
    let here = Here::at("/home/u/project");
    let changes = Changes::of_diff(diff, &here).unwrap();
    let changed = |path: &str| of(&changes, &here, path).map(lines);
    assert_eq!(changed("changed.c"), Some(vec![3, 9, 10]));
    assert_eq!(changed("new.c"), Some(vec![1, 2]));
    assert_eq!(changed("gone.c"), None);
    assert_eq!((changed("before.c"), changed("sub/after.c")), (None, Some(vec![7])));
    assert_eq!(changed("b/moved.c"), Some(vec![]));
    assert_eq!(changed("mode.sh"), Some(vec![]));
    assert_eq!(changed("picture.png"), None);
    assert_eq!(changed("naïve \"x\".c"), Some(vec![1]));
    assert_eq!(changed("has space.c"), Some(vec![6]));
    assert_eq!(of(&changes, &here, "sub/after.c").unwrap().name, Path::new("sub/after.c"));
}

#[test]
fn a_diff_of_two_directories_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let here = here(directory.path());
    fs::create_dir_all(directory.path().join("src")).unwrap();
    fs::write(directory.path().join("src/a.c"), "").unwrap();
    let diff = b"diff -ru old/src/a.c new/src/a.c
--- old/src/a.c\t2026-01-01 00:00:00.000000000 +0000
+++ new/src/a.c\t2026-01-02 00:00:00.000000000 +0000
@@ -1,3 +1,4 @@
 same
-old
+new
+newer
 same
";
    let changes = Changes::of_diff(diff, &here).unwrap();
    assert_eq!(of(&changes, &here, "src/a.c").map(lines), Some(vec![2, 3]));
}

#[test]
fn an_empty_context_line_may_lack_its_leading_blank() {
    // git-config(1), diff.suppressBlankEmpty
    let diff = b"--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,4 @@\n a\n\n+new\n b\n";
    let here = Here::at("/home/u/project");
    let changes = Changes::of_diff(diff, &here).unwrap();
    assert_eq!(of(&changes, &here, "a.c").map(lines), Some(vec![3]));
}

#[test]
fn names_are_relative_to_the_root_of_the_repository_or_to_the_current_directory() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::create_dir_all(root.join("sub/src")).unwrap();
    fs::write(root.join("sub/src/a.c"), "").unwrap();
    let diff = |name: &str| format!("--- a/{name}\n+++ b/{name}\n@@ -0,0 +1 @@\n+new\n");
    let here = Here::at(root.join("sub"));
    for name in ["sub/src/a.c", "src/a.c"] {
        let changes = Changes::of_diff(diff(name).as_bytes(), &here).unwrap();
        assert_eq!(changes.of(&root.join("sub/src/a.c")).map(lines), Some(vec![1]), "{name}");
    }
    // A file that does not exist here is taken to be below the root of the repository, as git says.
    let changes = Changes::of_diff(diff("sub/gone.c").as_bytes(), &here).unwrap();
    assert_eq!(changes.of(&root.join("sub/gone.c")).map(lines), Some(vec![1]));
}

#[test]
fn a_directory_behind_a_symbolic_link_has_both_names() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    fs::create_dir(root.join("real")).unwrap();
    std::os::unix::fs::symlink("real", root.join("link")).unwrap();
    fs::write(root.join("real/a.c"), "").unwrap();
    let diff = b"--- a/a.c\n+++ b/a.c\n@@ -0,0 +1 @@\n+new\n";
    let changes = Changes::of_diff(diff, &Here::at(root.join("link"))).unwrap();
    for name in ["link/a.c", "real/a.c"] {
        assert!(changes.of(&root.join(name)).is_some(), "{name}");
    }
}

#[test]
fn what_is_not_a_diff_is_an_error() {
    let here = Here::at("/");
    let refused = |diff: &str| Changes::of_diff(diff.as_bytes(), &here).unwrap_err().to_string();
    for diff in ["int main(void) {}\n", "--- a/a.c\n+++ b/a.c\n@@ nonsense @@\n", "\0\u{1}\u{ffff}"] {
        assert!(refused(diff).starts_with("not a unified diff: "), "{diff:?}: {}", refused(diff));
    }
    assert!(refused("diff --cc a.c\n").contains("of a merge"));
    let far = "--- a/a.c\n+++ b/a.c\n@@ -0,0 +4000000000 @@\n+new\n";
    assert!(refused(far).ends_with("line number 4000000000 out of range"), "{}", refused(far));
    assert!(Changes::of_diff(b" \n", &here).unwrap().files.is_empty());
}

/// For each line of an old version: whether it is kept, and how many new lines follow it.
fn edits() -> impl Strategy<Value = Vec<(bool, usize)>> {
    prop::collection::vec((any::<bool>(), prop_oneof![5 => Just(0), 1 => 1..4usize]), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn real_diffs_contain_exactly_the_new_lines(edits in edits(), ends in any::<bool>(), context in 0..4) {
        let directory = tempfile::tempdir().unwrap();
        let here = here(directory.path());
        let (mut old, mut new, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (is_kept, added)) in edits.iter().enumerate() {
            old.push(format!("line {number}"));
            new.extend(is_kept.then(|| format!("line {number}")));
            for more in 0..*added {
                // Text that resembles the syntax of a diff.
                new.push(format!("-- +++ @@ -1 +1 @@ {number} {more}"));
                expected.push(new.len() as u32);
            }
        }
        let text = |lines: &[String]| {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            if ends { text } else { text.trim_end().to_owned() }
        };
        // Without a final line break, the last line would differ.
        prop_assume!(ends || old.last() == new.last());
        fs::write(directory.path().join("old.c"), text(&old)).unwrap();
        fs::write(directory.path().join("new.c"), text(&new)).unwrap();
        let context = format!("-U{context}");
        let git = ["git", "diff", "--no-index", "--minimal", &context];
        for arguments in [git, ["diff", "--minimal", "-u", "--text", &context]] {
            let mut command = Command::new(arguments[0]);
            command.args(&arguments[1..]).args(["old.c", "new.c"]).current_dir(directory.path());
            let diff = command.output().unwrap().stdout;
            let changes = Changes::of_diff(&diff, &here).unwrap();
            let changed = of(&changes, &here, "new.c").map(lines).unwrap_or_default();
            prop_assert_eq!(&changed, &expected, "{}", String::from_utf8_lossy(&diff));
        }
    }
}
