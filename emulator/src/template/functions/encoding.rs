//! Base64, data URIs and URIs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::{Call, Function, function};
use crate::template::fault::Fault;

/// What RFC 3986 reserves nothing for.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64", (1, 1), |call| Ok(BASE64.encode(call.text(0)?).into())),
    function("base64ToString", (1, 1), |call| Ok(decoded(call, call.text(0)?)?.into())),
    function("base64ToJson", (1, 1), |call| {
        let text = decoded(call, call.text(0)?)?;
        serde_json::from_str(&text).map_err(|_| call.fault("the value is not JSON"))
    }),
    function("dataUri", (1, 1), |call| {
        Ok(format!("data:text/plain;charset=utf8;base64,{}", BASE64.encode(call.text(0)?)).into())
    }),
    function("dataUriToString", (1, 1), |call| {
        let (_, data) =
            call.text(0)?.split_once(',').ok_or_else(|| call.fault("the value is not a data URI"))?;
        Ok(decoded(call, data)?.into())
    }),
    function("uriComponent", (1, 1), |call| {
        Ok(utf8_percent_encode(call.text(0)?, COMPONENT).to_string().into())
    }),
    function("uriComponentToString", (1, 1), |call| {
        Ok(percent_decode_str(call.text(0)?).decode_utf8_lossy().into_owned().into())
    }),
    function("uri", (2, 2), uri),
];

fn decoded(call: &Call<'_>, text: &str) -> Result<String, Fault> {
    let bytes = BASE64.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    bytes.ok_or_else(|| call.fault("the value is not a base64 string"))
}

/// The base up to its last slash, and the relative part; of a base without a path the whole ("uri", DOC).
fn uri(call: &Call<'_>) -> Result<Value, Fault> {
    let (base, relative) = (call.text(0)?, call.text(1)?);
    let host =
        base.find("://").map(|at| at + 3).ok_or_else(|| call.fault("the base is not an absolute URI"))?;
    let folder = match base[host..].rfind('/') {
        _ if relative.starts_with('/') => {
            base[host..].find('/').map_or(base, |at| &base[..host + at]).to_owned()
        }
        Some(at) => base[..=host + at].to_owned(),
        None => format!("{base}/"),
    };
    Ok(format!("{folder}{relative}").into())
}
