//! Terminal colours.

use super::limits::Level;
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

/// The style of a percentage.
pub(super) fn percentage(level: Level) -> Style {
    let colour = match level {
        Level::High => AnsiColor::Green,
        Level::Medium => AnsiColor::Yellow,
        Level::Low => AnsiColor::Red,
    };
    colour.on_default()
}
