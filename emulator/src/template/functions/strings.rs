//! Texts. Positions and lengths count UTF-16 units in Azure; here they count characters, which differ only outside the
//! basic plane.

use serde_json::Value;

use super::{ANY, Call, Function, format, function, hash};
use crate::template::evaluate::as_text;
use crate::template::fault::Fault;

pub(super) const FUNCTIONS: &[Function] = &[
    function("toLower", (1, 1), |call| Ok(call.text(0)?.to_lowercase().into())),
    function("toUpper", (1, 1), |call| Ok(call.text(0)?.to_uppercase().into())),
    function("trim", (1, 1), |call| Ok(call.text(0)?.trim().into())),
    function("startsWith", (2, 2), |call| Ok(folded(call, 0)?.starts_with(&folded(call, 1)?).into())),
    function("endsWith", (2, 2), |call| Ok(folded(call, 0)?.ends_with(&folded(call, 1)?).into())),
    function("replace", (3, 3), replace),
    function("split", (2, 2), split),
    function("join", (2, 2), join),
    function("substring", (2, 3), substring),
    function("padLeft", (2, 3), pad_left),
    function("format", (1, ANY), format_text),
    function("uniqueString", (1, ANY), |call| Ok(hash::unique_string(&call.texts()?).into())),
    function("guid", (1, ANY), |call| Ok(hash::guid(&call.texts()?).to_string().into())),
];

/// Comparisons of parts disregard case ("startsWith", DOC).
fn folded(call: &Call<'_>, index: usize) -> Result<String, Fault> {
    Ok(call.text(index)?.to_lowercase())
}

fn replace(call: &Call<'_>) -> Result<Value, Fault> {
    let (text, old, new) = (call.text(0)?, call.text(1)?, call.text(2)?);
    // An empty part is in no text, where Rust would find it between all characters.
    Ok(if old.is_empty() { text.into() } else { text.replace(old, new).into() })
}

fn split(call: &Call<'_>) -> Result<Value, Fault> {
    let text = call.text(0)?;
    let delimiters: Vec<&str> = match call.value(1)? {
        Value::String(one) => vec![one.as_str()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => return Err(call.expected(1, "a string or an array of strings")),
    };
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let found = delimiters.iter().filter(|it| !it.is_empty());
        let next = found
            .filter_map(|it| Some((rest.find(it)?, it.len())))
            .min_by_key(|(at, length)| (*at, usize::MAX - length));
        let Some((at, length)) = next else { break };
        parts.push(Value::from(&rest[..at]));
        rest = &rest[at + length..];
    }
    parts.push(rest.into());
    Ok(parts.into())
}

fn join(call: &Call<'_>) -> Result<Value, Fault> {
    let parts: Vec<String> = call.array(0)?.iter().map(as_text).collect();
    Ok(parts.join(call.text(1)?).into())
}

fn substring(call: &Call<'_>) -> Result<Value, Fault> {
    let characters: Vec<char> = call.text(0)?.chars().collect();
    let start = usize::try_from(call.integer(1)?).ok();
    let length = match call.values.len() {
        2 => start.and_then(|start| characters.len().checked_sub(start)),
        _ => usize::try_from(call.integer(2)?).ok(),
    };
    let part =
        start.zip(length).and_then(|(start, length)| characters.get(start..start.checked_add(length)?));
    let part = part.ok_or_else(|| {
        call.fault("the index and length parameters must refer to a location within the string")
    })?;
    Ok(part.iter().collect::<String>().into())
}

/// Never shorter than it is; at most as long as an expression may be.
fn pad_left(call: &Call<'_>) -> Result<Value, Fault> {
    let (text, length) = (call.simple(0)?, call.integer(1)?);
    let length = usize::try_from(length).ok().filter(|length| *length <= 24_576);
    let length = length.ok_or_else(|| call.fault("the total length is out of range"))?;
    let padding = match call.values.len() {
        2 => " ",
        _ => call.text(2)?,
    };
    let mut letters = padding.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return Err(call.fault("the padding has to be one character"));
    };
    let missing = length.saturating_sub(text.chars().count());
    let mut padded: String = std::iter::repeat_n(letter, missing).collect();
    padded.push_str(&text);
    Ok(padded.into())
}

fn format_text(call: &Call<'_>) -> Result<Value, Fault> {
    let text = format::composite(call.text(0)?, &call.values[1..]);
    text.map(Value::from).ok_or_else(|| call.fault("the format string is not valid for the arguments"))
}
