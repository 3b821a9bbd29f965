//! Counts with their nouns, for messages and reports.

/// `1 file`, `2 files`: `number` followed by the noun in its singular (`one`) or plural (`many`) form.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn the_noun_agrees_with_the_number() {
        assert_eq!(counted(0, "file", "files"), "0 files");
        assert_eq!(counted(1, "process", "processes"), "1 process");
        assert_eq!(counted(2, "process", "processes"), "2 processes");
    }
}
