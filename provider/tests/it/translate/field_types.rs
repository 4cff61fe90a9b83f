//! The types of the Kubernetes API by their fields, read off the way in which they are deserialised.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// The fields of each type; a field of a type of its own names it.
pub(crate) type Types = BTreeMap<String, Vec<(String, Option<String>)>>;

/// The types that `T` is made of, itself included.
pub(crate) fn of<'de, T: Deserialize<'de>>() -> Types {
    let mut recorder = Recorder::default();
    T::deserialize(&mut recorder).map(drop).unwrap();
    recorder.types
}

#[derive(Default)]
struct Recorder {
    types: Types,
    /// The type that was deserialised last, for the field that holds it.
    last: Option<String>,
}

/// Why a type cannot be walked.
#[derive(Debug)]
struct Unwalkable(String);

impl fmt::Display for Unwalkable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unwalkable {}

impl serde::de::Error for Unwalkable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A value of every type is made up: one element in a list, one entry in a map, every field in a struct.
impl<'de> Deserializer<'de> for &mut Recorder {
    type Error = Unwalkable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unwalkable> {
        // A text that is a time as well, as some texts have to be.
        visitor.visit_str("2026-01-01T00:00:00Z")
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unwalkable> {
        visitor.visit_bool(true)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unwalkable> {
        visitor.visit_i32(0)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unwalkable> {
        visitor.visit_i64(0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unwalkable> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unwalkable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unwalkable> {
        visitor.visit_seq(Once { recorder: self, left: true })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unwalkable> {
        visitor.visit_map(Once { recorder: self, left: true })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unwalkable> {
        let value = visitor.visit_map(Fields { recorder: self, of: name, left: fields.iter() })?;
        self.last = Some(name.to_owned());
        Ok(value)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct enum identifier ignored_any
    }
}

struct Once<'a> {
    recorder: &'a mut Recorder,
    left: bool,
}

impl<'de> SeqAccess<'de> for Once<'_> {
    type Error = Unwalkable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unwalkable> {
        match std::mem::take(&mut self.left) {
            true => seed.deserialize(&mut *self.recorder).map(Some),
            false => Ok(None),
        }
    }
}

impl<'de> MapAccess<'de> for Once<'_> {
    type Error = Unwalkable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unwalkable> {
        match std::mem::take(&mut self.left) {
            true => seed.deserialize(StrDeserializer::new("key")).map(Some),
            false => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unwalkable> {
        seed.deserialize(&mut *self.recorder)
    }
}

struct Fields<'a> {
    recorder: &'a mut Recorder,
    of: &'static str,
    left: std::slice::Iter<'static, &'static str>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Unwalkable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unwalkable> {
        let Some(field) = self.left.as_slice().first() else { return Ok(None) };
        seed.deserialize(StrDeserializer::new(field)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unwalkable> {
        let field = self.left.next().ok_or_else(|| Unwalkable::custom("a value without a key"))?;
        self.recorder.last = None;
        let value = seed.deserialize(&mut *self.recorder)?;
        let holds = self.recorder.last.take();
        let fields = self.recorder.types.entry(self.of.to_owned()).or_default();
        if !fields.iter().any(|(known, _)| known == field) {
            fields.push(((*field).to_owned(), holds));
        }
        Ok(value)
    }
}

#[test]
fn types_are_walked_to_their_ends() {
    let types = of::<k8s_openapi::api::core::v1::PodSpec>();
    assert!(types["PodSpec"].contains(&("containers".to_owned(), Some("Container".to_owned()))));
    assert!(types["Container"].contains(&("livenessProbe".to_owned(), Some("Probe".to_owned()))));
    assert!(types["PodSpec"].contains(&("hostNetwork".to_owned(), None)));
    assert!(types.len() > 60, "{} types", types.len());
}
