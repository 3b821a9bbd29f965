//! A Python package or module of `--source-pkgs`, from wherever it was imported.

use std::path::Path;

/// A package or module, by its dotted name.
#[derive(Debug, Clone)]
pub(super) struct Package {
    /// The path of its directory below a directory that Python searches: `a/b` for `a.b`.
    path: String,
    depth: usize,
}

impl Package {
    pub(super) fn new(name: &str) -> Self {
        Self { path: name.replace('.', "/"), depth: name.split('.').count() }
    }

    /// The directory of this package, or the file of this module, if the source file `path` belongs to it.
    ///
    /// A checkout often has the name of the package that it holds, so a directory is a package only if it has
    /// an `__init__.py`. One inside of another package has another name.
    pub(super) fn root_of<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let is_package = |directory: &Path| directory.join("__init__.py").is_file();
        let is_top = |root: &Path| root.ancestors().nth(self.depth).is_none_or(|top| !is_package(top));
        let is_module = |extension: &_| extension == "py" || extension == "pyw";
        let module = path.extension().is_some_and(is_module).then(|| path.with_extension(""));
        if module.is_some_and(|module| module.ends_with(&self.path)) && is_top(path) {
            return Some(path);
        }
        let mut directories = path.ancestors().skip(1).filter(|directory| directory.ends_with(&self.path));
        directories.find(|directory| is_package(directory) && is_top(directory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_source_belongs_to_the_package_that_python_would_import_it_from() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for file in ["app/src/app/__init__.py", "app/src/app/deep/__init__.py", "app/src/app/app/__init__.py"]
        {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "").unwrap();
        }
        let of = |name: &str, path: &str| {
            let path = root.join(path);
            Package::new(name).root_of(&path).map(|root_of| root_of.strip_prefix(root).unwrap().to_owned())
        };
        let app = Some("app/src/app".into());
        assert_eq!(of("app", "app/src/app/a.py"), app);
        assert_eq!(of("app", "app/src/app/app/a.py"), app, "the inner one is app.app");
        assert_eq!(of("app", "app/src/app/native.pyx"), app);
        assert_eq!(of("app.deep", "app/src/app/deep/a.py"), Some("app/src/app/deep".into()));
        assert_eq!(of("app.a", "app/src/app/a.py"), Some("app/src/app/a.py".into()));
        assert_eq!(of("setup", "app/setup.py"), Some("app/setup.py".into()));
        assert_eq!(of("a", "app/src/app/a.py"), None);
        assert_eq!(of("app", "app/tests/app.c"), None);
        assert_eq!(of("app", "app/tests/test_app.py"), None, "the checkout is no package");
    }
}
