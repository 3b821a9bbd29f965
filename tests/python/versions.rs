//! Which versions of CPython a program is for: `3.12+`, `3.9-3.11`, `3.13`.

use forkcov_testing::program::Program;
use std::ops::RangeInclusive;

/// Some versions of CPython 3, by their minor numbers.
#[derive(Debug)]
pub struct Versions(RangeInclusive<u32>);

impl Versions {
    /// Those of the directive `python`; without one, all.
    pub fn of(program: &Program) -> Versions {
        program.first("python").map_or(Versions(0..=u32::MAX), Versions::parse)
    }

    /// Whether 3.`minor` is one.
    pub fn contains(&self, minor: u32) -> bool {
        self.0.contains(&minor)
    }

    fn parse(text: &str) -> Versions {
        let minor = |version: &str| -> u32 {
            let minor = version.strip_prefix("3.").and_then(|minor| minor.parse().ok());
            minor.unwrap_or_else(|| panic!("not versions of Python: {text}"))
        };
        Versions(match (text.strip_suffix('+'), text.split_once('-')) {
            (Some(first), _) => minor(first)..=u32::MAX,
            (None, Some((first, last))) => minor(first)..=minor(last),
            (None, None) => minor(text)..=minor(text),
        })
    }
}

/// The reason of a `limit` or `limit-in` directive for 3.`minor`, if there is one.
pub fn limit(program: &Program, minor: u32) -> Option<String> {
    let of_some = program.values("limit-in").find_map(|value| {
        let (versions, reason) = value.split_once(": ").expect("limit-in: VERSIONS: REASON");
        Versions::parse(versions).contains(minor).then_some(reason)
    });
    of_some.or_else(|| program.first("limit")).map(str::to_string)
}
