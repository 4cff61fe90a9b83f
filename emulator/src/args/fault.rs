//! `aci-emulator fault …`: failures on demand, asked of an emulator that runs.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// Failures on demand.
#[derive(Debug, Args)]
pub(super) struct FaultArgs {
    /// The emulator.
    #[arg(long, env = "ACI_EMULATOR_URL", default_value = "http://127.0.0.1:4580", global = true)]
    url: String,
    #[command(subcommand)]
    command: FaultCommand,
}

#[derive(Debug, Subcommand)]
enum FaultCommand {
    /// Make something fail; prints the id.
    Add(Box<AddArgs>),
    /// Show what fails, and how often it has.
    List,
    /// Let it work again.
    Remove {
        /// The id, as `add` printed it.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// Everything.
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
struct AddArgs {
    /// error, throttled, transitioning, noCapacity, delay, hang, drop, halfBody (calls); imagePull, slowPull, oomKill,
    /// crash, probeFails, mountFails, infrastructureError, platformKill, spotEviction, nodeLoss (containers).
    kind: String,
    /// Which operations, by the name that roles have for them: `*/containerGroups/write`.
    #[arg(long, value_name = "PATTERN")]
    operation: Option<String>,
    /// Which api-versions.
    #[arg(long, value_name = "PATTERN")]
    api_version: Option<String>,
    /// Which subscriptions.
    #[arg(long, value_name = "PATTERN")]
    subscription: Option<String>,
    /// Which resource groups.
    #[arg(long, short = 'g', value_name = "PATTERN")]
    resource_group: Option<String>,
    /// Which container groups, or other resources.
    #[arg(long, short, value_name = "PATTERN")]
    name: Option<String>,
    /// Which containers.
    #[arg(long, value_name = "PATTERN")]
    container: Option<String>,
    /// Which images.
    #[arg(long, value_name = "PATTERN")]
    image: Option<String>,
    /// Azure's code, for `error`.
    #[arg(long)]
    code: Option<String>,
    /// Another status than the code's.
    #[arg(long)]
    status: Option<u16>,
    /// Other words than the code's, or those of a failing probe.
    #[arg(long)]
    message: Option<String>,
    /// What Retry-After says.
    #[arg(long, value_name = "SECONDS")]
    retry_after: Option<u32>,
    /// notFound, unauthorized, unreachable, timeout, rateLimited, wrongPlatform, invalidReference; for `imagePull`.
    #[arg(long)]
    failure: Option<String>,
    /// How long, for `delay` and `slowPull`.
    #[arg(long)]
    seconds: Option<f64>,
    /// How long after the start, for what strikes containers that run.
    #[arg(long, value_name = "SECONDS")]
    after: Option<f64>,
    /// For `crash`.
    #[arg(long)]
    exit_code: Option<i32>,
    /// Only the next so many.
    #[arg(long, value_name = "COUNT")]
    next: Option<u64>,
    /// Only a share of them, 0 to 1.
    #[arg(long)]
    share: Option<f64>,
    /// What chooses among them.
    #[arg(long, requires = "share")]
    seed: Option<u64>,
    /// Also after a restart of the emulator.
    #[arg(long)]
    keep: bool,
}

impl AddArgs {
    /// The rule; whether it makes sense is for the emulator to say.
    fn rule(&self) -> Value {
        let fault = object([
            ("kind", Some(json!(self.kind))),
            ("code", self.code.as_ref().map(|it| json!(it))),
            ("status", self.status.map(|it| json!(it))),
            ("message", self.message.as_ref().map(|it| json!(it))),
            ("retryAfterSeconds", self.retry_after.map(|it| json!(it))),
            ("failure", self.failure.as_ref().map(|it| json!(it))),
            ("seconds", self.seconds.map(|it| json!(it))),
            ("afterSeconds", self.after.map(|it| json!(it))),
            ("exitCode", self.exit_code.map(|it| json!(it))),
        ]);
        let text = |value: &Option<String>| value.as_ref().map(|it| json!(it));
        let scope = object([
            ("operation", text(&self.operation)),
            ("apiVersion", text(&self.api_version)),
            ("subscription", text(&self.subscription)),
            ("resourceGroup", text(&self.resource_group)),
            ("name", text(&self.name)),
            ("container", text(&self.container)),
            ("image", text(&self.image)),
        ]);
        let times = object([
            ("next", self.next.map(|it| json!(it))),
            ("share", self.share.map(|it| json!(it))),
            ("seed", self.seed.map(|it| json!(it))),
        ]);
        json!({ "match": scope, "fault": fault, "times": times, "keep": self.keep })
    }
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect::<Map<_, _>>())
}

impl FaultArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match &self.command {
            FaultCommand::Add(add) => {
                let added = ask(&self.url, Method::POST, "/_emulator/faults", Some(add.rule())).await?;
                println!("{}", added["id"].as_str().unwrap_or_default());
            }
            FaultCommand::List => {
                let all = ask(&self.url, Method::GET, "/_emulator/faults", None).await?;
                for rule in all["value"].as_array().into_iter().flatten() {
                    println!(
                        "{}  fired {} of {}  {}  {}",
                        rule["id"].as_str().unwrap_or_default(),
                        rule["fired"],
                        rule["matched"],
                        rule["fault"],
                        rule["match"],
                    );
                }
            }
            FaultCommand::Remove { id, .. } => {
                let path = id.as_ref().map_or_else(String::new, |id| format!("/{id}"));
                ask(&self.url, Method::DELETE, &format!("/_emulator/faults{path}"), None).await?;
            }
        }
        Ok(())
    }
}

/// Asks an emulator; an answer without a body is null.
pub(super) async fn ask(url: &str, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
    // A second installation is refused, and fine.
    let _second = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let request = client.request(method, format!("{}{path}", url.trim_end_matches('/')));
    let request = if let Some(body) = body { request.json(&body) } else { request };
    let answer = request.send().await.with_context(|| format!("no emulator answers on {url}"))?;
    let status = answer.status();
    let text = answer.text().await?;
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    if !status.is_success() {
        bail!("{}", value["error"]["message"].as_str().unwrap_or(&text));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::faults::Rule;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        fault: FaultArgs,
    }

    #[test]
    fn a_command_line_is_a_rule_that_the_emulator_reads() {
        let line =
            ["fault", "add", "crash", "-n", "web*", "--exit-code", "3", "--after", "1.5", "--next", "2"];
        let FaultCommand::Add(add) = Line::parse_from(line).fault.command else { panic!("not an addition") };
        let rule: Rule = serde_json::from_value(add.rule()).unwrap();
        rule.check().unwrap();
        assert_eq!(rule.scope.name.as_deref(), Some("web*"));
        assert_eq!(rule.times.next, Some(2));
        assert_eq!(rule.fault, crate::faults::Fault::Crash { exit_code: 3, after_seconds: 1.5 });
    }
}
