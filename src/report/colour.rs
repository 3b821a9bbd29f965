//! Terminal colours.

use super::totals::Part;
use anstyle::{AnsiColor, Style};

/// Whether to colour text.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With the SGR escape sequences of ECMA-48.
    On,
    /// Plain text.
    #[default]
    Off,
}

impl Colour {
    /// `text` in `style`.
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        match self {
            Self::On => format!("{style}{text}{style:#}"),
            Self::Off => text.to_owned(),
        }
    }
}

/// The style of a percentage, with the limits of genhtml(1).
pub(super) fn percentage(part: Part) -> Style {
    let colour = match part.percent() {
        percent if percent >= 90.0 => AnsiColor::Green,
        percent if percent >= 75.0 => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    colour.on_default()
}
