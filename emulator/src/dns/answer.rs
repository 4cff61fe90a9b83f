//! From a question to its answer; pure.

use std::net::IpAddr;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::DecodeError;

use crate::host_name::DOMAIN;

/// How long an answer may be kept, in seconds: a start gives a group another address, and tests wait for it.
const TTL: u32 = 5;

/// What is to be done about a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Answered here.
    Answer(Vec<u8>),
    /// About a name of others: to be asked of another server, and refused with this if it does not answer.
    Forward(Vec<u8>),
    /// No question, or none that can be read; whoever sent it is not to be drawn into a conversation.
    Silence,
}

/// Decides about a question; `address` tells the address of the group that has a name.
pub(super) fn verdict(
    question: Result<Message, DecodeError>,
    forwards: bool,
    address: impl Fn(&str) -> Option<IpAddr>,
) -> Verdict {
    let Ok(question) = question else { return Verdict::Silence };
    if question.metadata.message_type != MessageType::Query {
        return Verdict::Silence;
    }
    let [query] = question.queries.as_slice() else {
        return encoded(reply(&question, ResponseCode::FormErr));
    };
    if question.metadata.op_code != OpCode::Query {
        return encoded(reply(&question, ResponseCode::NotImp));
    }
    if query.query_class() != DNSClass::IN || !is_ours(query.name()) {
        return match forwards {
            true => match encoded(reply(&question, ResponseCode::ServFail)) {
                Verdict::Answer(refusal) => Verdict::Forward(refusal),
                other => other,
            },
            false => encoded(reply(&question, ResponseCode::Refused)),
        };
    }
    encoded(answer(&question, query, address))
}

fn is_ours(name: &Name) -> bool {
    let name = plain(name);
    name.strip_suffix(DOMAIN).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A name in lower case without the dot of the root.
fn plain(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

fn answer(question: &Message, query: &Query, address: impl Fn(&str) -> Option<IpAddr>) -> Message {
    let Some(ip) = address(&plain(query.name())) else {
        return authoritative(reply(question, ResponseCode::NXDomain));
    };
    let mut reply = authoritative(reply(question, ResponseCode::NoError));
    let data = match (ip, query.query_type()) {
        (IpAddr::V4(ip), RecordType::A | RecordType::ANY) => Some(RData::A(A(ip))),
        (IpAddr::V6(ip), RecordType::AAAA | RecordType::ANY) => Some(RData::AAAA(AAAA(ip))),
        // The name exists and has nothing of that kind.
        _ => None,
    };
    if let Some(data) = data {
        reply.add_answer(Record::from_rdata(query.name().clone(), TTL, data));
    }
    reply
}

fn reply(question: &Message, code: ResponseCode) -> Message {
    let mut reply = Message::error_msg(question.metadata.id, question.metadata.op_code, code);
    reply.metadata.recursion_desired = question.metadata.recursion_desired;
    reply.add_queries(question.queries.iter().cloned());
    if question.edns.is_some() {
        // Whoever speaks EDNS is to be told that we do (RFC 6891).
        reply.set_edns(Edns::new());
    }
    reply
}

fn authoritative(mut reply: Message) -> Message {
    reply.metadata.authoritative = true;
    reply
}

fn encoded(reply: Message) -> Verdict {
    reply.to_vec().map_or(Verdict::Silence, Verdict::Answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = "web.westeurope.azurecontainer.io.";

    fn question(name: &str, kind: RecordType) -> Message {
        let mut question = Message::new(7, MessageType::Query, OpCode::Query);
        question.metadata.recursion_desired = true;
        question.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        question
    }

    fn address(name: &str) -> Option<IpAddr> {
        (name == WEB.trim_end_matches('.')).then(|| "127.77.0.9".parse().unwrap())
    }

    fn answered(question: Message) -> Message {
        match verdict(Ok(question), false, address) {
            Verdict::Answer(bytes) => Message::from_vec(&bytes).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_running_groups_name_has_its_address_whatever_the_case() {
        for name in [WEB, "WEB.WestEurope.AzureContainer.io."] {
            let reply = answered(question(name, RecordType::A));
            assert_eq!((reply.metadata.id, reply.metadata.response_code), (7, ResponseCode::NoError));
            assert!(reply.metadata.authoritative && reply.metadata.recursion_desired);
            let [record] = reply.answers.as_slice() else { panic!("{reply:?}") };
            assert_eq!(record.data, RData::A(A("127.77.0.9".parse().unwrap())));
            assert!(record.ttl <= 5);
        }
    }

    #[test]
    fn a_name_that_exists_has_no_records_of_other_kinds_and_others_do_not_exist() {
        let reply = answered(question(WEB, RecordType::AAAA));
        assert_eq!((reply.metadata.response_code, reply.answers.len()), (ResponseCode::NoError, 0));
        for name in ["other.westeurope.azurecontainer.io.", "azurecontainer.io."] {
            assert_eq!(
                answered(question(name, RecordType::A)).metadata.response_code,
                ResponseCode::NXDomain
            );
        }
    }

    #[test]
    fn other_domains_are_refused_or_forwarded() {
        for name in ["example.com.", "notazurecontainer.io.", "azurecontainer.io.example.com."] {
            let asked = question(name, RecordType::A);
            assert_eq!(answered(asked.clone()).metadata.response_code, ResponseCode::Refused, "{name}");
            let Verdict::Forward(refusal) = verdict(Ok(asked), true, address) else { panic!("{name}") };
            let refusal = Message::from_vec(&refusal).unwrap();
            assert_eq!(refusal.metadata.response_code, ResponseCode::ServFail);
        }
    }

    #[test]
    fn edns_is_answered_with_edns_and_without_it_is_not() {
        let mut asked = question(WEB, RecordType::A);
        assert!(answered(asked.clone()).edns.is_none());
        asked.set_edns(Edns::new());
        assert!(answered(asked).edns.is_some());
    }

    #[test]
    fn what_is_no_question_is_not_answered_and_what_cannot_be_done_is_said() {
        assert_eq!(verdict(Message::from_vec(b"hello"), true, address), Verdict::Silence);
        let mut echo = question(WEB, RecordType::A);
        echo.metadata.message_type = MessageType::Response;
        assert_eq!(verdict(Ok(echo), true, address), Verdict::Silence);
        let mut update = question(WEB, RecordType::A);
        update.metadata.op_code = OpCode::Notify;
        assert_eq!(answered(update).metadata.response_code, ResponseCode::NotImp);
        let none = Message::new(7, MessageType::Query, OpCode::Query);
        assert_eq!(answered(none).metadata.response_code, ResponseCode::FormErr);
    }
}
