//! The options of a configuration file of coverage.py, in INI or TOML.

use super::{ini, known, variables};
use toml::de::{DeTable, DeValue};

/// The options with their sections and names, in the order of the file within a section. Those of other tools
/// are not among them.
#[derive(Debug, Default)]
pub(super) struct Options(Vec<(String, String, Value)>);

/// A value, with variables replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Of INI, or one that is not a list.
    Text(String),
    /// A list of TOML.
    List(Vec<String>),
}

/// The sections of coverage.py: a file of its own may have others, for plugins.
const SECTIONS: [&str; 7] = ["run", "report", "html", "xml", "json", "lcov", "paths"];

impl Options {
    /// Reads a file with this `name`. In a file that `is_own`, sections need no prefix.
    pub(super) fn parse(text: &str, name: &str, is_own: bool) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if name.ends_with(".toml") { Self::of_toml(text, is_own) } else { Self::of_ini(text, is_own) }
    }

    /// Does coverage.py know any of them?
    pub(super) fn has_known(&self) -> bool {
        self.0.iter().any(|(section, name, _)| section == "paths" || known::is_known(section, name))
    }

    /// The section, the name and the value of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.0.iter().map(|(section, name, value)| (&**section, &**name, value))
    }

    fn of_ini(text: &str, is_own: bool) -> Result<Self, String> {
        let entries = ini::entries(text)?;
        let mut options = Self::default();
        for section in SECTIONS {
            let prefixed = format!("coverage:{section}");
            let has_prefix = ini::has_section(text, &prefixed);
            let wanted = if has_prefix { &*prefixed } else { section };
            if !(has_prefix || is_own && ini::has_section(text, section)) {
                continue;
            }
            let of = |wanted: String| entries.iter().filter(move |(of, ..)| *of == wanted);
            // An option of all sections is meant for those that know it.
            let is_meant = |name: &String| {
                known::is_known(section, name) && of(wanted.to_owned()).all(|(_, other, _)| other != name)
            };
            let defaults = of(ini::DEFAULT.to_owned()).filter(|(_, name, _)| is_meant(name));
            for (_, name, value) in of(wanted.to_owned()).chain(defaults) {
                options.add(section, name, Value::Text(value.clone()))?;
            }
        }
        Ok(options)
    }

    fn of_toml(text: &str, is_own: bool) -> Result<Self, String> {
        let document = DeTable::parse(text).map_err(|error| error.message().to_owned())?;
        let root = document.get_ref();
        let below = |table, name: &str| -> Option<_> { as_table(DeTable::get(table, name)?.get_ref()) };
        let prefixed = below(root, "tool").and_then(|tool| below(tool, "coverage"));
        let mut options = Self::default();
        for section in SECTIONS {
            let found = prefixed.and_then(|coverage| below(coverage, section));
            let bare = || below(root, section).filter(|_| is_own);
            let mut entries: Vec<_> = found.or_else(bare).into_iter().flatten().collect();
            entries.sort_by_key(|(name, _)| name.span().start);
            for (name, value) in entries {
                // A table is none of coverage.py's options.
                let value = value_of(value.get_ref()).unwrap_or(Value::List(Vec::new()));
                options.add(section, name.get_ref(), value)?;
            }
        }
        Ok(options)
    }

    fn add(&mut self, section: &str, name: &str, value: Value) -> Result<(), String> {
        let from_environment = |text: String| {
            variables::substitute(&text, &|name| std::env::var(name).ok())
                .map_err(|variable| format!("[{section}] {name}: ${variable} is not set"))
        };
        let value = match value {
            Value::Text(text) => Value::Text(from_environment(text)?),
            Value::List(texts) => {
                Value::List(texts.into_iter().map(from_environment).collect::<Result<_, _>>()?)
            }
        };
        self.0.push((section.to_owned(), name.to_owned(), value));
        Ok(())
    }
}

fn as_table<'a, 'i>(value: &'a DeValue<'i>) -> Option<&'a DeTable<'i>> {
    match value {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn value_of(value: &DeValue) -> Option<Value> {
    Some(match value {
        DeValue::Array(values) => {
            Value::List(values.iter().map(|value| text_of(value.get_ref())).collect::<Option<_>>()?)
        }
        other => Value::Text(text_of(other)?),
    })
}

fn text_of(value: &DeValue) -> Option<String> {
    Some(match value {
        DeValue::String(text) => text.clone().into_owned(),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok()?.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => return None,
    })
}

impl Value {
    /// One text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.trim().to_owned(),
            Self::List(texts) => texts.join("\n"),
        }
    }

    /// The items of a list, which commas and ends of lines separate in a text.
    pub(super) fn items(&self) -> Vec<String> {
        self.split(&['\n', ','])
    }

    /// The items of a list of regular expressions, one in each line of a text.
    pub(super) fn lines(&self) -> Vec<String> {
        self.split(&['\n'])
    }

    fn split(&self, separators: &[char]) -> Vec<String> {
        let texts = match self {
            Self::Text(text) => text.split(separators).collect(),
            Self::List(texts) => texts.iter().map(String::as_str).collect::<Vec<_>>(),
        };
        texts.into_iter().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str, name: &str, is_own: bool) -> Vec<(String, Vec<String>)> {
        let options = Options::parse(text, name, is_own).unwrap();
        options.iter().map(|(section, name, value)| (format!("{section}:{name}"), value.lines())).collect()
    }

    #[test]
    fn ini_is_read_as_python_reads_it() {
        let text = "\u{feff}# a comment\n[run]\nBranch: yes\nomit =\n  a, b\n\n  # not a value\n  c;d # e\nsource=src\n\
                    [report]\nexclude_lines =\n    pragma: no cover\n    if x == y:\n\n    [a-z]\n; end\nfail_under = 90.5\n\
                    [coverage:html]\ntitle = A\n[other]\nx = 1\n";
        let found = options(text, ".coveragerc", true);
        let expected = [
            ("run:branch", vec!["yes"]),
            ("run:omit", vec!["a, b", "c;d # e"]),
            ("run:source", vec!["src"]),
            ("report:exclude_lines", vec!["pragma: no cover", "if x == y:", "[a-z]"]),
            ("report:fail_under", vec!["90.5"]),
            ("html:title", vec!["A"]),
        ];
        let expected: Vec<(String, Vec<String>)> = expected
            .into_iter()
            .map(|(name, lines)| (name.to_owned(), lines.into_iter().map(str::to_owned).collect()))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(options("[run]\nbranch = 1\n[coverage:xml]\noutput = x\n", "setup.cfg", false).len(), 1);
        assert!(Options::parse("[run\n", ".coveragerc", true).is_err());
    }

    #[test]
    fn toml_has_values_of_every_type() {
        let text = "[tool.coverage]\nrun.branch = true\nrun.source = ['a', 'b,c']\n\
                    report.fail_under = 9.5\nreport.precision = 0x2\nreport.omit = 'a, b'\n[run]\nx = 1\n";
        let found = options(text, "pyproject.toml", false);
        let of = |name: &str| found.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert_eq!(
            (of("run:branch"), of("run:source")),
            (vec!["true".into()], vec!["a".into(), "b,c".into()])
        );
        assert_eq!((of("report:fail_under"), of("report:precision")), (vec!["9.5".into()], vec!["2".into()]));
        assert_eq!(found.len(), 5);
        assert_eq!(options("[run]\nbranch = true\n", ".coveragerc.toml", true).len(), 1);
        assert_eq!(Value::Text("a, b\n c".into()).items(), ["a", "b", "c"]);
        let table = options("[tool.coverage.run]\na = {b = 1}\n", "pyproject.toml", false);
        assert_eq!(table, [("run:a".to_owned(), vec![])]);
    }
}
