//! The types that parameters and outputs can have.

use serde_json::Value;

use super::evaluate::kind;
use super::fault::Fault;

/// A type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A text that nobody gets to see again.
    SecureText,
    /// A whole number.
    Integer,
    /// A truth value.
    Boolean,
    /// An object.
    Object,
    /// An object that nobody gets to see again.
    SecureObject,
    /// An array.
    Array,
}

impl Kind {
    /// Reads a type in any case; `None` for an unknown one.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "string" => Self::Text,
            "securestring" => Self::SecureText,
            "int" => Self::Integer,
            "bool" => Self::Boolean,
            "object" => Self::Object,
            "secureobject" => Self::SecureObject,
            "array" => Self::Array,
            _ => return None,
        })
    }

    /// Its name as a deployment shows it ("Deployments - Get", DOC).
    pub fn shown(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::SecureText => "SecureString",
            Self::Integer => "Int",
            Self::Boolean => "Bool",
            Self::Object => "Object",
            Self::SecureObject => "SecureObject",
            Self::Array => "Array",
        }
    }

    /// Whether its values are kept from everybody's eyes.
    pub fn is_secure(self) -> bool {
        matches!(self, Self::SecureText | Self::SecureObject)
    }

    /// The value as one of this type: a text of digits is a number too, as the command line gives it.
    ///
    /// # Errors
    /// [`Fault::Shape`]; the words are USER.
    pub fn accept(self, name: &str, value: Value) -> Result<Value, Fault> {
        let (fits, expected) = match self {
            Self::Text | Self::SecureText => (value.is_string(), "String, Uri"),
            Self::Integer => (value.is_i64() || value.is_u64(), "Integer"),
            Self::Boolean => (value.is_boolean(), "Boolean"),
            Self::Object | Self::SecureObject => (value.is_object(), "Object"),
            Self::Array => (value.is_array(), "Array"),
        };
        if fits {
            return Ok(value);
        }
        let read = match (self, value.as_str()) {
            (Self::Integer, Some(text)) => text.parse::<i64>().ok().map(Value::from),
            (Self::Boolean, Some(text)) => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
            _ => None,
        };
        read.ok_or_else(|| {
            Fault::Shape(format!(
                "The template parameter '{name}' is not valid: Template parameter JToken type is not valid. Expected \
                 '{expected}'. Actual '{}'. Please see https://aka.ms/arm-syntax-parameters for usage details.",
                kind(&value)
            ))
        })
    }
}
