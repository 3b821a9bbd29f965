//! Here-documents.

use super::Stop;
use super::lexeme::Located;
use super::parser::Parser;
use super::text::{HereDocument, ends_in_backslash, joined, without_quotes};
use std::borrow::Cow;

/// HEREDOC_MAX of bash's parse.y.
const MOST: usize = 16;

impl Parser<'_> {
    /// Notes a here-document with this word behind `<<`.
    pub(super) fn add_here_document(&mut self, word: &Located, strips_tabs: bool) -> Result<(), Stop> {
        if self.pending.len() == MOST {
            return Err(Stop::Syntax);
        }
        let text = self.text(word);
        let is_quoted = text.iter().any(|byte| b"'\"\\".contains(byte));
        let delimiter = if is_quoted { without_quotes(&text) } else { text.into_owned() };
        self.pending.push(HereDocument { delimiter, is_quoted, strips_tabs });
        Ok(())
    }

    /// Behind a newline: reads the here-documents that the line announces.
    pub(super) fn here_documents(&mut self) {
        for document in std::mem::take(&mut self.pending) {
            self.here_document(&document);
        }
    }

    fn here_document(&mut self, document: &HereDocument) {
        while self.cursor.peek_raw().is_some() {
            let from = self.cursor.offset();
            self.cursor.skip_line();
            // In a document that is expanded, a backslash at the end joins lines.
            while !document.is_quoted && ends_in_backslash(self.cursor.slice(from, self.cursor.offset())) {
                if self.cursor.raw().is_none() {
                    break;
                }
                self.cursor.skip_line();
            }
            let line = self.cursor.slice(from, self.cursor.offset());
            let line = if document.is_quoted { Cow::Borrowed(line) } else { joined(line) };
            let indentation = line.iter().take_while(|byte| **byte == b'\t').count();
            let text = if document.strips_tabs { &line[indentation..] } else { &line[..] };
            if text == document.delimiter || line[..] == document.delimiter[..] {
                self.cursor.raw();
                return;
            }
            // In a substitution, its end may stand behind the delimiter.
            if self.is_in_substitution()
                && let Some(rest) = text.strip_prefix(&document.delimiter[..])
                && rest.contains(&b')')
            {
                self.cursor.go_back(rest.len());
                return;
            }
            self.cursor.raw();
        }
    }
}
