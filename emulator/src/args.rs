//! The command line, every flag of which is an environment variable too.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

mod fault;
mod hooks;

use anyhow::{Context as _, anyhow, bail};
use clap::{Parser, Subcommand, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::{DialClock, SharedClock, SystemClock};
use crate::data::Data;
use crate::dns::DnsOptions;
use crate::ids::{RandomIds, SharedIds};
use crate::limits::Limits;
use crate::policy::{Policy, Rbac};
use crate::runtime::SharedRuntime;
use crate::runtime::docker::{DockerOptions, DockerRuntime, PullPolicy};
use crate::runtime::sim::SimRuntime;
use crate::seed::Seed;
use crate::surroundings::shares::AzureFiles;
use crate::telemetry::{self, LogFormat};
use crate::{Config, Emulator, Settings};
use hooks::Hooks;

/// Runs Azure Container Instances on this machine.
#[derive(Debug, Parser)]
#[command(name = "aci-emulator", version, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API; the default.
    Serve(Box<ServeArgs>),
    /// Make calls and containers fail.
    Fault(fault::FaultArgs),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RuntimeChoice {
    /// Docker where its daemon answers, otherwise the simulation.
    Auto,
    /// Docker.
    Docker,
    /// A simulation without containers.
    Sim,
}

#[derive(Clone, Debug, clap::Args)]
struct ServeArgs {
    /// Where to listen, for HTTP and TLS alike; port 0 picks a free one.
    #[arg(long, env = "ACI_EMULATOR_LISTEN", default_value = "127.0.0.1:4580")]
    listen: SocketAddr,
    /// What runs the containers.
    #[arg(long, env = "ACI_EMULATOR_RUNTIME", value_enum, default_value = "auto")]
    runtime: RuntimeChoice,
    /// Where to keep state and certificates [default: $XDG_DATA_HOME/aci-emulator or
    /// ~/.local/share/aci-emulator].
    #[arg(long, env = "ACI_EMULATOR_DATA_DIR", value_name = "DIR", conflicts_with = "in_memory")]
    data_dir: Option<PathBuf>,
    /// Keep nothing on disk.
    #[arg(long, env = "ACI_EMULATOR_IN_MEMORY")]
    in_memory: bool,
    /// How log lines look.
    #[arg(long, env = "ACI_EMULATOR_LOG_FORMAT", value_enum, default_value = "plain")]
    log_format: LogFormat,
    /// More names for the server certificate.
    #[arg(long, env = "ACI_EMULATOR_TLS_SAN", value_name = "NAME", value_delimiter = ',', num_args = 1..)]
    tls_san: Vec<String>,
    /// Which Docker network stands for a subnet, by the subnet's name or resource id; others get one of their own.
    #[arg(
        long,
        env = "ACI_EMULATOR_SUBNET_NETWORKS",
        value_name = "SUBNET=NETWORK",
        value_delimiter = ',',
        num_args = 1..,
        value_parser = subnet_network
    )]
    subnet_network: Vec<(String, String)>,
    /// Where to answer name resolution for the host names of groups, by UDP and TCP; off unless set.
    #[arg(long, env = "ACI_EMULATOR_DNS", value_name = "ADDRESS:PORT")]
    dns: Option<SocketAddr>,
    /// Which name server to ask about other names; they are refused unless set.
    #[arg(long, env = "ACI_EMULATOR_DNS_FORWARD", value_name = "ADDRESS:PORT", requires = "dns")]
    dns_forward: Option<SocketAddr>,
    /// What stands for Azure Files: `folder`, a folder of the data folder for each share; `smb`, the storage
    /// account's own file server, mounted by the engine; `smb=DOMAIN`, its file server in another domain.
    #[arg(long, env = "ACI_EMULATOR_AZURE_FILES", value_name = "KIND", default_value = "folder")]
    azure_files: AzureFiles,
    /// Whether role assignments decide who may do what.
    #[arg(long, env = "ACI_EMULATOR_RBAC", value_enum, default_value = "off")]
    rbac: Rbac,
    /// Who may do everything, by client id or object id [default: the first who calls].
    #[arg(long, env = "ACI_EMULATOR_RBAC_ADMIN", value_name = "ID")]
    rbac_admin: Option<String>,
    /// What groups may ask for by region, and the quotas and rates of subscriptions: a TOML file whose members replace
    /// Azure's.
    #[arg(long, env = "ACI_EMULATOR_LIMITS", value_name = "FILE")]
    limits: Option<PathBuf>,
    /// Make subscriptions register with a provider before they can use it.
    #[arg(long, env = "ACI_EMULATOR_REQUIRE_REGISTRATION")]
    require_registration: bool,
    /// Let time stand still until /_emulator/clock moves it.
    #[arg(long, env = "ACI_EMULATOR_STEPPED")]
    stepped: bool,
    /// Resources that there are from the start, in JSON or YAML.
    #[arg(long, env = "ACI_EMULATOR_SEED", value_name = "FILE")]
    seed: Option<PathBuf>,
    /// A folder whose `start.d` and `ready.d` have scripts to run at those moments.
    #[arg(long, env = "ACI_EMULATOR_INIT_DIR", value_name = "DIR")]
    init_dir: Option<PathBuf>,
    /// Let other machines use the endpoints that move the emulator, such as /_emulator/faults.
    #[arg(long, env = "ACI_EMULATOR_OPEN_CONTROL")]
    open_control: bool,
}

/// `<subnet>=<docker network>`
fn subnet_network(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((subnet, network)) if !subnet.is_empty() && !network.is_empty() => {
            Ok((subnet.to_owned(), network.to_owned()))
        }
        _ => Err("write <subnet>=<docker network>".to_owned()),
    }
}

impl Args {
    /// Serves until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// One line that says what does not work, and what to do.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Some(Command::Serve(serve)) => serve.run().await,
            Some(Command::Fault(fault)) => fault.run().await,
            None => self.serve.run().await,
        }
    }
}

impl ServeArgs {
    async fn run(self) -> anyhow::Result<()> {
        let Self {
            listen,
            runtime,
            data_dir,
            in_memory,
            log_format,
            tls_san,
            subnet_network,
            dns,
            dns_forward,
            azure_files,
            rbac,
            rbac_admin,
            require_registration,
            open_control,
            stepped,
            seed,
            init_dir,
            limits,
        } = self;
        let dns = dns.map(|listen| DnsOptions { listen, forward: dns_forward });
        let policy = Policy { rbac, rbac_admin, require_registration, open_control };
        telemetry::init(log_format).map_err(|error| anyhow!("cannot log: {error}"))?;
        let limits = limits.as_deref().map(Limits::read).transpose()?.unwrap_or_default();
        let data = open_data(data_dir, in_memory)?;
        let clock: SharedClock = Arc::new(DialClock::new(Arc::new(SystemClock), stepped));
        let ids: SharedIds = Arc::new(RandomIds);
        let seed = seed.as_deref().map(Seed::read).transpose()?;
        let hooks = init_dir.map(Hooks::new);
        if let Some(hooks) = &hooks {
            hooks.run("start.d", None).await;
        }
        let owner = data.owner(&ids)?;
        let runtime = choose(runtime, owner, subnet_network, &clock).await?;
        let (folder, engine) = (data.describe(), runtime.name());
        let mut terminate = signal(SignalKind::terminate()).context("cannot watch for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot watch for SIGINT")?;
        let settings = Settings { dns, azure_files, policy, limits, seed };
        let config = Config { listen, data, tls_sans: tls_san, settings };
        let running = Emulator::start(config, runtime, clock, ids).await?;
        println!("aci-emulator listens on {} (HTTP and TLS), runtime {engine}, data {folder}", running.addr);
        if let Some(hooks) = hooks {
            let url = format!("http://{}", reachable(running.addr));
            tokio::spawn(async move { hooks.run("ready.d", Some(url)).await });
        }
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        running.shutdown().await;
        Ok(())
    }
}

/// The address under which scripts of this machine find an emulator.
fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen.ip().is_unspecified() {
        true => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listen.port()),
        false => listen,
    }
}

fn open_data(data_dir: Option<PathBuf>, in_memory: bool) -> anyhow::Result<Data> {
    if in_memory {
        return Ok(Data::in_memory());
    }
    let folder =
        |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let by_xdg = || folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
    let Some(path) = data_dir.or_else(|| Some(by_xdg()?.join("aci-emulator"))) else {
        bail!("there is no home folder to keep data in; name one with --data-dir, or use --in-memory");
    };
    Ok(Data::open(&path)?)
}

async fn choose(
    choice: RuntimeChoice,
    owner: String,
    subnet_networks: Vec<(String, String)>,
    clock: &SharedClock,
) -> anyhow::Result<SharedRuntime> {
    let simulation = || Arc::new(SimRuntime::new(clock.clone()));
    if choice == RuntimeChoice::Sim {
        return Ok(simulation());
    }
    let options = DockerOptions { owner, subnet_networks, pull_policy: PullPolicy::default(), host: None };
    match DockerRuntime::connect(options).await {
        Ok(docker) => Ok(Arc::new(docker)),
        Err(error) if choice == RuntimeChoice::Auto => {
            tracing::warn!(%error, "Docker does not answer: groups are simulated, no container runs");
            Ok(simulation())
        }
        Err(error) => bail!("{error}, or choose --runtime sim"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subcommand_may_be_left_out() {
        let bare = Args::try_parse_from(["aci-emulator", "--listen", "127.0.0.1:0"]).unwrap();
        assert_eq!(bare.serve.listen.port(), 0);
        let named = Args::try_parse_from(["aci-emulator", "serve", "--listen", "127.0.0.1:0"]).unwrap();
        assert!(matches!(named.command, Some(Command::Serve(serve)) if serve.listen.port() == 0));
    }

    #[test]
    fn callers_are_asked_for_nothing_more_unless_somebody_wants_it() {
        let serve = |args: &[&str]| Args::try_parse_from([&["aci-emulator"], args].concat()).unwrap().serve;
        let plain = serve(&[]);
        assert_eq!((plain.rbac, plain.rbac_admin, plain.require_registration), (Rbac::Off, None, false));
        let strict = serve(&["--rbac", "enforce", "--rbac-admin", "me", "--require-registration"]);
        assert_eq!((strict.rbac, strict.rbac_admin.as_deref()), (Rbac::Enforce, Some("me")));
        assert!(strict.require_registration);
    }

    #[test]
    fn a_subnet_and_its_network_are_split_at_the_last_equals_sign() {
        let pair = subnet_network("/subscriptions/s/a=b/subnets/x=kind").unwrap();
        assert_eq!(pair, ("/subscriptions/s/a=b/subnets/x".to_owned(), "kind".to_owned()));
        assert!(subnet_network("kind").is_err());
    }
}
