//! A server of one repository: the answers of `git http-backend` 2.47, kept as they came.
//!
//! The repository has the branches `main` (README.md `second`) and `side` (README.md `side`) and the tag `v1`, where
//! README.md is `first`; besides `run.sh`, which may be executed, `docs/page.txt` and `link`, which leads to README.md.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;

/// The commit that the tag `v1` stands for.
pub(crate) const FIRST: &str = "3591e7550826abb62ab06c2a052e9ecfe87d1d0a";

const INFO_REFS: &[u8] = include_bytes!("../data/git/info-refs");
const LS_REFS: &[u8] = include_bytes!("../data/git/ls-refs");
const FETCH: &[u8] = include_bytes!("../data/git/fetch");

fn holds(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|window| window == words)
}

/// Serves the repository as `/app.git`, and as `/private.git` to nobody.
pub(crate) async fn serve() -> SocketAddr {
    let advertise = || async { ([(CONTENT_TYPE, "application/x-git-upload-pack-advertisement")], INFO_REFS) };
    let upload = |body: Bytes| async move {
        let answer = if holds(&body, b"command=ls-refs") { LS_REFS } else { FETCH };
        ([(CONTENT_TYPE, "application/x-git-upload-pack-result")], answer)
    };
    let refuse = |headers: HeaderMap| async move {
        let asked = headers.contains_key(AUTHORIZATION);
        (StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic realm=\"x\"")], format!("told who: {asked}"))
    };
    let routes = Router::new()
        .route("/app.git/info/refs", get(advertise))
        .route("/app.git/git-upload-pack", post(upload))
        .route("/private.git/info/refs", get(refuse));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    addr
}
