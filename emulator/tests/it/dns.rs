//! The name server over real sockets.

use std::net::SocketAddr;

use aci_emulator::dns::{DnsOptions, DnsServer};
use aci_emulator::group::Group;
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::support::sim::{Domain, id, one};

async fn serve(domain: &Domain, forward: Option<SocketAddr>) -> DnsServer {
    let listen = "127.0.0.1:0".parse().unwrap();
    DnsServer::start(DnsOptions { listen, forward }, domain.groups.clone()).await.unwrap()
}

async fn web(domain: &Domain) -> std::sync::Arc<Group> {
    let mut properties = one("Always");
    properties["subnetIds"] = json!(null);
    properties["ipAddress"] = json!({ "type": "Public", "ports": [{ "port": 80 }], "dnsNameLabel": "hello" });
    domain.running("web", properties).await
}

fn question(name: &str) -> Vec<u8> {
    let mut question = Message::new(42, MessageType::Query, OpCode::Query);
    question.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
    question.to_vec().unwrap()
}

async fn by_udp(server: SocketAddr, name: &str) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&question(name), server).await.unwrap();
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer).await.unwrap();
    Message::from_vec(&answer[..length]).unwrap()
}

async fn by_tcp(stream: &mut TcpStream, name: &str) -> Message {
    let question = question(name);
    stream.write_u16(u16::try_from(question.len()).unwrap()).await.unwrap();
    stream.write_all(&question).await.unwrap();
    let mut answer = vec![0; stream.read_u16().await.unwrap().into()];
    stream.read_exact(&mut answer).await.unwrap();
    Message::from_vec(&answer).unwrap()
}

fn address(answer: &Message) -> Option<String> {
    answer.answers.iter().find_map(|record| match &record.data {
        RData::A(address) => Some(address.0.to_string()),
        _ => None,
    })
}

const NAME: &str = "hello.westeurope.azurecontainer.io.";

#[tokio::test]
async fn a_groups_name_leads_to_its_address_while_it_runs() {
    let domain = Domain::new().await;
    let server = serve(&domain, None).await;
    assert_eq!(by_udp(server.addr, NAME).await.metadata.response_code, ResponseCode::NXDomain);
    let group = web(&domain).await;
    let ip = group.status.ip.map(|ip| ip.to_string());
    assert_eq!(address(&by_udp(server.addr, NAME).await), ip);
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    for _ in 0..2 {
        assert_eq!(address(&by_tcp(&mut stream, NAME).await), ip);
    }
    domain.groups.stop(&id("web")).await.unwrap();
    assert_eq!(by_udp(server.addr, NAME).await.metadata.response_code, ResponseCode::NXDomain);
    server.shutdown().await;
}

#[tokio::test]
async fn other_names_are_asked_of_the_other_server_or_refused() {
    let (domain, other) = (Domain::new().await, Domain::new().await);
    web(&other).await;
    let upstream = serve(&other, None).await;
    let server = serve(&domain, Some(upstream.addr)).await;
    // The other server refuses what is not its own, and that is told as it is.
    assert_eq!(by_udp(server.addr, "example.com.").await.metadata.response_code, ResponseCode::Refused);
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    let answer = by_tcp(&mut stream, "example.com.").await;
    assert_eq!((answer.metadata.id, answer.metadata.response_code), (42, ResponseCode::Refused));
    assert_eq!(
        by_udp(server.addr, NAME).await.metadata.response_code,
        ResponseCode::NXDomain,
        "never forwarded"
    );
    upstream.shutdown().await;
    // Nobody listens there any more: a connection is refused at once.
    let answer = by_tcp(&mut stream, "example.com.").await;
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
}

#[tokio::test]
async fn a_taken_address_is_refused() {
    let domain = Domain::new().await;
    let first = serve(&domain, None).await;
    let options = DnsOptions { listen: first.addr, forward: None };
    assert!(DnsServer::start(options, domain.groups.clone()).await.is_err());
}
