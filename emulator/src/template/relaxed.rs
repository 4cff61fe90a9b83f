//! JSON as Azure reads templates: with comments, names and texts in any quotes or none, texts over several lines and a
//! comma too many. `az` sends template files as they are ("Template syntax: comments, multi-line strings", DOC).

use std::iter::Peekable;
use std::str::Chars;

/// The same in strict JSON. What is no JSON in any way stays so, and the strict reader refuses it.
pub fn strict(text: &str) -> String {
    let mut reader = Reader { rest: text.chars().peekable(), out: String::with_capacity(text.len()) };
    reader.read();
    reader.out
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(next) = self.rest.next() {
            match next {
                '"' | '\'' => self.text(next),
                '/' if self.rest.peek() == Some(&'/') => self.skip_line(),
                '/' if self.rest.peek() == Some(&'*') => self.skip_block(),
                '}' | ']' => {
                    self.drop_comma();
                    self.out.push(next);
                }
                _ if next.is_ascii_alphabetic() || next == '_' || next == '$' => self.word(next),
                _ => self.out.push(next),
            }
        }
    }

    fn text(&mut self, quote: char) {
        self.out.push('"');
        while let Some(next) = self.rest.next() {
            match next {
                _ if next == quote => break,
                '\\' => match self.rest.next() {
                    // In single quotes, and no escape in strict JSON.
                    Some('\'') => self.out.push('\''),
                    Some(escaped) => self.out.extend(['\\', escaped]),
                    None => self.out.push('\\'),
                },
                '"' => self.out.push_str("\\\""),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                _ => self.out.push(next),
            }
        }
        self.out.push('"');
    }

    fn skip_line(&mut self) {
        for next in self.rest.by_ref() {
            if next == '\n' {
                self.out.push('\n');
                return;
            }
        }
    }

    fn skip_block(&mut self) {
        self.rest.next();
        let mut last = ' ';
        for next in self.rest.by_ref() {
            if (last, next) == ('*', '/') {
                break;
            }
            last = next;
        }
        self.out.push(' ');
    }

    fn drop_comma(&mut self) {
        let kept = self.out.trim_end();
        if kept.ends_with(',') {
            self.out.truncate(kept.len() - 1);
        }
    }

    /// A name without quotes, or one of the words that strict JSON has; exponents of numbers come here too.
    fn word(&mut self, first: char) {
        let mut word = String::from(first);
        while let Some(next) = self.rest.next_if(|c| c.is_alphanumeric() || "_$-+.".contains(*c)) {
            word.push(next);
        }
        let in_number = self.out.ends_with(|c: char| c.is_ascii_digit());
        if in_number || ["true", "false", "null"].contains(&word.as_str()) {
            self.out.push_str(&word);
        } else {
            self.out.extend(["\"", &word, "\""]);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(&strict(text)).unwrap()
    }

    #[test]
    fn a_file_of_az_is_read_with_its_comments_and_bare_names() {
        let text = "{\"properties\": {\"mode\": 'Incremental', template:{ // why\r\n \"a\": /* b */ \"x // y\",\n \"c\": [1, 1.5e3, true, null,],\n}}}";
        let expected = json!({"properties": {"mode": "Incremental", "template": {"a": "x // y", "c": [1, 1500.0, true, null]}}});
        assert_eq!(read(text), expected);
    }

    #[test]
    fn a_text_over_lines_keeps_them_and_quotes_keep_their_meaning() {
        assert_eq!(
            read("{\"a\": \"one\ntwo\\\"\", 'b': 'it\\'s \"so\"'}"),
            json!({"a": "one\ntwo\"", "b": "it's \"so\""})
        );
    }

    #[test]
    fn what_is_no_json_stays_so() {
        for text in ["", "{", "{\"a\":}", "{\"a\" \"b\"}"] {
            assert!(serde_json::from_str::<Value>(&strict(text)).is_err(), "{text}");
        }
    }
}
