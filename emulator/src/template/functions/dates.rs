//! Times: `utcNow` is when the deployment began, whenever it is asked.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::Value;

use super::{Call, Function, function};
use crate::template::fault::Fault;

pub(super) const FUNCTIONS: &[Function] = &[
    function("utcNow", (0, 1), |call| {
        let pattern = if call.values.is_empty() { "yyyyMMddTHHmmssZ" } else { call.text(0)? };
        shown(call, call.evaluator.frame.place.now, pattern)
    }),
    function("dateTimeAdd", (2, 3), add),
    function("dateTimeToEpoch", (1, 1), |call| Ok(read(call, call.text(0)?)?.as_second().into())),
    function("dateTimeFromEpoch", (1, 1), |call| {
        let time =
            Timestamp::from_second(call.integer(0)?).map_err(|_| call.fault("the time is out of range"))?;
        shown(call, time, "yyyy-MM-ddTHH:mm:ssZ")
    }),
];

fn add(call: &Call<'_>) -> Result<Value, Fault> {
    let time = read(call, call.text(0)?)?.to_zoned(TimeZone::UTC);
    let span: Span = call.text(1)?.parse().map_err(|_| call.fault("the duration is not of ISO 8601"))?;
    let time = time.checked_add(span).map_err(|_| call.fault("the time is out of range"))?;
    // Without a format it is .NET's general one ("dateTimeAdd", DOC: `4/7/2023 2:53:14 PM`).
    let pattern = if call.values.len() < 3 { "M/d/yyyy h:mm:ss tt" } else { call.text(2)? };
    shown(call, time.timestamp(), pattern)
}

/// With an offset, or without one in UTC; also in the form of `utcNow`.
fn read(call: &Call<'_>, text: &str) -> Result<Timestamp, Fault> {
    let civil = || text.trim_end_matches('Z').parse::<DateTime>().ok();
    let compact = || DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok();
    let utc = |civil: DateTime| civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let time = text.parse().ok().or_else(|| civil().and_then(utc)).or_else(|| compact().and_then(utc));
    time.ok_or_else(|| call.fault(format!("'{text}' is not a date and time")))
}

fn shown(call: &Call<'_>, time: Timestamp, pattern: &str) -> Result<Value, Fault> {
    let pattern = match pattern {
        "d" => "MM/dd/yyyy",
        "D" => "dddd, dd MMMM yyyy",
        "g" => "MM/dd/yyyy HH:mm",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "t" => "HH:mm",
        "T" => "HH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fffffffZ",
        "r" | "R" => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "" => return Err(call.fault("the format is empty")),
        other => other,
    };
    Ok(custom(time, pattern).into())
}

/// A custom format of .NET: runs of the same letter stand for a part, all else for itself.
fn custom(time: Timestamp, pattern: &str) -> String {
    let zoned = time.to_zoned(TimeZone::UTC);
    let mut text = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\'' | '"' => text.extend(rest.by_ref().take_while(|next| *next != letter)),
            '\\' => text.extend(rest.next()),
            'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's' | 'f' | 't' | 'z' => {
                let mut count = 1;
                while rest.next_if_eq(&letter).is_some() {
                    count += 1;
                }
                match directive(letter, count) {
                    Some(directive) => text.push_str(&zoned.strftime(directive).to_string()),
                    None => text.push_str(&fraction(time, count)),
                }
            }
            _ => text.push(letter),
        }
    }
    text
}

/// The directive of `strftime` for a run of letters; none for fractions of a second.
fn directive(letter: char, count: usize) -> Option<&'static str> {
    Some(match (letter, count) {
        ('y', 1 | 2) => "%y",
        ('y', _) => "%Y",
        ('M', 1) => "%-m",
        ('M', 2) => "%m",
        ('M', 3) => "%b",
        ('M', _) => "%B",
        ('d', 1) => "%-d",
        ('d', 2) => "%d",
        ('d', 3) => "%a",
        ('d', _) => "%A",
        ('H', 1) => "%-H",
        ('H', _) => "%H",
        ('h', 1) => "%-I",
        ('h', _) => "%I",
        ('m', 1) => "%-M",
        ('m', _) => "%M",
        ('s', 1) => "%-S",
        ('s', _) => "%S",
        ('t', _) => "%p",
        ('z', _) => "%:z",
        _ => return None,
    })
}

fn fraction(time: Timestamp, count: usize) -> String {
    let digits = format!("{:09}", time.subsec_nanosecond());
    digits.chars().take(count.min(7)).collect()
}
