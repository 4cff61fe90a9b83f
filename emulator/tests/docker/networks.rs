//! Who reaches whom.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::time::Duration;

use aci_emulator::runtime::{
    DnsSpec, NetworkSpec, PortSpec, Runtime, RuntimeError, SandboxSpec, SubnetRange,
};
use aci_model::ResourceId;
use bollard::models::NetworkCreateRequest;
use std::io::Read;

use crate::support::{Lab, connect, eventually, id, sandbox, with_lab, with_mapped_lab};

/// A port that tests on any machine may publish; what else listens there does so on other addresses.
const PORT: u16 = 18_080;

fn public(name: &str) -> SandboxSpec {
    let ports = vec![PortSpec { port: PORT, udp: false }];
    SandboxSpec { network: NetworkSpec::Public { ports }, ..sandbox(name) }
}

fn in_subnet(name: &str, subnet: &str) -> SandboxSpec {
    let id = ResourceId::subnet("sub", "rg", "vnet", subnet);
    SandboxSpec { network: NetworkSpec::Subnet { id, range: None }, ..sandbox(name) }
}

/// In a virtual network that is known; tests share the engine, so each has a prefix of its own.
fn in_prefix(name: &str, network: &str, space: &str, prefix: &str) -> SandboxSpec {
    let id = ResourceId::subnet("sub", "rg", network, prefix.split('/').next().unwrap());
    let network = ResourceId { path: id.path[..1].to_vec(), ..id.clone() };
    let (space, prefix) = (space.parse().unwrap(), prefix.parse().unwrap());
    let range = Some(SubnetRange { network, space, prefix });
    SandboxSpec { network: NetworkSpec::Subnet { id, range }, ..sandbox(name) }
}

async fn serve(lab: &Lab, spec: &SandboxSpec, text: &str) -> Option<IpAddr> {
    let made = lab.runtime.create_sandbox(spec).await.unwrap();
    let server = lab.container("server", &["serve", &PORT.to_string(), text]);
    lab.start_until(&spec.id.0, &server, "listening").await;
    made.ip
}

async fn fetch(ip: IpAddr) -> String {
    eventually(&format!("an answer from {ip}"), || async {
        tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect((ip, PORT)).ok()?;
            let mut text = String::new();
            stream.read_to_string(&mut text).ok()?;
            Some(text).filter(|text| !text.is_empty())
        })
        .await
        .unwrap()
    })
    .await
}

#[tokio::test]
async fn containers_of_a_group_meet_on_localhost_and_share_its_name() {
    with_lab("localhost", |lab| async move {
        serve(&lab, &sandbox("d"), "from next door").await;
        let client = lab.container("client", &["fetch", &format!("127.0.0.1:{PORT}")]);
        assert_eq!(lab.run("d", &client).await.1, "from next door\n");
        let hostname = lab.container("name", &["cat", "/proc/sys/kernel/hostname"]);
        assert_eq!(lab.run("d", &hostname).await.1, "web\n");
        assert!(lab.run("d", &lab.container("hosts", &["cat", "/etc/hosts"])).await.1.contains("web"));
    })
    .await;
}

#[tokio::test]
async fn two_public_groups_have_the_same_port_on_addresses_of_their_own() {
    with_lab("public", |lab| async move {
        let first = serve(&lab, &public("one"), "I am one").await.unwrap();
        let second = serve(&lab, &public("two"), "I am two").await.unwrap();
        assert_ne!(first, second);
        assert!(first.is_loopback() && second.is_loopback());
        assert_eq!(fetch(first).await, "I am one");
        assert_eq!(fetch(second).await, "I am two");
    })
    .await;
}

#[tokio::test]
async fn a_public_group_that_is_created_again_keeps_its_address_and_its_containers() {
    with_lab("again", |lab| async move {
        let ip = serve(&lab, &public("d"), "still here").await;
        assert_eq!(lab.runtime.create_sandbox(&public("d")).await.unwrap().ip, ip);
        assert_eq!(fetch(ip.unwrap()).await, "still here");
    })
    .await;
}

#[tokio::test]
async fn a_port_that_a_program_of_the_host_holds_is_named_and_nothing_stays() {
    with_lab("taken", |lab| async move {
        let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let network = NetworkSpec::Public { ports: vec![PortSpec { port, udp: false }] };
        let refusal = lab.runtime.create_sandbox(&SandboxSpec { network, ..sandbox("d") }).await.unwrap_err();
        let RuntimeError::Network(words) = refusal else { panic!("{refusal:?}") };
        assert!(words.contains(&port.to_string()) && words.contains("holds the port"), "{words}");
        assert_eq!(lab.objects().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn groups_without_a_subnet_do_not_reach_each_other_and_those_in_one_do() {
    with_lab("isolation", |lab| async move {
        let inside = serve(&lab, &in_subnet("a", "apps"), "neighbour").await.unwrap();
        lab.runtime.create_sandbox(&in_subnet("b", "apps")).await.unwrap();
        let client = lab.container("client", &["fetch", &format!("{inside}:{PORT}")]);
        assert_eq!(lab.run("b", &client).await.1, "neighbour\n");

        assert_eq!(serve(&lab, &sandbox("c"), "stranger").await, None, "nobody reaches it");
        let hidden = lab.docker_id("c", "sandbox", None).await;
        let found = lab.docker.inspect_container(&hidden, None).await.unwrap();
        let ends = found.network_settings.unwrap().networks.unwrap();
        let hidden = ends.values().next().unwrap().ip_address.clone().unwrap();
        lab.runtime.create_sandbox(&sandbox("e")).await.unwrap();
        let client = lab.container("client", &["fetch", &format!("{hidden}:{PORT}")]);
        assert_eq!(lab.run("e", &client).await.0.code, 1);
    })
    .await;
}

#[tokio::test]
async fn a_mapped_subnet_is_the_docker_network_that_it_names() {
    let network = format!("test-mapped-{}", std::process::id());
    let mapping =
        vec![("apps".to_owned(), network.clone()), ("lost".to_owned(), "no-such-network".to_owned())];
    with_mapped_lab("mapped", mapping, |lab| async move {
        let request = NetworkCreateRequest { name: network.clone(), ..NetworkCreateRequest::default() };
        lab.docker.create_network(request).await.unwrap();
        let made = lab.runtime.create_sandbox(&in_subnet("d", "apps")).await;
        let ends = lab.docker.inspect_network(&network, None).await.unwrap().containers.unwrap_or_default();
        lab.runtime.remove_sandbox(&id("d")).await.unwrap();
        let lost = lab.runtime.create_sandbox(&in_subnet("l", "lost")).await;
        lab.docker.remove_network(&network).await.unwrap();

        let ip = made.unwrap().ip.unwrap();
        assert_eq!(ends.len(), 1);
        let address = ends.values().next().unwrap().ipv4_address.clone().unwrap();
        assert_eq!(address.split('/').next(), Some(ip.to_string().as_str()));
        let Err(RuntimeError::Network(words)) = lost else { panic!("{lost:?}") };
        assert!(words.contains("docker network create no-such-network"), "{words}");
    })
    .await;
}

#[tokio::test]
async fn search_domains_and_options_are_in_resolv_conf() {
    with_lab("dns", |lab| async move {
        let dns = DnsSpec {
            servers: vec!["10.9.9.9".into()],
            search: vec!["svc.example".into()],
            options: vec!["ndots:5".into()],
        };
        lab.runtime.create_sandbox(&SandboxSpec { dns: Some(dns), ..sandbox("d") }).await.unwrap();
        let (_, text) = lab.run("d", &lab.container("app", &["cat", "/etc/resolv.conf"])).await;
        assert!(text.contains("search svc.example") && text.contains("ndots:5"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_named_with_the_remedy() {
    use aci_emulator::runtime::docker::{DockerOptions, DockerRuntime, PullPolicy};
    let nowhere = DockerOptions {
        owner: "nobody".into(),
        subnet_networks: vec![],
        pull_policy: PullPolicy::Missing,
        host: Some("unix:///nonexistent/docker.sock".into()),
    };
    let Err(RuntimeError::Unavailable(words)) = DockerRuntime::connect(nowhere).await else { panic!() };
    assert!(words.contains("/nonexistent/docker.sock") && words.contains("start Docker"), "{words}");
    assert!(!words.contains('\n'), "{words}");
    connect("somebody", vec![]).await.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn subnets_of_a_virtual_network_have_their_own_addresses_and_reach_each_other() {
    const SPACE: &str = "10.213.0.0/16";
    with_lab("vnet", |lab| async move {
        let ip = |last: [u8; 2]| Some(IpAddr::V4(Ipv4Addr::new(10, 213, last[0], last[1])));
        let first = in_prefix("one", "v", SPACE, "10.213.1.0/24");
        assert_eq!(serve(&lab, &first, "over here").await, ip([1, 4]));
        let second = in_prefix("two", "v", SPACE, "10.213.1.0/24");
        assert_eq!(lab.runtime.create_sandbox(&second).await.unwrap().ip, ip([1, 5]));
        assert_eq!(lab.runtime.create_sandbox(&first).await.unwrap().ip, ip([1, 4]), "made again");
        let elsewhere = in_prefix("far", "v", SPACE, "10.213.2.0/24");
        assert_eq!(lab.runtime.create_sandbox(&elsewhere).await.unwrap().ip, ip([2, 4]));
        for from in ["two", "far"] {
            let client = lab.container("client", &["fetch", &format!("10.213.1.4:{PORT}")]);
            assert_eq!(lab.run(from, &client).await.1, "over here\n", "from {from}");
        }
        lab.runtime.remove_sandbox(&id("one")).await.unwrap();
        let third = in_prefix("three", "v", SPACE, "10.213.1.0/24");
        assert_eq!(lab.runtime.create_sandbox(&third).await.unwrap().ip, ip([1, 4]), "it was free again");

        let later = connect(&lab.owner, vec![]).await.unwrap();
        let found = later.adopt().await.unwrap();
        let of = |name: &str| found.iter().find(|one| one.id == id(name)).unwrap().ip;
        assert_eq!((of("two"), of("three")), (ip([1, 5]), ip([1, 4])));
    })
    .await;
}

#[tokio::test]
async fn a_virtual_network_whose_prefix_is_taken_gets_addresses_that_work() {
    const SPACE: &str = "10.214.0.0/16";
    with_lab("overlap", |lab| async move {
        let prefix = "10.214.1.0/24";
        lab.runtime.create_sandbox(&in_prefix("one", "v", SPACE, prefix)).await.unwrap();
        let other = serve(&lab, &in_prefix("two", "w", SPACE, prefix), "elsewhere").await.unwrap();
        assert!(!other.to_string().starts_with("10.214."), "{other}");
        lab.runtime.create_sandbox(&in_prefix("three", "w", SPACE, prefix)).await.unwrap();
        let client = lab.container("client", &["fetch", &format!("{other}:{PORT}")]);
        assert_eq!(lab.run("three", &client).await.1, "elsewhere\n");
        assert_eq!(lab.run("one", &client).await.0.code, 1, "another network");
    })
    .await;
}

#[tokio::test]
async fn a_udp_port_is_published_beside_a_tcp_port_of_the_same_number() {
    with_lab("udp", |lab| async move {
        let ports = [false, true].map(|udp| PortSpec { port: PORT, udp }).to_vec();
        let spec = SandboxSpec { network: NetworkSpec::Public { ports }, ..sandbox("d") };
        let ip = serve(&lab, &spec, "by tcp").await.unwrap();
        lab.start_until("d", &lab.container("echo", &["echo-udp", &PORT.to_string()]), "listening").await;
        assert_eq!(fetch(ip).await, "by tcp");
        let answer = eventually("an answer by UDP", || async {
            tokio::task::spawn_blocking(move || {
                let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
                socket.set_read_timeout(Some(Duration::from_millis(200))).ok()?;
                socket.send_to(b"ping", (ip, PORT)).ok()?;
                let mut answer = [0; 16];
                let length = socket.recv(&mut answer).ok()?;
                Some(answer[..length].to_vec())
            })
            .await
            .unwrap()
        })
        .await;
        assert_eq!(answer, b"ping");
    })
    .await;
}
