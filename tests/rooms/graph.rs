//! Which room uses which, and which module within a room.

use crate::sources::{SourceFile, Use, file};
use std::collections::{BTreeMap, BTreeSet};

/// Rooms or modules, each with those that it uses and a place where it does.
pub type Graph = BTreeMap<String, BTreeMap<String, String>>;

/// For each directory of a room, as `ROOM` or `ROOM/MODULE`, which of the modules in it uses which.
pub fn within_rooms(files: &[SourceFile]) -> BTreeMap<String, Graph> {
    let modules: BTreeSet<&[String]> = files.iter().map(|file| &file.module[..]).collect();
    let mut graphs = BTreeMap::<String, Graph>::new();
    for (directory, from, Use { to, place }) in files.iter().flat_map(|file| file.uses_of_siblings(&modules))
    {
        let graph = graphs.entry(directory.join("/")).or_default();
        graph.entry(from).or_default().entry(to).or_insert(place);
    }
    graphs
}

/// For each room, the rooms that it uses, each with a place.
pub fn by_room(files: &[SourceFile]) -> Graph {
    let mut rooms = Graph::new();
    for file in files {
        let used = rooms.entry(file.room().to_owned()).or_default();
        for Use { to, place } in file.uses() {
            used.entry(to).or_insert(place);
        }
    }
    rooms
}

/// A way along which a room uses itself by others, if there is one.
pub fn circle(rooms: &Graph) -> Option<Vec<String>> {
    fn follow<'a>(room: &'a str, way: &mut Vec<&'a str>, rooms: &'a Graph) -> bool {
        if let Some(start) = way.iter().position(|earlier| *earlier == room) {
            way.drain(..start);
            way.push(room);
            return true;
        }
        way.push(room);
        if rooms.get(room).is_some_and(|used| used.keys().any(|next| follow(next, way, rooms))) {
            return true;
        }
        way.pop();
        false
    }
    rooms.keys().find_map(|room| {
        let mut way = Vec::new();
        follow(room, &mut way, rooms).then(|| way.into_iter().map(str::to_owned).collect())
    })
}

#[test]
fn circles_are_found() {
    let rooms = |edges: &[(&str, &str)]| {
        let mut rooms = Graph::new();
        for (from, to) in edges {
            rooms.entry((*from).to_owned()).or_default().insert((*to).to_owned(), String::new());
        }
        rooms
    };
    assert_eq!(circle(&rooms(&[("a", "b"), ("a", "c"), ("b", "c")])), None);
    let way = circle(&rooms(&[("a", "b"), ("b", "c"), ("c", "b")])).unwrap();
    assert_eq!(way, ["b", "c", "b"]);
}

#[test]
fn uses_within_a_room_are_of_modules_in_one_directory() {
    let files = [
        file("src/a/mod.rs", "use self::b::C; pub struct D;"),
        file("src/a/b.rs", "use super::{D, c::d::{self, E as F}, e};"),
        file("src/a/c/mod.rs", "use crate::a::c::d; use crate::z::y;"),
        file("src/a/c/d.rs", "use super::f::G; use super::super::e::H; mod inside { use super::i; }"),
        file("src/a/c/f.rs", "fn f() { crate::a::c::d::g(); self::h(); super::super::b::i() }"),
        file("src/a/e.rs", ""),
    ];
    let used = |directory: &str| {
        let graph = within_rooms(&files).remove(directory).unwrap();
        graph
            .into_iter()
            .flat_map(|(from, to)| to.into_keys().map(move |to| format!("{from} {to}")))
            .collect::<Vec<_>>()
    };
    assert_eq!(used("a"), ["b c", "b e", "c b", "c e"]);
    assert_eq!(used("a/c"), ["d f", "f d"]);
    assert_eq!(within_rooms(&files).len(), 2);
}
