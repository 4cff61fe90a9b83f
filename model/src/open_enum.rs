//! Enumerations that survive a value they do not know.
//!
//! Azure adds members with every api-version and answers an unknown one with an error of its own (for
//! example `InvalidOsType`). A closed enum would turn that into a parse error and lose the caller's word,
//! so each of ours keeps it in `Other`.

/// Declares an enum whose variants have a wire spelling, plus `Other` for any other word.
///
/// Parsing ignores case, as Azure's own deserializer does; known words are written in Azure's spelling.
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A word that this version of the model does not know, as the caller wrote it.
            Other(String),
        }

        impl $name {
            /// Every word that is known, in Azure's spelling and order.
            $vis const KNOWN: &'static [&'static str] = &[$($word),+];

            /// The wire spelling.
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($word) { return Self::$variant; })+
                Self::Other(word.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(word.as_ref()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    open_enum! {
        /// A colour.
        enum Colour {
            /// Like blood.
            Red = "Red",
        }
    }

    #[test]
    fn a_known_word_in_any_case_is_written_in_azures_spelling() {
        let colour: Colour = serde_json::from_str("\"rED\"").unwrap();
        assert_eq!(colour, Colour::Red);
        assert_eq!(Colour::KNOWN, ["Red"]);
        assert_eq!(serde_json::to_string(&colour).unwrap(), "\"Red\"");
    }

    #[test]
    fn an_unknown_word_is_kept_as_written() {
        let colour: Colour = serde_json::from_str("\"Mauve\"").unwrap();
        assert_eq!(colour, Colour::Other("Mauve".to_owned()));
        assert_eq!(serde_json::to_string(&colour).unwrap(), "\"Mauve\"");
    }
}
