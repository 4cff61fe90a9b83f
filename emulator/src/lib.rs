//! A local Azure Resource Manager for Microsoft.ContainerInstance.
//!
//! From the outside in: [`server`] and [`tls`] take connections; [`arm`] is the envelope of Azure Resource
//! Manager; [`api`] has the operations; [`validate`] and [`view`] turn requests into container groups and back;
//! [`groups`] decides what becomes of them; [`runtime`] runs their containers.

use std::net::SocketAddr;
use std::sync::Arc;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub mod api;
pub mod app;
pub mod args;
pub mod arm;
pub mod authorship;
pub mod clock;
pub mod collection;
pub mod data;
pub mod deployments;
pub mod directory;
pub mod dns;
pub mod faults;
pub mod fidelity;
pub mod group;
pub mod groups;
mod hex;
pub mod host_name;
pub mod identities;
pub mod ids;
pub mod limits;
pub mod log_analytics;
pub mod neighbours;
pub mod ngroups;
pub mod platform;
pub mod policy;
pub mod regions;
pub mod repositories;
pub mod resource_groups;
pub mod runtime;
pub mod seed;
pub mod server;
pub mod sessions;
pub mod snapshots;
pub mod store;
pub mod surroundings;
pub mod telemetry;
pub mod template;
pub mod tls;
pub mod usage;
pub mod validate;
pub mod view;

use app::App;
use arm::token::in_container::InstanceMetadata;
use arm::token::{Authority, AuthorityError, Claims};
use clock::SharedClock;
use data::{Data, DataError};
use deployments::Deployments;
use dns::{DnsOptions, DnsServer};
use faults::Faults;
use groups::{GroupError, Groups};
use ids::SharedIds;
use limits::{Limits, SharedLimits};
use neighbours::Neighbours;
use ngroups::NGroups;
use platform::Platform;
use policy::{Policy, Rbac};
use resource_groups::ResourceGroups;
use resource_groups::deletion::{Contents, Deletions};
use runtime::SharedRuntime;
use runtime::faulty::FaultyRuntime;
use seed::{Seed, SeedError};
use server::Server;
use sessions::Sessions;
use snapshots::Snapshots;
use store::StoreError;
use surroundings::resources::Resources;
use surroundings::shares::{AzureFiles, Shares};
use tls::TlsError;
use usage::UsageBook;

/// Who puts the seed where nobody is the administrator, for whom, and how long that may take.
const SEEDER: &str = "aci-emulator-seed";
const ARM_AUDIENCE: &str = "https://management.azure.com/";
const SEEDING_SECONDS: i64 = 3600;

/// The key that signs tokens, kept so that tokens outlive a restart.
const TOKEN_KEY_FILE: &str = "token-key.p8";

/// What an emulator needs to know besides its injected parts.
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where to keep what survives a restart.
    pub data: Data,
    /// Names for the server certificate besides the usual ones.
    pub tls_sans: Vec<String>,
    /// What is off or has a default unless somebody asks.
    pub settings: Settings,
}

/// Settings that nobody has to make.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The name server for the host names of groups; none unless set.
    pub dns: Option<DnsOptions>,
    /// What stands for Azure Files.
    pub azure_files: AzureFiles,
    /// What is asked of callers beyond Azure's defaults.
    pub policy: Policy,
    /// What there is from the start.
    pub seed: Option<Seed>,
    /// What groups may ask for, where, and how much of it.
    pub limits: Limits,
}

/// Why an emulator does not start; one line that says what, and what to do.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {listen}: {source}; free the port or choose another with --listen")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The name server's address is taken or not ours.
    #[error(
        "cannot answer name resolution on {listen}: {source}; free the port or choose another with --dns"
    )]
    Dns {
        /// The address.
        listen: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The seed does not come up.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// No certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No signing key.
    #[error("{0}; remove token-key.p8 from the data folder to begin anew")]
    Authority(#[from] AuthorityError),
    /// The groups of before cannot be loaded.
    #[error("cannot load the container groups of before: {source}: {}", root_cause(.source))]
    Groups {
        /// Why.
        #[from]
        source: GroupError,
    },
}

fn root_cause(error: &GroupError) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// The emulator.
pub struct Emulator;

/// An emulator that runs.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The certificate of its CA, for clients to trust.
    pub ca_pem: String,
    /// The name server, where there is one.
    pub dns: Option<DnsServer>,
    server: Server,
    accepting: JoinHandle<()>,
    groups: Groups,
    ngroups: NGroups,
    sessions: Arc<Sessions>,
    deletions: Deletions,
    deployments: Deployments,
    clock: SharedClock,
}

impl Emulator {
    /// Loads what was there before and begins to listen.
    ///
    /// # Errors
    /// When the address, the data or the runtime cannot be used.
    pub async fn start(
        config: Config,
        runtime: SharedRuntime,
        clock: SharedClock,
        ids: SharedIds,
    ) -> Result<Running, StartError> {
        let Config { listen, data, tls_sans, settings } = config;
        let refused = |source| StartError::Listen { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let addr = listener.local_addr().map_err(refused)?;
        let tls::Identity { ca_pem, server } = tls::identity(&data, &tls_sans, clock.now())?;
        let app = Self::app_with(&data, &ca_pem, runtime, clock.clone(), ids, &settings).await?;
        let dns = match settings.dns {
            Some(options) => {
                let refused = |source| StartError::Dns { listen: options.listen, source };
                Some(DnsServer::start(options, app.groups.clone()).await.map_err(refused)?)
            }
            None => None,
        };
        let is_open = settings.policy.open_control;
        let (groups, ngroups) = (app.groups.clone(), app.ngroups.clone());
        let (sessions, deletions) = (app.sessions.clone(), app.deletions.clone());
        let deployments = app.deployments.clone();
        let (authority, router) = (app.authority.clone(), app.router());
        if let Some(seed) = &settings.seed {
            // By the administrator, where there is one: the first to call must be somebody else's claim.
            let who = settings.policy.rbac_admin.as_deref().unwrap_or(SEEDER);
            let claims = Claims::new(who, ARM_AUDIENCE, addr.to_string(), clock.now(), SEEDING_SECONDS);
            seed.put(&router, &authority.issue(&claims)?).await?;
        }
        let server = Server::new(router, server, is_open);
        let accepting = tokio::spawn(server.clone().run(listener));
        Ok(Running {
            addr,
            ca_pem,
            dns,
            server,
            accepting,
            groups,
            ngroups,
            sessions,
            deletions,
            deployments,
            clock,
        })
    }

    /// The parts of an emulator without a listener, for tests in the same process.
    ///
    /// # Errors
    /// When the data or the runtime cannot be used.
    pub async fn app(
        data: &Data,
        ca_pem: &str,
        runtime: SharedRuntime,
        clock: SharedClock,
        ids: SharedIds,
    ) -> Result<App, StartError> {
        Self::app_with(data, ca_pem, runtime, clock, ids, &Settings::default()).await
    }

    /// As [`Emulator::app`], with settings.
    ///
    /// # Errors
    /// When the data or the runtime cannot be used.
    pub async fn app_with(
        data: &Data,
        ca_pem: &str,
        runtime: SharedRuntime,
        clock: SharedClock,
        ids: SharedIds,
        settings: &Settings,
    ) -> Result<App, StartError> {
        let token_key = match data.read(TOKEN_KEY_FILE)? {
            Some(key) => key,
            None => {
                let key = Authority::generate_key()?;
                data.write(TOKEN_KEY_FILE, &key, 0o600)?;
                key
            }
        };
        let authority = Arc::new(Authority::new(&token_key)?);
        let identities = InstanceMetadata { authority: authority.clone(), clock: clock.clone() };
        let neighbours = Neighbours::open(&data.store())?;
        let files = data.files();
        let surroundings = Resources {
            neighbours: neighbours.clone(),
            shares: Shares::new(files.below("shares"), settings.azure_files.clone()),
            enforces_roles: settings.policy.rbac == Rbac::Enforce,
        };
        let platform = Platform {
            surroundings: Arc::new(surroundings),
            identities: Arc::new(identities),
            ..Platform::bare(&files)
        };
        let faults = Faults::open(data.store(), ids.clone())?;
        let faulty = FaultyRuntime::new(runtime, faults.clone(), clock.clone());
        let runtime: SharedRuntime = Arc::new(faulty.clone());
        let groups =
            Groups::open(runtime.clone(), data.store(), clock.clone(), ids.clone(), platform).await?;
        let resource_groups = ResourceGroups::open(data.store())?;
        let profiles = neighbours.group_profiles.clone();
        let limits = SharedLimits::new(settings.limits.clone());
        let ngroups = NGroups::open(
            groups.clone(),
            profiles,
            limits.clone(),
            data.store(),
            clock.clone(),
            ids.clone(),
        )?;
        let deployments = Deployments::open(data.store(), clock.now())?;
        // Deployments first, which make new resources; then NGroups, which would make their members anew; then container
        // groups, which hold subnets and identities.
        let contents: Vec<Box<dyn Contents>> = vec![
            Box::new(deployments.clone()),
            Box::new(ngroups.clone()),
            Box::new(groups.clone()),
            Box::new(neighbours.clone()),
        ];
        Ok(App {
            deletions: Deletions::resume(resource_groups.clone(), contents),
            groups,
            ngroups,
            resource_groups,
            neighbours,
            deployments,
            policy: Arc::new(settings.policy.clone()),
            faults,
            snapshots: Snapshots::new(data.store()),
            windows: Arc::default(),
            faulty,
            limits,
            usage: Arc::new(UsageBook::new(runtime.clone(), clock.clone())),
            runtime,
            clock,
            ids,
            authority,
            sessions: Arc::default(),
            ca_pem: ca_pem.into(),
        })
    }
}

impl Running {
    /// Ends in order: requests under way are answered, websockets closed, state is on disk, containers keep running.
    pub async fn shutdown(self) {
        // A clock that stands would let nobody stop waiting.
        if let Some(dial) = self.clock.dial() {
            dial.run();
        }
        self.server.stop(&self.clock).await;
        if let Some(dns) = self.dns {
            dns.shutdown().await;
        }
        self.sessions.shutdown().await;
        self.deployments.shutdown().await;
        self.deletions.shutdown().await;
        self.ngroups.shutdown().await;
        self.groups.shutdown().await;
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, "The accepting task ended badly");
        }
    }
}
