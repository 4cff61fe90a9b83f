//! Who may do what, by the word of an API server that answers as scripted.

use std::sync::Mutex;
use std::time::Duration;

use aci_provider::clock::Clock;
use aci_provider::kubelet::{AccessAttributes, ReviewError, ReviewTtls, Reviews, User};
use async_trait::async_trait;
use futures::future::BoxFuture;
use jiff::Timestamp;
use reqwest::Method;

use super::*;

/// All routes, and one that is none.
const ROUTES: [&str; 20] = [
    "/containerLogs/default/web/app",
    "/exec/default/web/app?output=1&command=ls",
    "/exec/default/web/u-1/app?output=1&command=ls",
    "/attach/default/web/app?output=1",
    "/attach/default/web/u-1/app?output=1",
    "/portForward/default/web",
    "/portForward/default/web/u-1",
    "/stats/summary",
    "/stats/summary/",
    "/metrics",
    "/metrics/resource",
    "/metrics/resource/",
    "/metrics/cadvisor",
    "/pods",
    "/pods/",
    "/runningpods",
    "/runningpods/",
    "/healthz",
    "/configz",
    "/nowhere",
];

/// An API server's answers, and what it was asked.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    tokens: BTreeMap<String, User>,
    allowed: Vec<(&'static str, &'static str)>,
    is_down: bool,
    asked: Vec<String>,
}

impl Scripted {
    /// Knows the token `good` as alice's, who may do these.
    fn allowing(allowed: &[(&'static str, &'static str)]) -> Self {
        let alice = User {
            name: "alice".to_owned(),
            groups: vec!["people".to_owned(), "system:authenticated".to_owned()],
            ..User::default()
        };
        let tokens = BTreeMap::from([("good".to_owned(), alice)]);
        let script = Script { tokens, allowed: allowed.to_vec(), ..Script::default() };
        Self(Arc::new(Mutex::new(script)))
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }

    fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.0.lock().unwrap());
    }
}

#[async_trait]
impl Reviews for Scripted {
    async fn owner(&self, token: &str) -> Result<Option<User>, ReviewError> {
        let mut script = self.0.lock().unwrap();
        script.asked.push(format!("token {token}"));
        if script.is_down {
            Err(ReviewError("down".to_owned()))
        } else {
            Ok(script.tokens.get(token).cloned())
        }
    }

    async fn allows(&self, user: &User, attributes: &AccessAttributes) -> Result<bool, ReviewError> {
        let mut script = self.0.lock().unwrap();
        let AccessAttributes { node, verb, subresource } = attributes;
        let User { name, groups, .. } = user;
        script.asked.push(format!("{name} {groups:?} {verb} {node}/{subresource}"));
        match script.is_down {
            true => Err(ReviewError("down".to_owned())),
            false => Ok(script.allowed.contains(&(*verb, *subresource))),
        }
    }
}

/// A clock that is set by hand.
struct SetClock(Mutex<Timestamp>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

async fn kubelet(reviews: &Scripted, clients: TrustedClients) -> (Kubelet, Arc<SetClock>) {
    let clock = Arc::new(SetClock(Mutex::new(Timestamp::UNIX_EPOCH)));
    let gate = Gate::reviewed(reviews.clone(), "n", ReviewTtls::default(), clock.clone());
    (Kubelet::serve(Setup { clients, gate: Some(gate), ..Setup::default() }).await, clock)
}

async fn ask(kubelet: &Kubelet, token: &str, method: Method, path: &str) -> (u16, String) {
    let request = client(None).request(method, format!("{}{path}", kubelet.url)).bearer_auth(token);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn an_anonymous_client_gets_401_on_every_route_by_every_method() {
    let everything = Scripted::allowing(&[("get", "proxy"), ("create", "proxy")]);
    let ca = TrustedClients::Ca(Authority::new().pem());
    let reviewed = kubelet(&everything, ca.clone()).await.0;
    let certified = Kubelet::start(ca).await;
    for kubelet in [reviewed, certified] {
        for path in ROUTES {
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
                let request = client(None).request(method.clone(), format!("{}{path}", kubelet.url));
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 401, "{method} {path}");
                assert_eq!(answer.text().await.unwrap(), "Unauthorized", "{method} {path}");
            }
        }
    }
    assert_eq!(everything.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_is_reviewed_and_then_what_its_owner_may_do() {
    let reviews = Scripted::allowing(&[("get", "metrics"), ("get", "pods")]);
    let (kubelet, _) = kubelet(&reviews, TrustedClients::Anyone).await;
    assert_eq!(ask(&kubelet, "good", Method::GET, "/pods").await.0, 200);
    let alice = r#"alice ["people", "system:authenticated"]"#;
    assert_eq!(reviews.asked(), ["token good".to_owned(), format!("{alice} get n/pods")]);
    let (status, text) =
        ask(&kubelet, "good", Method::POST, "/exec/default/web/app?output=1&command=ls").await;
    assert_eq!(status, 403);
    assert_eq!(text, "Forbidden (user=alice, verb=create, resource=nodes, subresource(s)=[proxy])\n");
    assert_eq!(reviews.asked(), [format!("{alice} create n/proxy")]);
    let (status, text) = ask(&kubelet, "good", Method::GET, "/configz").await;
    assert_eq!(status, 403);
    assert!(text.contains("subresource(s)=[configz proxy]"), "{text}");
    assert_eq!(ask(&kubelet, "bad", Method::GET, "/pods").await, (401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn the_coarse_subresource_is_enough_where_there_is_a_finer_one() {
    let reviews = Scripted::allowing(&[("get", "proxy")]);
    let (kubelet, _) = kubelet(&reviews, TrustedClients::Anyone).await;
    assert_eq!(ask(&kubelet, "good", Method::GET, "/healthz").await.0, 200);
    assert_eq!(ask(&kubelet, "good", Method::GET, "/stats/summary").await.0, 403);
}

#[tokio::test]
async fn the_api_server_s_own_certificate_is_authorized_like_any_other() {
    let ca = Authority::new();
    let reviews = Scripted::allowing(&[("get", "healthz")]);
    let (kubelet, _) = kubelet(&reviews, TrustedClients::Ca(ca.pem())).await;
    assert_eq!(kubelet.get(Some(ca.identity()), "/healthz").await.unwrap().status(), 200);
    assert_eq!(
        reviews.asked(),
        [r#"kube-apiserver-kubelet-client ["system:masters", "system:authenticated"] get n/healthz"#]
    );
    assert_eq!(kubelet.get(Some(ca.identity()), "/metrics").await.unwrap().status(), 403);
}

#[tokio::test]
async fn answers_are_remembered_for_their_times_and_failures_are_not() {
    let reviews = Scripted::allowing(&[("get", "healthz")]);
    let (kubelet, clock) = kubelet(&reviews, TrustedClients::Anyone).await;
    let at = |seconds| *clock.0.lock().unwrap() = Timestamp::from_second(seconds).unwrap();
    let ttls = ReviewTtls::default();
    assert_eq!((ttls.token.as_secs(), ttls.allowed.as_secs(), ttls.refused.as_secs()), (120, 300, 30));

    reviews.change(|script| script.is_down = true);
    assert_eq!(ask(&kubelet, "good", Method::GET, "/healthz").await, (401, "Unauthorized".to_owned()));
    reviews.change(|script| script.is_down = false);
    assert_eq!(ask(&kubelet, "good", Method::GET, "/healthz").await.0, 200);
    assert_eq!(reviews.asked().len(), 3, "a failure, the token, the access");

    reviews.change(|script| script.is_down = true);
    at(119);
    assert_eq!(ask(&kubelet, "good", Method::GET, "/healthz").await.0, 200);
    assert_eq!(ask(&kubelet, "good", Method::GET, "/stats/summary").await.0, 500);
    reviews.change(|script| script.is_down = false);
    assert_eq!(ask(&kubelet, "good", Method::GET, "/stats/summary").await.0, 403);
    reviews.change(|script| script.allowed.push(("get", "stats")));
    reviews.asked();
    assert_eq!(ask(&kubelet, "good", Method::GET, "/stats/summary").await.0, 403, "remembered");
    assert_eq!(reviews.asked(), Vec::<String>::new());

    at(121);
    assert_eq!(ask(&kubelet, "good", Method::GET, "/healthz").await.0, 200);
    assert_eq!(reviews.asked(), ["token good"], "the token's time is over, the permission's is not");
    at(119 + 31);
    assert_ne!(ask(&kubelet, "good", Method::GET, "/stats/summary").await.0, 403, "the refusal's is");
    at(301);
    reviews.asked();
    assert_eq!(ask(&kubelet, "good", Method::GET, "/healthz").await.0, 200);
    assert_eq!(reviews.asked().len(), 2, "everything is asked anew");
}
