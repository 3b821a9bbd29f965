//! The probe for CPython. Its C files begin at `probe.c`.

mod diagnostic;

pub use diagnostic::PythonDiagnostic;

use crate::runtime::probe::ProbeImage;
use std::sync::LazyLock;

static IMAGE: LazyLock<ProbeImage> =
    LazyLock::new(|| ProbeImage::parse(include_bytes!(concat!(env!("OUT_DIR"), "/python.so"))));

/// The probe, compiled.
pub fn image() -> &'static ProbeImage {
    &IMAGE
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::{Object as _, ObjectSegment as _};

    #[test]
    fn it_can_be_copied_anywhere() {
        let file = object::File::parse(&include_bytes!(concat!(env!("OUT_DIR"), "/python.so"))[..]).unwrap();
        assert!(file.dynamic_relocations().is_none_or(|mut relocations| relocations.next().is_none()));
        assert_eq!(file.segments().next().unwrap().address(), 0);
        assert_eq!(file.segments().next().unwrap().file_range().0, 0);
        assert!(image().table >= image().code_size() && image().process >= image().code_size());
    }

    #[test]
    fn its_breakpoints_are_where_it_says() {
        for address in [image().asked, image().done, image().returned] {
            assert!(image().code[address as usize..].starts_with(&crate::machine::Patch::BREAKPOINT.0));
        }
    }

    #[test]
    fn it_names_what_it_uses() {
        let functions = &image().functions;
        assert_eq!(functions[0].names, ["Py_IsInitialized"]);
        assert!(functions.len() > 30 && functions.iter().any(|function| function.optional));
        assert!(functions.iter().any(|function| function.names.len() == 2));
    }
}
