//! Bodies as ARM reads them: what cannot be read is refused in the words of the deserializer behind Azure.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::error::ArmError;
use crate::limits::BODY_BYTES;

/// A JSON body with its text, which tells where a property is missing.
#[derive(Clone, Debug)]
pub struct JsonBody<T> {
    /// The body.
    pub value: T,
    text: String,
}

impl<T: DeserializeOwned> JsonBody<T> {
    /// Reads a body.
    ///
    /// # Errors
    /// `InvalidRequestContent`, with the path of the property.
    pub fn parse(bytes: &[u8]) -> Result<Self, ArmError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| ArmError::invalid_request_content("The content is not valid UTF-8."))?;
        let text = text.trim_start_matches('\u{feff}').to_owned();
        if text.trim().is_empty() {
            return Err(ArmError::invalid_request_content(
                "Unexpected end of content. Path '', line 1, position 0.",
            ));
        }
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        let value = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| refusal(&error.path().to_string(), error.inner()))?;
        deserializer.end().map_err(|error| refusal("", &error))?;
        Ok(Self { value, text })
    }
}

impl<T> JsonBody<T> {
    /// Line and position of the end of the object at a path such as `properties.containers[0]`, which is where
    /// Newtonsoft notices that a required property did not come.
    pub fn end_of(&self, path: &str) -> (usize, usize) {
        let end = object_end(&self.text, path).unwrap_or(self.text.len());
        let before = self.text.get(..end).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let position = before.rsplit('\n').next().map_or(0, |last| last.chars().count());
        (line, position)
    }
}

fn object_end(text: &str, path: &str) -> Option<usize> {
    let mut raw = text.trim();
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        raw = match step.strip_suffix(']').and_then(|index| index.parse::<usize>().ok()) {
            Some(index) => serde_json::from_str::<Vec<&RawValue>>(raw).ok()?.get(index)?.get(),
            None => serde_json::from_str::<IndexMap<String, &RawValue>>(raw).ok()?.get(step)?.get(),
        };
    }
    let start = (raw.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    Some(start + raw.len())
}

fn refusal(path: &str, error: &serde_json::Error) -> ArmError {
    let path = if path == "." { "" } else { path };
    let (line, position) = (error.line(), error.column());
    let what = match error.classify() {
        Category::Eof => "Unexpected end of content".to_owned(),
        Category::Syntax | Category::Io => "Unexpected character encountered".to_owned(),
        Category::Data => {
            // The position is serde's suffix; Newtonsoft's own follows.
            let text = error.to_string();
            let cut = text.rfind(" at line ").unwrap_or(text.len());
            format!("Error converting value: {}", &text[..cut])
        }
    };
    ArmError::invalid_request_content(&format!("{what}. Path '{path}', line {line}, position {position}."))
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ArmError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ArmError> {
        Self::parse(&bytes(request, state).await?)
    }
}

/// The whole body.
///
/// # Errors
/// `RequestContentTooLarge`, or `InvalidRequestContent` when the connection broke.
pub async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ArmError> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ArmError::request_too_large(BODY_BYTES),
        _ => ArmError::invalid_request_content("The content ended early."),
    })
}

#[cfg(test)]
mod tests {
    use aci_model::group::ContainerGroup;

    use super::*;

    #[test]
    fn a_value_of_the_wrong_kind_is_refused_with_its_path_and_place() {
        let body = br#"{"properties":{"containers":[{"name":7}]}}"#;
        let error = JsonBody::<ContainerGroup>::parse(body).unwrap_err();
        let text = format!("{error:?}");
        assert!(text.contains("Path 'properties.containers[0].name', line 1, position 38"), "{text}");
    }

    #[test]
    fn the_end_of_an_object_is_found_by_its_path() {
        let text = "{\n \"a\": [{\"b\": {}}, {\"c\": 1}]\n}";
        let body = JsonBody::<serde_json::Value>::parse(text.as_bytes()).unwrap();
        assert_eq!(body.end_of("a[1]"), (2, 26));
        assert_eq!(body.end_of(""), (3, 1));
        assert_eq!(body.end_of("nowhere"), (3, 1));
    }

    #[test]
    fn broken_and_empty_bodies_are_refused() {
        for body in [&b""[..], b"{", b"{} {}", b"\xff", b"[1,"] {
            let error = JsonBody::<ContainerGroup>::parse(body).unwrap_err();
            assert_eq!(error.code(), "InvalidRequestContent");
        }
    }
}
