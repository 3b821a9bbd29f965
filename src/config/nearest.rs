//! What somebody may have meant.

/// Names that are less like each other (Jaro's measure, from 0 to 1) are not taken for each other. clap has the same.
const ALIKE: f64 = 0.7;

/// The end of a message on `word`, which is none of `known`: which of them may be meant, or what there is.
pub(super) fn hint(word: &str, known: &[String]) -> String {
    let likeness = |known: &String| strsim::jaro(word, known);
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) > ALIKE) {
        Some(nearest) => format!("is `{nearest}` meant?"),
        None => format!("there are {}", known.join(", ")),
    }
}
