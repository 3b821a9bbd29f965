//! The probe for bash. Its C files begin at `probe.c`.

use super::Version;
use crate::runtime::probe::{ProbeDiagnostic, ProbeImage};
use crate::runtime::protocol::diagnostic;
use std::sync::LazyLock;

static IMAGE: LazyLock<ProbeImage> =
    LazyLock::new(|| ProbeImage::parse(include_bytes!(concat!(env!("OUT_DIR"), "/bash.so"))));

/// The probe, compiled.
pub fn image() -> &'static ProbeImage {
    &IMAGE
}

/// The text for what the probe reports. `None` for an unknown code.
pub(super) fn diagnostic(code: u64, detail: u64) -> Option<ProbeDiagnostic> {
    let text = match code {
        diagnostic::START_FAILED => "there is no memory for the probe".to_owned(),
        diagnostic::UNKNOWN_LAYOUT => match detail as u32 {
            0 => "its version is unknown".to_owned(),
            version => format!("the layout of the data of this version ({}) is not known", Version(version)),
        },
        diagnostic::TOO_LARGE => "a function has a name of more than 16 MB".to_owned(),
        _ => return None,
    };
    Some(ProbeDiagnostic { text, is_doubt: code == diagnostic::TOO_LARGE })
}
