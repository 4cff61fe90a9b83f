//! What Azure Monitor is asked for, read from the query.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::Refusal;
use super::metric::{CONTAINER, METRICS, Metric};
use crate::arm::query;

/// The intervals that container groups have ("Time Grains" of the supported metrics).
pub const GRAINS: &[(&str, SignedDuration)] = &[
    ("PT1M", SignedDuration::from_mins(1)),
    ("PT5M", SignedDuration::from_mins(5)),
    ("PT15M", SignedDuration::from_mins(15)),
    ("PT30M", SignedDuration::from_mins(30)),
    ("PT1H", SignedDuration::from_hours(1)),
    ("PT6H", SignedDuration::from_hours(6)),
    ("PT12H", SignedDuration::from_hours(12)),
];
/// The time that is looked at when none is given.
const LAST: SignedDuration = SignedDuration::from_hours(1);
/// Points of one series that are answered at most: a month by the half hour, or a day by the minute. Assumed; a time
/// of centuries must not be an answer without end.
const MOST_POINTS: i64 = 1488;

/// How the values of an interval become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Their mean.
    Average,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
    /// Their sum.
    Total,
    /// How many there are.
    Count,
}

/// A question about the metrics of a group.
#[derive(Debug)]
pub struct Question {
    /// Which metrics.
    pub metrics: Vec<&'static Metric>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// By which interval, as it is written and as it is.
    pub grain: (&'static str, SignedDuration),
    /// How.
    pub aggregations: Vec<Aggregation>,
    /// Of which containers one by one; of all together when absent.
    pub containers: Option<Containers>,
}

/// Which containers a filter names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Containers {
    /// `'*'`
    Each,
    /// Those with these names.
    Named(Vec<String>),
}

impl Containers {
    /// Whether a container is meant.
    pub fn include(&self, name: &str) -> bool {
        match self {
            Self::Each => true,
            Self::Named(names) => names.iter().any(|known| known.eq_ignore_ascii_case(name)),
        }
    }
}

impl Question {
    /// Reads a query.
    ///
    /// # Errors
    /// Names, times or filters that container groups do not have.
    pub fn read(query: Option<&str>, now: Timestamp) -> Result<Self, Refusal> {
        let given = |name| query::value(query, name).filter(|value| !value.trim().is_empty());
        let (from, to) = match given("timespan") {
            Some(text) => timespan(&text).ok_or_else(|| invalid("timespan", &text))?,
            None => (now - LAST, now),
        };
        let grain = match given("interval") {
            Some(text) => grain(&text).ok_or_else(|| invalid("interval", &text))?,
            None => GRAINS[0],
        };
        if to.duration_since(from).as_secs() / grain.1.as_secs() > MOST_POINTS {
            let points = format!("more than {MOST_POINTS} intervals of {}", grain.0);
            return Err(invalid("timespan", &points));
        }
        Ok(Self {
            metrics: given("metricnames")
                .map_or_else(|| Ok(METRICS.iter().collect()), |text| metrics(&text))?,
            from,
            to,
            grain,
            aggregations: match given("aggregation") {
                Some(text) => aggregations(&text).ok_or_else(|| invalid("aggregation", &text))?,
                None => vec![Aggregation::Average],
            },
            containers: match given("$filter") {
                Some(text) => Some(filter(&text).ok_or_else(|| invalid("$filter", &text))?),
                None => None,
            },
        })
    }
}

/// USER: elastic/beats #36181, without the trace id.
fn invalid(name: &str, value: &str) -> Refusal {
    Refusal(format!("Received invalid query parameter: [{name}, {value}]"))
}

/// USER: azure-sdk-for-net #29584.
fn metrics(text: &str) -> Result<Vec<&'static Metric>, Refusal> {
    let named = |name: &str| {
        let valid: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        Metric::named(name.trim()).ok_or_else(|| {
            Refusal(format!(
                "Failed to find metric configuration for provider: Microsoft.ContainerInstance, resource Type: \
                 containerGroups, metric: {}, Valid metrics: {}",
                name.trim(),
                valid.join(",")
            ))
        })
    };
    text.split(',').map(named).collect()
}

fn timespan(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (from, to) = text.split_once('/')?;
    let (from, to) = (time(from)?, time(to)?);
    (from < to).then_some((from, to))
}

/// A time without a zone is UTC.
fn time(text: &str) -> Option<Timestamp> {
    let local = || text.trim().parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.trim().parse().ok().or_else(|| Some(local()?.timestamp()))
}

fn grain(text: &str) -> Option<(&'static str, SignedDuration)> {
    GRAINS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim())).copied()
}

fn aggregations(text: &str) -> Option<Vec<Aggregation>> {
    let named = |name: &str| match name.trim().to_ascii_lowercase().as_str() {
        "average" => Some(Aggregation::Average),
        "minimum" => Some(Aggregation::Minimum),
        "maximum" => Some(Aggregation::Maximum),
        "total" => Some(Aggregation::Total),
        "count" => Some(Aggregation::Count),
        _ => None,
    };
    text.split(',').map(named).collect()
}

/// `containerName eq 'a' or containerName eq 'b'`; names of containers have no spaces in them.
fn filter(text: &str) -> Option<Containers> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut names = Vec::new();
    for term in words.split(|word| word.eq_ignore_ascii_case("or")) {
        let [dimension, "eq", value] = term else { return None };
        let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
        dimension.eq_ignore_ascii_case(CONTAINER).then(|| names.push(value.to_owned()))?;
    }
    Some(if names.iter().any(|name| name == "*") { Containers::Each } else { Containers::Named(names) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    #[test]
    fn what_is_not_asked_for_is_the_last_hour_by_the_minute() {
        let question = Question::read(Some("api-version=2018-01-01"), now()).unwrap();
        assert_eq!((question.from, question.to), (now() - LAST, now()));
        assert_eq!(question.grain.0, "PT1M");
        assert_eq!((question.metrics.len(), question.containers), (METRICS.len(), None));
    }

    #[test]
    fn everything_can_be_asked_for() {
        let query = "metricnames=memoryusage,CpuUsage&aggregation=Maximum,count&interval=PT5M\
                     &timespan=2026-01-02T02:00:00Z/2026-01-02T03:00:00&%24filter=ContainerName+eq+'a'+or+containerName+eq+'b'";
        let question = Question::read(Some(query), now()).unwrap();
        assert_eq!(
            question.metrics.iter().map(|it| it.name).collect::<Vec<_>>(),
            ["MemoryUsage", "CpuUsage"]
        );
        assert_eq!(question.aggregations, [Aggregation::Maximum, Aggregation::Count]);
        assert_eq!(question.to.duration_since(question.from), SignedDuration::from_hours(1));
        let containers = question.containers.unwrap();
        assert!(containers.include("A") && !containers.include("c"));
    }

    #[test]
    fn what_container_groups_do_not_have_is_refused() {
        for query in [
            "metricnames=Nope",
            "aggregation=median",
            "interval=PT2M",
            "timespan=now",
            "timespan=2026-01-02T03:00:00Z/2026-01-02T02:00:00Z",
            "timespan=1026-01-02T03:00:00Z/2026-01-02T02:00:00Z",
            "%24filter=pod+eq+'a'",
            "%24filter=containerName+eq+a",
            "%24filter=containerName+ne+'a'",
        ] {
            assert!(Question::read(Some(query), now()).is_err(), "{query}");
        }
    }
}
