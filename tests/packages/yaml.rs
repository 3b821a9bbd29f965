//! Files of CI services.

use forkcov_testing::paths;
use saphyr::{LoadableYamlNode, YamlOwned};
use std::collections::BTreeMap;
use std::fs;

/// The content of a YAML file of this repository.
pub fn read(name: &str) -> YamlOwned {
    let text = fs::read_to_string(paths::repository().join(name)).unwrap();
    let mut documents = YamlOwned::load_from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

/// The text at this key, if it is there.
pub fn text(node: &YamlOwned, key: &str) -> Option<String> {
    Some(node.as_mapping_get(key)?.as_str().unwrap_or_else(|| panic!("{key} is no text")).to_owned())
}

/// The texts of the mapping at this key; empty if it is not there.
pub fn texts(node: &YamlOwned, key: &str) -> BTreeMap<String, String> {
    let mapping = node.as_mapping_get(key).and_then(|mapping| mapping.as_mapping());
    let pairs = mapping.into_iter().flatten();
    pairs.map(|(key, value)| (key.as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned())).collect()
}

/// The list at this key; empty if it is not there.
pub fn list<'n>(node: &'n YamlOwned, key: &str) -> &'n [YamlOwned] {
    node.as_mapping_get(key).and_then(|list| list.as_sequence()).map_or(&[], |list| &list[..])
}
