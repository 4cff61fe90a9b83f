//! The ports that a websocket's query names.

use thiserror::Error;

use super::super::query::Query;

/// The name of a port in queries and headers.
pub(super) const PORT: &str = "port";

/// Ports that make no sense; the texts are the kubelet's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum PortError {
    #[error("query parameter \"port\" is required")]
    Missing,
    #[error("query parameter \"port\" cannot be empty")]
    Empty,
    #[error("unable to parse {0:?} as a port")]
    Unreadable(String),
    #[error("port {0:?} must be > 0")]
    Zero(String),
    /// More than channels can be numbered for.
    #[error("at most {0} ports can be forwarded over one websocket")]
    TooMany(usize),
}

/// Two channels each, and a channel's number is a byte.
const MOST: usize = 128;

/// All ports of a query, which may name several at once with commas.
pub(super) fn parse(query: &Query) -> Result<Vec<u16>, PortError> {
    let mut ports = Vec::new();
    for value in query.all(PORT) {
        if value.is_empty() {
            return Err(PortError::Empty);
        }
        for word in value.split(',') {
            ports.push(port(word)?);
        }
    }
    match ports.len() {
        0 => Err(PortError::Missing),
        1..=MOST => Ok(ports),
        _ => Err(PortError::TooMany(MOST)),
    }
}

/// One port.
pub(super) fn port(word: &str) -> Result<u16, PortError> {
    match word.parse() {
        Ok(0) => Err(PortError::Zero(word.to_owned())),
        Ok(port) => Ok(port),
        Err(_) => Err(PortError::Unreadable(word.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_may_come_in_several_ways_and_nonsense_is_refused_in_the_kubelet_s_words() {
        let parsed = |query: &str| parse(&Query::parse(query)).map_err(|error| error.to_string());
        assert_eq!(parsed("port=80&port=443,8080"), Ok(vec![80, 443, 8080]));
        for (query, text) in [
            ("", "query parameter \"port\" is required"),
            ("port=", "query parameter \"port\" cannot be empty"),
            ("port=http", "unable to parse \"http\" as a port"),
            ("port=80,0", "port \"0\" must be > 0"),
            ("port=65536", "unable to parse \"65536\" as a port"),
        ] {
            assert_eq!(parsed(query), Err(text.to_owned()), "{query}");
        }
        assert!(parse(&Query::parse(&"port=1&".repeat(129))).is_err());
    }
}
