//! Variables of the environment in values: `$NAME`, `${NAME}`, `${NAME?}`, `${NAME-default}`, and `$$`.

use regex::{Captures, Regex};
use std::sync::LazyLock;

static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$(?:(?<dollar>\$)|(?<bare>\w+)|\{(?<braced>\w+)(?:(?<strict>\?)|-(?<default>[^}]*))?\})")
        .expect("a regular expression")
});

/// `text` with the values that `value` gives for its variables. A variable without a value is empty.
///
/// # Errors
/// The name of a variable that must have a value, and has none.
pub(super) fn substitute(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let name =
        |found: &Captures| found.name("bare").or(found.name("braced")).map(|name| name.as_str().to_owned());
    let missing = VARIABLE.captures_iter(text).find_map(|found| {
        found.name("strict")?;
        name(&found).filter(|name| value(name).is_none())
    });
    if let Some(missing) = missing {
        return Err(missing);
    }
    let replaced = VARIABLE.replace_all(text, |found: &Captures| match name(found) {
        None => "$".to_owned(),
        Some(name) => value(&name).unwrap_or_else(|| {
            found.name("default").map_or(String::new(), |default| default.as_str().to_owned())
        }),
    });
    Ok(replaced.into_owned())
}

#[cfg(test)]
mod tests {
    use super::substitute;

    #[test]
    fn each_form_is_replaced() {
        let of = |text: &str| substitute(text, &|name| (name == "A").then(|| "1".to_owned()));
        assert_eq!(of("$A ${A} ${A-2} ${A?} $B. ${B} ${B-3} ${B-} $$A $").unwrap(), "1 1 1 1 .  3  $A $");
        assert_eq!(of("a ${B?}").unwrap_err(), "B");
    }
}
