//! The language of expressions: calls, properties, indices, texts and whole numbers.
//!
//! ```text
//! expression = ( text | number | name [ "." name ] "(" [ expression { "," expression } ] ")" ) { selection }
//! selection  = "." name | "[" expression "]"
//! ```

use serde_json::Value;

use super::fault::Fault;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A text or a number.
    Literal(Value),
    /// A call; user-defined functions have their namespace in the name: `contoso.uniqueName`.
    Call(String, Vec<Expression>),
    /// A property by name, or an element by number.
    Select(Box<Expression>, Box<Expression>),
}

/// The expression in a text of a template; `None` for a text that is only a text.
///
/// # Errors
/// [`Fault::Syntax`].
pub fn of_text(text: &str) -> Result<Option<Expression>, Fault> {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) if !inner.starts_with('[') => Parser::new(inner).whole().map(Some),
        _ => Ok(None),
    }
}

/// A text that is only a text, without the bracket that kept it from being an expression: `[[a]` is `[a]`.
pub fn plain(text: &str) -> &str {
    if text.starts_with("[[") && text.ends_with(']') { &text[1..] } else { text }
}

/// How deep calls can lie in each other; Azure refuses expressions of more than 24,576 characters.
const DEPTH: usize = 100;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    fn whole(mut self) -> Result<Expression, Fault> {
        let expression = self.expression()?;
        match self.peek() {
            None => Ok(expression),
            Some(found) => Err(self
                .fault(&format!("the string character '{found}' at position '{}' is not expected", self.at))),
        }
    }

    fn fault(&self, detail: &str) -> Fault {
        Fault::Syntax { text: self.text.to_owned(), detail: detail.to_owned() }
    }

    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), Fault> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(self.fault(&format!("expected token '{wanted}' at position '{}'", self.at)))
    }

    fn expression(&mut self) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.fault("it is nested too deeply"));
        }
        let mut expression = self.primary()?;
        loop {
            let selector = if self.take('.') {
                Expression::Literal(Value::from(self.name()?))
            } else if self.take('[') {
                let index = self.expression()?;
                self.expect(']')?;
                index
            } else {
                break;
            };
            expression = Expression::Select(Box::new(expression), Box::new(selector));
        }
        self.depth -= 1;
        Ok(expression)
    }

    fn primary(&mut self) -> Result<Expression, Fault> {
        match self.peek() {
            Some('\'') => self.quoted(),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            Some(_) => self.call(),
            None => Err(self.fault("it ends too early")),
        }
    }

    fn quoted(&mut self) -> Result<Expression, Fault> {
        self.at += 1;
        let mut value = String::new();
        let mut rest = self.text[self.at..].char_indices().peekable();
        while let Some((offset, c)) = rest.next() {
            match c {
                '\'' if rest.next_if(|(_, next)| *next == '\'').is_some() => value.push('\''),
                '\'' => {
                    self.at += offset + 1;
                    return Ok(Expression::Literal(value.into()));
                }
                _ => value.push(c),
            }
        }
        Err(self.fault("a string literal has no end"))
    }

    fn number(&mut self) -> Result<Expression, Fault> {
        let rest = &self.text[self.at..];
        let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| end + 1);
        let number: i64 = rest[..end].parse().map_err(|_| self.fault("a number is out of range"))?;
        self.at += end;
        Ok(Expression::Literal(number.into()))
    }

    fn name(&mut self) -> Result<String, Fault> {
        self.peek();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && !"_$".contains(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.fault(&format!("a name is expected at position '{}'", self.at)));
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn call(&mut self) -> Result<Expression, Fault> {
        let mut name = self.name()?;
        if self.take('.') {
            name = format!("{name}.{}", self.name()?);
        }
        self.expect('(')?;
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                arguments.push(self.expression()?);
                if !self.take(',') {
                    break;
                }
            }
            self.expect(')')?;
        }
        Ok(Expression::Call(name, arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, arguments: Vec<Expression>) -> Expression {
        Expression::Call(name.to_owned(), arguments)
    }

    fn literal(value: impl Into<Value>) -> Expression {
        Expression::Literal(value.into())
    }

    #[test]
    fn calls_properties_and_indices_are_read() {
        let expected = Expression::Select(
            Box::new(Expression::Select(
                Box::new(call("f", vec![literal("it's"), call("my.g", vec![literal(-12)])])),
                Box::new(literal("a")),
            )),
            Box::new(call("add", vec![literal(1), literal(2)])),
        );
        assert_eq!(of_text("[ f('it''s', my.g(-12)).a[add(1,2)] ]").unwrap(), Some(expected));
    }

    #[test]
    fn brackets_make_an_expression_unless_doubled_or_alone() {
        for text in ["plain", "[[text]", "[open", "closed]", ""] {
            assert_eq!(of_text(text), Ok(None), "{text}");
        }
        assert_eq!((plain("[[text]"), plain("[[open"), plain("x")), ("[text]", "[[open", "x"));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        let deep = format!("[{}1{}]", "f(".repeat(200), ")".repeat(200));
        for text in [
            "[]",
            "[f]",
            "[f(]",
            "[f()x]",
            "['a]",
            "[f(,)]",
            "[f().]",
            "[99999999999999999999]",
            "[é-]",
            &deep,
        ] {
            assert!(matches!(of_text(text), Err(Fault::Syntax { .. })), "{text}");
        }
    }
}
