//! Suggestions for misspelt names.

/// The least similarity (of Jaro, from 0 to 1) at which a name is suggested. clap uses the same value.
const MIN_SIMILARITY: f64 = 0.7;

/// The end of a message about `word`, which is not among `known`: the most similar name, or all names.
pub(super) fn hint(word: &str, known: &[String]) -> String {
    let similarity = |known: &String| strsim::jaro(word, known);
    let nearest = known.iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    match nearest.filter(|nearest| similarity(nearest) > MIN_SIMILARITY) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}
