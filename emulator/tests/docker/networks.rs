//! Who reaches whom.

use std::net::IpAddr;

use aci_emulator::runtime::{DnsSpec, NetworkSpec, PortSpec, Runtime, RuntimeError, SandboxSpec};
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
    SandboxSpec { network: NetworkSpec::Subnet { id }, ..sandbox(name) }
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
