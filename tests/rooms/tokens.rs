//! Rust source as tokens: identifiers, `::` and single characters, without comments, literals and test code.

/// A token, and the line that it is in, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// An identifier or keyword, `::`, or one other character. A literal is the character `"`.
    pub text: String,
    /// Its line.
    pub line: usize,
}

/// The tokens of a source file, without the items that are compiled for tests alone.
pub fn of_product(source: &str) -> Vec<Token> {
    without_tests(&tokens(source))
}

/// The modules `mod NAME;` of a source file that are compiled for tests alone.
pub fn test_modules(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let starts = (0..tokens.len()).filter(|&at| is_test_attribute(&tokens[at..]));
    starts
        .filter_map(|at| match &texts(&tokens[item_after(&tokens, at)..])[..] {
            ["mod", name, ";", ..] | ["pub", "mod", name, ";", ..] => Some((*name).to_owned()),
            _ => None,
        })
        .collect()
}

fn texts(tokens: &[Token]) -> Vec<&str> {
    tokens.iter().take(4).map(|token| token.text.as_str()).collect()
}

fn tokens(source: &str) -> Vec<Token> {
    let characters: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < characters.len() {
        let end = end_of_token(&characters, at);
        let first = characters[at];
        let text = match first {
            _ if first.is_whitespace() || is_comment(&characters[at..]) => None,
            _ if is_literal(&characters[at..]) => Some("\"".to_owned()),
            _ => Some(characters[at..end].iter().collect()),
        };
        tokens.extend(text.map(|text| Token { text, line }));
        line += characters[at..end].iter().filter(|&&character| character == '\n').count();
        at = end;
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_comment(rest: &[char]) -> bool {
    matches!(rest, ['/', '/' | '*', ..])
}

/// Whether a string, a character or a lifetime begins here. A lifetime is a token of no interest, too.
fn is_literal(rest: &[char]) -> bool {
    rest[0] == '"' || rest[0] == '\'' || raw_string(rest).is_some() || matches!(rest, ['b' | 'c', '"', ..])
}

/// The length of what stands before the content of a raw string, and the number of its `#`.
fn raw_string(rest: &[char]) -> Option<(usize, usize)> {
    let prefix = match rest {
        ['r', ..] => 1,
        ['b' | 'c', 'r', ..] => 2,
        _ => return None,
    };
    let hashes = rest[prefix..].iter().take_while(|&&character| character == '#').count();
    (rest.get(prefix + hashes) == Some(&'"')).then_some((prefix + hashes + 1, hashes))
}

fn end_of_token(characters: &[char], at: usize) -> usize {
    let rest = &characters[at..];
    let length = match rest {
        ['/', '/', ..] => rest.iter().position(|&character| character == '\n'),
        ['/', '*', ..] => end_of_block_comment(rest),
        [':', ':', ..] => Some(2),
        ['"', ..] => end_of_string(rest, 1),
        ['b' | 'c', '"', ..] => end_of_string(rest, 2),
        ['\'', '\\', ..] => rest.iter().skip(3).position(|&character| character == '\'').map(|end| end + 4),
        ['\'', _, '\'', ..] => Some(3),
        ['\'', ..] => Some(1 + rest[1..].iter().take_while(|&&character| is_word(character)).count()),
        _ if raw_string(rest).is_some() => end_of_raw_string(rest),
        [first, ..] if is_word(*first) => rest.iter().position(|&character| !is_word(character)),
        _ => Some(1),
    };
    length.map_or(characters.len(), |length| at + length)
}

fn end_of_block_comment(rest: &[char]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        match rest.get(at..)? {
            ['/', '*', ..] => (at, depth) = (at + 2, depth + 1),
            ['*', '/', ..] if depth == 1 => return Some(at + 2),
            ['*', '/', ..] => (at, depth) = (at + 2, depth - 1),
            [] => return None,
            _ => at += 1,
        }
    }
}

fn end_of_string(rest: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        match rest.get(at)? {
            '\\' => at += 2,
            '"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn end_of_raw_string(rest: &[char]) -> Option<usize> {
    let (start, hashes) = raw_string(rest)?;
    let ends = |at: &usize| {
        rest[*at] == '"' && rest[at + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes
    };
    (start..rest.len()).find(ends).map(|at| at + 1 + hashes)
}

/// Whether these tokens begin with `#[cfg(test)]`, `#[cfg(all(test, ...))]` or `#[test]`.
fn is_test_attribute(tokens: &[Token]) -> bool {
    let texts: Vec<&str> = tokens.iter().take(7).map(|token| token.text.as_str()).collect();
    matches!(
        texts[..],
        ["#", "[", "cfg", "(", "test", ")", "]"]
            | ["#", "[", "cfg", "(", "all", "(", "test"]
            | ["#", "[", "test", "]", ..]
    )
}

/// Where the item begins that the attribute at `at`, and perhaps others after it, belong to.
fn item_after(tokens: &[Token], mut at: usize) -> usize {
    while tokens.get(at).is_some_and(|token| token.text == "#") {
        at = end_of_brackets(tokens, at + 1);
    }
    at
}

/// The end of what begins with the opening bracket at `at`.
fn end_of_brackets(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The end of the item that begins at `at`: after its `;`, its block, or the comma after a field.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    let is_use = tokens.get(at).is_some_and(|token| token.text == "use");
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            ";" | "," => return at + 1,
            "}" => return at,
            "{" if !is_use => return end_of_brackets(tokens, at),
            "(" | "[" | "{" => at = end_of_brackets(tokens, at),
            _ => at += 1,
        }
    }
    at
}

fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            at = end_of_item(tokens, item_after(tokens, at));
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

#[test]
fn comments_literals_and_tests_are_no_tokens() {
    let source = r####"
        //! crate::a
        /* crate::b /* crate::c */ crate::d */
        const TEXT: &str = "crate::e \" crate::f";
        const RAW: &str = r#"crate::g " crate::h"#;
        fn of<'a>(quote: &'a str) -> char { '"' }
        #[cfg(test)]
        #[derive(Debug)]
        struct ForTests { field: crate::i::Field }
        #[cfg(test)]
        use crate::{j, k};
        #[cfg(test)]
        mod tests { use crate::l; fn brackets() -> [u8; 2] { [1, 2] } }
        use crate::m;
    "####;
    let tokens = of_product(source);
    let after = |(at, token): (usize, &Token)| {
        (token.text == "crate").then(|| (tokens[at + 2].text.clone(), tokens[at].line))
    };
    let found: Vec<_> = tokens.iter().enumerate().filter_map(after).collect();
    assert_eq!(found, [("m".to_owned(), 14)]);
}

#[test]
fn modules_for_tests_are_found() {
    let source = "mod a;\n#[cfg(test)]\nmod b;\n#[cfg(all(test, unix))]\npub mod c;\n#[cfg(test)]\nmod d {}";
    assert_eq!(test_modules(source), ["b", "c"]);
}
