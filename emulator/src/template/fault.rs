//! Why an expression has no value: it is wrong, or it asks for what only a running deployment knows.

use serde_json::Value;
use thiserror::Error;

/// What is wrong with a template or an expression in it; the words are those that Azure puts into its refusal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The text is no expression.
    #[error("The language expression '{text}' is not valid: {detail}.")]
    Syntax {
        /// The expression.
        text: String,
        /// What is wrong with it.
        detail: String,
    },
    /// There is no such function.
    #[error(
        "The template function '{0}' is not valid. Please see https://aka.ms/arm-functions for usage details."
    )]
    UnknownFunction(String),
    /// The function exists, but not here.
    #[error(
        "The template function '{0}' is not expected at this location. Please see \
         https://aka.ms/arm-functions for usage details."
    )]
    NotHere(String),
    /// A function cannot do with its arguments what it is for.
    #[error(
        "Unable to evaluate template language function '{function}': {detail}. Please see \
         https://aka.ms/arm-functions for usage details."
    )]
    Argument {
        /// The function.
        function: String,
        /// What it expects.
        detail: String,
    },
    /// There is no such parameter.
    #[error(
        "The template parameter '{0}' is not found. Please see https://aka.ms/arm-syntax-parameters for usage \
         details."
    )]
    ParameterNotFound(String),
    /// There is no such variable.
    #[error(
        "The template variable '{0}' is not found. Please see https://aka.ms/arm-syntax-variables for usage \
         details."
    )]
    VariableNotFound(String),
    /// A parameter or variable leads back to itself.
    #[error("Circular dependency detected on template {kind} '{name}'.")]
    Circular {
        /// Which of the two.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// An object lacks a property.
    #[error(
        "The language expression property '{name}' doesn't exist, available properties are '{available}'."
    )]
    NoProperty {
        /// The property.
        name: String,
        /// Those that there are.
        available: String,
    },
    /// An array is shorter.
    #[error("The language expression property array index '{0}' is out of bounds.")]
    OutOfBounds(i64),
    /// What a property was asked of has none.
    #[error(
        "The language expression property '{name}' can't be evaluated, the value is of type '{kind}' and not an \
         object or array."
    )]
    NotSelectable {
        /// The property.
        name: String,
        /// What it was asked of.
        kind: &'static str,
    },
    /// A part of the template is not what it has to be.
    #[error("{0}")]
    Shape(String),
}

/// What only a running deployment knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// The resource.
    pub id: String,
    /// The version to ask with.
    pub api_version: String,
    /// The action, such as `listKeys`; a read where there is none.
    pub action: Option<String>,
    /// The body of the action.
    pub body: Value,
}

/// Why an evaluation ended without a value.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Interrupt {
    /// It never will have one.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It will have one once this is answered.
    #[error("the value depends on '{}'", .0.id)]
    Need(Box<Need>),
}

impl Interrupt {
    /// The fault, where there must be no need: at places that are evaluated before anything is deployed.
    pub fn settled(self, function: &str) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Need(_) => Fault::NotHere(function.to_owned()),
        }
    }
}
