//! The question: the query of `containerLogs`, which is a `PodLogOptions`.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

/// What of a log is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogOptions {
    /// The last lines only.
    pub tail: Option<usize>,
    /// Lines from this time on only.
    pub since: Option<Timestamp>,
    /// Whether lines begin with their time.
    pub timestamps: bool,
    /// Whether to wait for more.
    pub follow: bool,
    /// Where to cut off.
    pub limit_bytes: Option<usize>,
    /// The attempt before the latest.
    pub previous: bool,
}

/// A question that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::kubelet) enum OptionsError {
    #[error("could not parse {name:?}: {value:?} is not {expected}")]
    Parse { name: &'static str, value: String, expected: &'static str },
    #[error("{name:?} is {value}: it must be at least {least}")]
    TooSmall { name: &'static str, value: i64, least: i64 },
    #[error("both \"sinceSeconds\" and \"sinceTime\" are set: use one of them")]
    TwoSinces,
}

impl LogOptions {
    pub(super) fn parse(query: &[(String, String)], now: Timestamp) -> Result<Self, OptionsError> {
        let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let flag = |name| get(name).is_some_and(truthy);
        let number = |name, least| get(name).map(|value| number(name, value, least)).transpose();
        let size = |number: Option<i64>| number.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let time = |value| parse("sinceTime", value, "a time such as 2026-01-02T03:04:05Z");
        let since = match (number("sinceSeconds", 1)?, get("sinceTime").filter(|time| !time.is_empty())) {
            (Some(_), Some(_)) => return Err(OptionsError::TwoSinces),
            (Some(seconds), None) => Some(before(now, seconds)),
            (None, time_text) => time_text.map(time).transpose()?,
        };
        Ok(Self {
            tail: size(number("tailLines", 0)?),
            since,
            timestamps: flag("timestamps"),
            follow: flag("follow"),
            limit_bytes: size(number("limitBytes", 1)?),
            previous: flag("previous"),
        })
    }
}

fn before(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}

/// Everything but `false` and `0` is true, as in apimachinery's `Convert_Slice_string_To_bool`.
fn truthy(value: &str) -> bool {
    !value.eq_ignore_ascii_case("false") && value != "0"
}

fn number(name: &'static str, value: &str, least: i64) -> Result<i64, OptionsError> {
    match parse(name, value, "a whole number")? {
        number if number >= least => Ok(number),
        value => Err(OptionsError::TooSmall { name, value, least }),
    }
}

fn parse<T: FromStr>(name: &'static str, value: &str, expected: &'static str) -> Result<T, OptionsError> {
    value.parse().map_err(|_| OptionsError::Parse { name, value: value.to_owned(), expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(query: &[(&str, &str)]) -> Result<LogOptions, String> {
        let query: Vec<_> = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        LogOptions::parse(&query, "2026-01-02T03:04:05Z".parse().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_question_is_understood() {
        let query = [
            ("tailLines", "10"),
            ("follow", "true"),
            ("timestamps", ""),
            ("previous", "false"),
            ("limitBytes", "99"),
            ("sinceSeconds", "5"),
        ];
        assert_eq!(
            options(&query).unwrap(),
            LogOptions {
                tail: Some(10),
                since: Some("2026-01-02T03:04:00Z".parse().unwrap()),
                timestamps: true,
                follow: true,
                limit_bytes: Some(99),
                previous: false,
            }
        );
    }

    #[test]
    fn an_empty_question_asks_for_everything() {
        assert_eq!(options(&[]).unwrap(), LogOptions::default());
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let cases: [(&[(&str, &str)], &str); 5] = [
            (&[("tailLines", "ten")], r#"could not parse "tailLines": "ten" is not a whole number"#),
            (&[("tailLines", "-1")], r#""tailLines" is -1: it must be at least 0"#),
            (&[("limitBytes", "0")], r#""limitBytes" is 0: it must be at least 1"#),
            (
                &[("sinceTime", "noon")],
                r#"could not parse "sinceTime": "noon" is not a time such as 2026-01-02T03:04:05Z"#,
            ),
            (
                &[("sinceTime", "2026-01-02T03:04:05Z"), ("sinceSeconds", "1")],
                r#"both "sinceSeconds" and "sinceTime" are set: use one of them"#,
            ),
        ];
        for (query, error) in cases {
            assert_eq!(options(query).unwrap_err(), error);
        }
    }
}
