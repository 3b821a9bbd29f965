//! What a diff changes in each file, by the numbers of its lines in both versions.

use super::{BaseDirectories, DiffError, line_number, patches, path, variants};
use crate::sources::Here;
use diffy::Line;
use diffy::patch_set::FileOperation;
use std::ops::Range;
use std::path::PathBuf;

/// What a diff does with one file.
#[derive(Debug)]
pub struct EditedFile {
    /// Its name in the diff, relative to the root of its repository: the new one if it is renamed.
    pub name: PathBuf,
    /// The absolute paths that it may have had before. Empty if the diff creates it.
    pub old: Vec<PathBuf>,
    /// The absolute paths that it may have now. Empty if the diff deletes it.
    pub new: Vec<PathBuf>,
    /// The edits, in ascending order. `None` if the diff does not have them as text.
    pub edits: Option<Vec<Edit>>,
}

/// Some neighbouring lines that others replace. Either may be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The numbers of the lines that are removed. If there are none, it says where they would be.
    pub old: Range<u32>,
    /// The numbers of the lines that are added, likewise.
    pub new: Range<u32>,
    /// The lines that are removed, each with its end.
    pub removed: Vec<Vec<u8>>,
    /// The lines that are added.
    pub added: Vec<Vec<u8>>,
}

/// What a unified diff does with each file. The names of files are as for
/// [`Changes::of_diff`](super::Changes::of_diff).
///
/// # Errors
/// As of [`Changes::of_diff`](super::Changes::of_diff).
pub fn edited_files(diff: &[u8], here: &Here) -> Result<Vec<EditedFile>, DiffError> {
    let bases = BaseDirectories::of(here);
    let mut files = Vec::new();
    for patch in patches(diff)? {
        let mut edits = patch.patch().as_text().map(|_| Vec::new());
        for hunk in patch.patch().as_text().map(|text| text.hunks()).unwrap_or_default() {
            // A range without lines is named by the line before it.
            let start = |range: diffy::HunkRange| range.start() + usize::from(range.is_empty());
            let (mut old, mut new) = (start(hunk.old_range()), start(hunk.new_range()));
            let mut lines = hunk.lines().iter().peekable();
            while lines.peek().is_some() {
                let (mut removed, mut added) = (Vec::new(), Vec::new());
                while let Some(line) = lines.next_if(|line| !matches!(line, Line::Context(_))) {
                    match line {
                        Line::Delete(line) => removed.push(line.to_vec()),
                        Line::Insert(line) | Line::Context(line) => added.push(line.to_vec()),
                    }
                }
                let ends = (old + removed.len(), new + added.len());
                if !removed.is_empty() || !added.is_empty() {
                    let range = |start, end| Ok::<_, DiffError>(line_number(start)?..line_number(end)?);
                    let (old, new) = (range(old, ends.0)?, range(new, ends.1)?);
                    edits.get_or_insert_default().push(Edit { old, new, removed, added });
                }
                (old, new) = ends;
                while lines.next_if(|line| matches!(line, Line::Context(_))).is_some() {
                    (old, new) = (old + 1, new + 1);
                }
            }
        }
        let edits = edits.filter(|edits| !edits.is_empty());
        let (old, new) = names(patch.operation());
        let paths = |names: &[PathBuf]| match bases.existing(names) {
            Some(name) => bases.paths(name),
            None => names.iter().flat_map(|name| bases.paths(name)).collect(),
        };
        let name = bases.existing(&new).or(new.first()).or(old.first()).cloned().unwrap_or_default();
        files.push(EditedFile { name, old: paths(&old), new: paths(&new), edits });
    }
    Ok(files)
}

/// The names that a file may have had, and those that it may have now, the likeliest first.
fn names(operation: &FileOperation<[u8]>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let either = |name| variants(path(name));
    match operation {
        FileOperation::Delete(name) => (either(name), Vec::new()),
        FileOperation::Create(name) => (Vec::new(), either(name)),
        FileOperation::Modify { original, modified } => (either(original), either(modified)),
        // git writes these names without a prefix.
        FileOperation::Rename { from, to } => (vec![path(from)], vec![path(to)]),
        FileOperation::Copy { to, .. } => (Vec::new(), vec![path(to)]),
    }
}

impl EditedFile {
    /// The old content of the file, whose content now is `new`. `None` if that is not what the diff leads to.
    pub fn old_content(&self, new: &[u8]) -> Option<Vec<u8>> {
        let mut old = Vec::with_capacity(new.len());
        let mut lines = (1..).zip(new.split_inclusive(|byte| *byte == b'\n')).peekable();
        for edit in self.edits.iter().flatten() {
            while let Some((_, line)) = lines.next_if(|(number, _)| *number < edit.new.start) {
                old.extend(line);
            }
            if !edit.added.iter().all(|added| lines.next().is_some_and(|(_, line)| line == *added)) {
                return None;
            }
            edit.removed.iter().for_each(|removed| old.extend(removed));
        }
        lines.for_each(|(_, line)| old.extend(line));
        Some(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edited(diff: &str) -> Vec<EditedFile> {
        edited_files(diff.as_bytes(), &Here::at("/nowhere/at/all")).unwrap()
    }

    #[test]
    fn edits_have_the_numbers_of_both_versions() {
        let diff = "--- a/x.c\n+++ b/x.c\n@@ -3,2 +3 @@\n-old\n-older\n+new\n@@ -9,0 +9,2 @@\n+one\n+two\n\
                    @@ -20,4 +22,3 @@\n same\n-gone\n same\n same\n";
        let files = edited(diff);
        let ranges: Vec<_> =
            files[0].edits.iter().flatten().map(|it| (it.old.clone(), it.new.clone())).collect();
        assert_eq!(ranges, [(3..5, 3..4), (10..10, 9..11), (21..22, 23..23)]);
        assert_eq!(files[0].edits.as_ref().unwrap()[0].removed, [b"old\n".to_vec(), b"older\n".to_vec()]);
        assert!(files[0].old.iter().any(|path| path.ends_with("at/all/x.c")), "{:?}", files[0].old);
    }

    #[test]
    fn a_file_is_created_deleted_renamed_or_not_text() {
        let diff = "diff --git a/new.c b/new.c\nnew file mode 100644\n--- /dev/null\n+++ b/new.c\n@@ -0,0 +1 @@\n+x\n\
                    diff --git a/gone.c b/gone.c\ndeleted file mode 100644\n--- a/gone.c\n+++ /dev/null\n\
                    @@ -1 +0,0 @@\n-x\n\
                    diff --git a/a.py b/b.py\nsimilarity index 100%\nrename from a.py\nrename to b.py\n\
                    diff --git a/p.png b/p.png\nindex 7898192..6178079 100644\nBinary files a/p.png and b/p.png differ\n";
        let files = edited(diff);
        let shape = |file: &EditedFile| (file.old.is_empty(), file.new.is_empty(), file.edits.is_some());
        let shapes: Vec<_> = files.iter().map(shape).collect();
        let expected =
            [(true, false, true), (false, true, true), (false, false, false), (false, false, false)];
        assert_eq!(shapes, expected);
        assert_eq!(files[0].edits.as_ref().unwrap()[0].new, 1..2);
        assert_eq!(files[1].edits.as_ref().unwrap()[0].old, 1..2);
    }

    proptest! {
        #[test]
        fn the_old_version_is_known_from_the_new_one(
            old in prop::collection::vec("[ab]{0,1}", 0..12),
            new in prop::collection::vec("[ab]{0,1}", 0..12),
            ends in any::<(bool, bool)>(),
            context in 0_usize..3,
        ) {
            let text = |lines: &[String], ends: bool| lines.join("\n") + if ends { "\n" } else { "" };
            let (old, new) = (text(&old, ends.0), text(&new, ends.1));
            let mut options = diffy::DiffOptions::default();
            options.set_context_len(context).set_original_filename("a/x").set_modified_filename("b/x");
            let diff = options.create_patch(&old, &new).to_string();
            for file in edited(&diff) {
                let known = file.old_content(new.as_bytes());
                prop_assert_eq!(known.as_deref(), Some(old.as_bytes()), "{}", &diff);
                if file.edits.is_some() {
                    prop_assert_ne!(file.old_content(b"other\n"), Some(old.clone().into_bytes()));
                }
            }
        }
    }
}
