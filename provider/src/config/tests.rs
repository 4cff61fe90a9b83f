//! Tables of settings, good and bad; the environment is a value here.

use std::io;
use std::path::Path;

use super::*;
use crate::arm::CredentialSettings;
use crate::kubelet::{ClientPolicy, ServerCertificate};
use crate::node::TaintEffect;
use crate::telemetry::{LogFormat, LogLevel};

const COMPLETE: [(&str, &str); 6] = [
    ("AZURE_SUBSCRIPTION_ID", "sub"),
    ("AZURE_TENANT_ID", "tenant"),
    ("AZURE_CLIENT_ID", "client"),
    ("AZURE_CLIENT_SECRET", "hunter2"),
    ("ACI_RESOURCE_GROUP", "rg"),
    ("ACI_REGION", "West Europe"),
];

fn files(path: &Path) -> io::Result<Vec<u8>> {
    Ok(match path.to_str() {
        Some("/aks.json") => {
            br#"{"cloud":"AzureChinaCloud","tenantId":"t","subscriptionId":"aks-sub","aadClientId":"msi",
                 "resourceGroup":"aks-rg","location":"chinaeast2","vnetName":"aks-vnet"}"#
        }
        Some("/cloud.json") => br#"{"cloud":"Mars"}"#.as_slice(),
        Some("/provider.toml") => {
            b"Region = \"eastus\"\nResourceGroup = \"toml-rg\"\nCPU = \"20\"\nSubnetName = \"toml-subnet\"\n"
        }
        Some("/workspace.json") => br#"{"workspaceID":"w","workspaceKey":"k"}"#,
        Some("/keyless.json") => br#"{"workspaceId":"w"}"#,
        Some("/odd.toml") => b"Regoin = \"eastus\"\n",
        _ => return Err(io::Error::from(io::ErrorKind::NotFound)),
    }
    .to_vec())
}

/// Settings of a complete environment, a command line and further variables; an empty one unsets.
fn resolve(line: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let args = Args::try_parse_line(std::iter::once("aci-provider").chain(line.split_whitespace())).unwrap();
    let all = COMPLETE.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::resolve(args, &Source::new(all, &files)).map_err(|error| error.to_string())
}

#[test]
fn defaults_are_those_of_the_go_provider_except_that_nothing_listens_beyond_loopback() {
    let settings = resolve("", &[]).unwrap();
    assert_eq!(settings.region, "westeurope");
    assert_eq!(settings.arm.endpoint.as_str(), "https://management.azure.com/");
    assert_eq!(settings.node.capacity.cpu, "10000");
    assert_eq!(settings.node.capacity.memory, "4Ti");
    assert_eq!(settings.node.capacity.pods, "5000");
    assert_eq!(settings.node.taint.key, "virtual-kubelet.io/provider");
    assert_eq!(settings.node.taint.value, "azure");
    assert_eq!(settings.kubelet.listen.to_string(), "127.0.0.1:10250");
    assert_eq!(settings.kubelet.clients, ClientPolicy::ClusterCa);
    assert!(matches!(settings.kubelet.certificate, ServerCertificate::SelfMade { .. }));
    assert_eq!(settings.network.subnet, None);
    assert_eq!(settings.poll_interval, Duration::from_secs(5));
    assert_eq!(settings.startup_timeout, None);
    assert_eq!((settings.log.level, settings.log.format), (LogLevel::Info, LogFormat::Plain));
    assert_eq!(settings.warnings, Vec::<String>::new());
}

#[test]
fn every_variable_arrives() {
    let settings = resolve(
        "--startup-timeout 1m30s --log-level warning --pod-sync-workers 3",
        &[
            ("ACI_ARM_ENDPOINT", "https://emulator:4580/"),
            ("AZURE_AUTHORITY_HOST", "https://emulator:4580/"),
            ("ACI_ARM_AUDIENCE", "https://management.azure.com"),
            ("ACI_POLL_INTERVAL", "500ms"),
            ("ACI_CLUSTER_ID", "me"),
            ("ACI_LOG_FORMAT", "json"),
            ("ACI_QUOTA_CPU", "20"),
            ("ACI_SUBNET_NAME", "subnet"),
            ("ACI_SUBNET_CIDR", "10.241.0.0/16"),
            ("ACI_VNET_NAME", "vnet"),
            ("ACI_VNET_RESOURCE_GROUP", "vnet-rg"),
            ("KUBE_DNS_IP", "10.0.0.10"),
            ("VKUBELET_POD_IP", "10.244.0.7"),
            ("VKUBELET_TAINT_EFFECT", "NoExecute"),
            ("ACI_MORE_TAINTS", "azure.com/aci:NoSchedule, team=blue:NoExecute"),
            ("KUBELET_PORT", "10251"),
            ("APISERVER_CERT_LOCATION", "/cert.pem"),
            ("APISERVER_KEY_LOCATION", "/key.pem"),
            ("APISERVER_CA_CERT_LOCATION", "/ca.pem"),
        ],
    )
    .unwrap();
    assert_eq!(settings.arm.endpoint.as_str(), "https://emulator:4580/");
    assert_eq!(settings.arm.audience.as_deref(), Some("https://management.azure.com"));
    assert!(matches!(
        settings.arm.credential,
        CredentialSettings::ClientSecret { authority: Some(ref authority), .. } if authority == "https://emulator:4580"
    ));
    assert_eq!(settings.poll_interval, Duration::from_millis(500));
    assert_eq!(settings.startup_timeout, Some(Duration::from_secs(90)));
    assert_eq!((settings.log.level, settings.log.format), (LogLevel::Warn, LogFormat::Json));
    assert_eq!(settings.concurrency, 3);
    assert_eq!(settings.cluster_id.as_deref(), Some("me"));
    assert_eq!(settings.node.capacity.cpu, "20");
    assert_eq!((settings.node.from_quota.cpu, settings.node.from_quota.pods), (false, true));
    let taints = settings.node.more_taints.iter().map(|it| (it.key.as_str(), it.value.as_str(), it.effect));
    let expected = [("azure.com/aci", "", TaintEffect::NoSchedule), ("team", "blue", TaintEffect::NoExecute)];
    assert_eq!(taints.collect::<Vec<_>>(), expected);
    assert_eq!(
        settings.network.subnet.unwrap().to_string(),
        "/subscriptions/sub/resourceGroups/vnet-rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/subnet"
    );
    assert_eq!(settings.kubelet.listen.to_string(), "10.244.0.7:10251");
    assert_eq!(settings.kubelet.clients, ClientPolicy::CaFile("/ca.pem".into()));
    assert!(matches!(settings.kubelet.certificate, ServerCertificate::Files { .. }));
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_azure_json_and_that_over_the_provider_file() {
    let aks = ("AKS_CREDENTIAL_LOCATION", "/aks.json");
    let unset = [
        ("ACI_RESOURCE_GROUP", ""),
        ("ACI_REGION", ""),
        ("AZURE_CLIENT_ID", ""),
        ("AZURE_SUBSCRIPTION_ID", ""),
    ];
    let with = |more: &[(&'static str, &'static str)]| [unset.as_slice(), &[aks], more].concat();

    let file = resolve("--provider-config /provider.toml", &with(&[])).unwrap();
    assert_eq!((file.region.as_str(), file.arm.resource_group.as_str()), ("chinaeast2", "aks-rg"));
    assert_eq!(file.arm.subscription, "aks-sub");
    assert_eq!(file.arm.endpoint.as_str(), "https://management.chinacloudapi.cn/");
    assert!(matches!(file.arm.credential, CredentialSettings::ManagedIdentity { client_id: None }));
    assert_eq!(file.node.capacity.cpu, "20");
    let subnet = file.network.subnet.unwrap().to_string();
    assert!(subnet.ends_with("/virtualNetworks/aks-vnet/subnets/toml-subnet"), "{subnet}");

    let variable =
        resolve("", &with(&[("ACI_RESOURCE_GROUP", "env-rg"), ("ACI_REGION", "uksouth")])).unwrap();
    assert_eq!((variable.region.as_str(), variable.arm.resource_group.as_str()), ("uksouth", "env-rg"));

    let flag = resolve("--log-format plain --kubelet-listen 0.0.0.0", &[("ACI_LOG_FORMAT", "json")]).unwrap();
    assert_eq!(flag.log.format, LogFormat::Plain);
    assert_eq!(flag.kubelet.listen.to_string(), "0.0.0.0:10250");
}

#[test]
fn a_subnet_in_another_subscription_is_named_by_it() {
    let variables = [
        ("ACI_SUBNET_NAME", "subnet"),
        ("ACI_VNET_NAME", "vnet"),
        ("ACI_VNET_RESOURCE_GROUP", "vnet-rg"),
        ("ACI_VNET_SUBSCRIPTION_ID", "network-sub"),
    ];
    let subnet = resolve("", &variables).unwrap().network.subnet.unwrap().to_string();
    assert!(subnet.starts_with("/subscriptions/network-sub/resourceGroups/vnet-rg/"), "{subnet}");
}

#[test]
fn what_has_no_effect_earns_a_warning() {
    let warnings = resolve("--provider azure", &[("CLUSTER_CIDR", "10.240.0.0/16")]).unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn every_bad_value_is_one_line_that_names_it_and_the_remedy() {
    let line_cases = [
        ("--os Plan9", "--os", "Linux or Windows"),
        ("--nodename Bad_Name", "--nodename", "lower-case"),
        ("--startup-timeout soon", "--startup-timeout", "30s"),
        ("--log-level loud", "--log-level", "info"),
        ("--log-format xml", "--log-format", "plain or json"),
        ("--pod-sync-workers 0", "--pod-sync-workers", "1 up"),
        ("--kubelet-listen everywhere", "--kubelet-listen", "IP address"),
        ("--provider-config /odd.toml", "--provider-config", "Regoin"),
        ("--provider-config /none.toml", "--provider-config", "/none.toml"),
    ];
    for (line, name, remedy) in line_cases {
        check(resolve(line, &[]), name, remedy);
    }
    let variable_cases = [
        ("AZURE_SUBSCRIPTION_ID", "", "subscription"),
        ("AZURE_CLIENT_ID", "", "VIRTUALNODE_USER_IDENTITY_CLIENTID"),
        ("AZURE_CLIENT_SECRET", "", "secret"),
        ("AZURE_TENANT_ID", "", "directory"),
        ("ACI_RESOURCE_GROUP", "", "resource group"),
        ("ACI_REGION", "", "westeurope"),
        ("ACI_REGION", "west/europe", "westeurope"),
        ("ACI_ARM_ENDPOINT", "emulator:4580", "https://"),
        ("ACI_ARM_ALLOW_HTTP", "perhaps", "true or false"),
        ("ACI_ARM_CA_FILE", "/none.pem", "/none.pem"),
        ("AZURE_AUTHORITY_HOST", "login", "https://"),
        ("AZURE_AUTH_LOCATION", "/none.json", "/none.json"),
        ("AKS_CREDENTIAL_LOCATION", "/cloud.json", "AzurePublicCloud"),
        ("ACI_POLL_INTERVAL", "1", "500ms"),
        ("ACI_POLL_INTERVAL", "1ms", "50ms"),
        ("ACI_POLL_INTERVAL", "-5s", "500ms"),
        ("ACI_LOG_FORMAT", "xml", "plain or json"),
        ("ACI_QUOTA_CPU", "abc", "4Ti"),
        ("ACI_QUOTA_MEMORY", "4TB", "4Ti"),
        ("ACI_QUOTA_POD", "-1", "20"),
        ("ACI_SUBNET_CIDR", "10.0.0.0/8", "ACI_SUBNET_NAME"),
        ("ACI_SUBNET_CIDR", "10.0.0.0/33", "10.241.0.0/16"),
        ("KUBE_DNS_IP", "dns", "IP address"),
        ("VKUBELET_POD_IP", "10.0.0", "IP address"),
        ("VKUBELET_TAINT_EFFECT", "Never", "PreferNoSchedule"),
        ("KUBELET_PORT", "70000", "65535"),
    ];
    for (name, value, remedy) in variable_cases {
        check(resolve("", &[(name, value)]), name, remedy);
    }
    check(resolve("", &[("ACI_SUBNET_NAME", "s")]), "ACI_VNET_NAME", "virtual network");
    check(resolve("", &[("APISERVER_CERT_LOCATION", "/c")]), "APISERVER_KEY_LOCATION", "private key");
    check(resolve("", &[("APISERVER_KEY_LOCATION", "/k")]), "APISERVER_CERT_LOCATION", "certificate");
}

#[test]
fn clients_are_reviewed_unless_the_flags_say_otherwise_and_each_time_has_its_own_field() {
    let reviews = |line: &str| resolve(line, &[]).unwrap().kubelet.reviews;
    let usual = crate::kubelet::ReviewTtls::default();
    assert_eq!(reviews(""), Some(usual));
    assert_eq!(reviews("--authentication-token-webhook true"), Some(usual));
    assert_eq!(reviews("--authentication-token-webhook=false"), None);
    assert_eq!(reviews("--no-verify-clients"), None);
    assert_eq!(reviews("--no-verify-clients --authentication-token-webhook=true"), Some(usual));
    let seconds = Duration::from_secs;
    assert_eq!(
        reviews(
            "--authentication-token-webhook-cache-ttl 1s --authorization-webhook-cache-authorized-ttl 2s \
             --authorization-webhook-cache-unauthorized-ttl 3s"
        ),
        Some(crate::kubelet::ReviewTtls { token: seconds(1), allowed: seconds(2), refused: seconds(3) })
    );
    assert_eq!(reviews("--authorization-webhook-cache-unauthorized-ttl 0"), Some(usual));
    let line = "--authorization-webhook-cache-authorized-ttl soon";
    check(resolve(line, &[]), "--authorization-webhook-cache-authorized-ttl", "duration");
}

fn check(outcome: Result<Settings, String>, name: &str, remedy: &str) {
    let error = match outcome {
        Ok(_) => panic!("{name} must be refused"),
        Err(error) => error,
    };
    assert!(error.contains(name) && error.contains(remedy), "{name}, {remedy}: {error}");
    assert!(!error.contains('\n') && !error.contains("hunter2"), "{error}");
}

#[test]
fn the_profile_is_modern_unless_the_flag_or_the_variable_says_otherwise() {
    use crate::profile::Profile;

    let profile = |line: &str, variables: &[(&str, &str)]| {
        let subnet = [("ACI_SUBNET_NAME", "s"), ("ACI_VNET_NAME", "v")];
        resolve(line, &[variables, &subnet].concat()).map(|settings| {
            assert_eq!(settings.warnings, Vec::<String>::new());
            settings.profile
        })
    };
    assert_eq!(profile("", &[]), Ok(Profile::Modern));
    assert_eq!(profile("--profile aks-addon", &[]), Ok(Profile::AksAddon));
    assert_eq!(profile("", &[("ACI_PROFILE", "aks-addon")]), Ok(Profile::AksAddon));
    assert_eq!(profile("--profile modern", &[("ACI_PROFILE", "aks-addon")]), Ok(Profile::Modern));
    let wrong = profile("--profile aks", &[]).unwrap_err();
    assert_eq!(wrong, "--profile is \"aks\": use modern or aks-addon");
    let windows = profile("--profile aks-addon --os Windows", &[]).unwrap_err();
    assert!(windows.starts_with("--os is \"Windows\"") && windows.contains("Linux pods only"), "{windows}");
    let without_subnet = resolve("--profile aks-addon", &[]).unwrap().warnings.join("\n");
    assert!(without_subnet.contains("Azure CNI"), "{without_subnet}");
}

#[test]
fn the_api_server_s_address_is_a_uri_a_name_or_an_address() {
    let master = |line: &str, value: &str| {
        let settings = resolve(line, &[("MASTER_URI", value)])?;
        Ok::<_, String>(settings.network.master.map(|master| (master.host, master.port)))
    };
    let told = |host: &str, port| Ok(Some((host.to_owned(), port)));
    assert_eq!(master("", ""), Ok(None));
    assert_eq!(
        master("", "https://aks-1.hcp.westeurope.azmk8s.io:443"),
        told("aks-1.hcp.westeurope.azmk8s.io", 443)
    );
    assert_eq!(master("", "https://10.224.0.4/"), told("10.224.0.4", 443));
    assert_eq!(master("", "10.0.0.1"), told("10.0.0.1", 443));
    assert_eq!(master("", "kind-control-plane:6443"), told("kind-control-plane", 6443));
    assert_eq!(master("", "https://[fd00::1]:6443"), told("fd00::1", 6443));
    assert_eq!(master("--master-uri https://flag:1", "https://variable:2"), told("flag", 1));
    for wrong in
        ["http://host", "https://host/path", "https://user:word@host", "https://host?x=y", "https://"]
    {
        let text = master("", wrong).unwrap_err();
        assert!(text.starts_with("MASTER_URI is") && text.contains("https://name:443"), "{text}");
    }
}

/// Defect 16 of the Go provider: its chart spells `workspaceID`, which its SDK does not read.
#[test]
fn the_workspace_of_the_chart_s_file_is_understood_and_variables_win_over_it() {
    let workspace = |variables: &[(&str, &str)]| {
        let workspace = resolve("", variables)?.log_analytics;
        Ok::<_, String>(workspace.map(|it| (it.id, it.key.expose().to_owned(), it.cluster_resource_id)))
    };
    let told = |id: &str, key: &str, cluster: Option<&str>| {
        Ok(Some((id.to_owned(), key.to_owned(), cluster.map(str::to_owned))))
    };
    let file = ("LOG_ANALYTICS_AUTH_LOCATION", "/workspace.json");
    assert_eq!(workspace(&[]), Ok(None));
    assert_eq!(workspace(&[file]), told("w", "k", None));
    assert_eq!(workspace(&[file, ("LOG_ANALYTICS_ID", "v")]), told("v", "k", None));
    let both = [("LOG_ANALYTICS_ID", "v"), ("LOG_ANALYTICS_KEY", "l"), ("CLUSTER_RESOURCE_ID", "/c")];
    assert_eq!(workspace(&both), told("v", "l", Some("/c")));
    let keyless = workspace(&[("LOG_ANALYTICS_AUTH_LOCATION", "/keyless.json")]).unwrap_err();
    assert!(keyless.starts_with("LOG_ANALYTICS_KEY is not set"), "{keyless}");
    assert!(workspace(&[("LOG_ANALYTICS_KEY", "l")]).unwrap_err().starts_with("LOG_ANALYTICS_ID is not set"));
}
