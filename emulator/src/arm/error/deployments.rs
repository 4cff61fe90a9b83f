//! Failures of deployments; the marks are those of the module above.

use aci_model::error::CloudErrorBody;
use http::StatusCode;
use jiff::Timestamp;

use super::ArmError;
use crate::template::fault::Fault;

/// Where every sentence about deployments ends.
const USAGE: &str = "Please see https://aka.ms/arm-deploy for usage details.";

impl ArmError {
    /// The error as it stands in other answers.
    pub fn detail(&self) -> CloudErrorBody {
        self.body.error.clone()
    }

    /// USER: a template, or what it was given, is wrong.
    pub fn invalid_template(fault: &Fault) -> Self {
        Self::bad_request("InvalidTemplate", format!("Deployment template validation failed: '{fault}'."))
    }

    /// USER: an expression of a resource has no value.
    pub fn invalid_resource(name: &str, fault: &Fault) -> Self {
        let text =
            format!("Unable to process template language expressions for resource '{name}'. '{fault}'");
        Self::bad_request("InvalidTemplate", text)
    }

    /// USER: an expression of an output has no value.
    pub fn invalid_output(fault: &Fault) -> Self {
        let text = format!(
            "Unable to evaluate template outputs. Please see error details and deployment operations. '{fault}'"
        );
        Self::bad_request("DeploymentOutputEvaluationFailed", text)
    }

    /// USER: what resource providers refuse before anything is deployed.
    pub fn invalid_deployment(name: &str, tracking: &str, details: Vec<CloudErrorBody>) -> Self {
        let text = format!(
            "The template deployment '{name}' is not valid according to the validation procedure. The tracking id is \
             '{tracking}'. See inner errors for details."
        );
        let mut error = Self::bad_request("InvalidTemplateDeployment", text);
        error.body.error.details = details;
        error
    }

    /// WELL-KNOWN: the request has neither a template nor a link to one.
    pub fn template_missing() -> Self {
        Self::bad_request(
            "InvalidDeployment",
            format!("Invalid deployment: neither 'template' nor 'templateLink' is specified. {USAGE}"),
        )
    }

    /// ASSUMED: the emulator reaches nothing outside its machine.
    pub fn template_link() -> Self {
        let text = "Templates and parameters behind a link cannot be fetched by this emulator. Send them inline, as \
                    'az deployment group create --template-file' does.";
        Self::bad_request("InvalidTemplateLink", text)
    }

    /// WELL-KNOWN.
    pub fn deployment_mode(mode: &str) -> Self {
        let text = format!("The deployment mode '{mode}' is not valid here. {USAGE}");
        Self::bad_request("InvalidDeploymentMode", text)
    }

    /// DOC: the naming rule.
    pub fn deployment_name(name: &str) -> Self {
        let text = format!(
            "The provided deployment name '{name}' is not valid: it can have 1 to 64 letters, digits, '-', '_', '.', \
             '(' and ')'."
        );
        Self::bad_request("InvalidDeploymentName", text)
    }

    /// USER.
    pub fn deployment_not_found(name: &str) -> Self {
        Self::not_found("DeploymentNotFound", format!("Deployment '{name}' could not be found.")).by_gateway()
    }

    /// USER: a deployment expires after seven days.
    pub fn deployment_active(name: &str, since: Timestamp) -> Self {
        let shown = |time: Timestamp| time.strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string();
        let expires = since.checked_add(jiff::SignedDuration::from_hours(7 * 24)).unwrap_or(since);
        let text = format!(
            "Unable to edit or replace deployment '{name}': previous deployment from '{}' is still active (expiration \
             time is '{}'). {USAGE}",
            shown(since),
            shown(expires)
        );
        Self::new(StatusCode::CONFLICT, "DeploymentActive", text)
    }

    /// USER.
    pub fn deployment_not_cancelable(name: &str, state: &str) -> Self {
        let text =
            format!("The deployment '{name}' cannot be cancelled because it is in terminal state '{state}'.");
        Self::new(StatusCode::CONFLICT, "DeploymentCannotBeCancelled", text)
    }

    /// ASSUMED: the code is Azure's.
    pub fn deployment_operation_not_found(id: &str, name: &str) -> Self {
        let text = format!("Deployment operation '{id}' of deployment '{name}' could not be found.");
        Self::not_found("DeploymentOperationNotFound", text)
    }
}

/// USER: a deployment of which something failed.
pub fn deployment_failed(id: &str, details: Vec<CloudErrorBody>) -> CloudErrorBody {
    let message = "At least one resource deployment operation failed. Please list deployment operations for details. \
                   Please see https://aka.ms/arm-deployment-operations for usage details.";
    CloudErrorBody {
        code: "DeploymentFailed".to_owned(),
        message: message.to_owned(),
        target: Some(id.to_owned()),
        details,
    }
}

/// USER: a resource whose operation ended badly.
pub fn resource_failed(id: &str, state: &str, details: Vec<CloudErrorBody>) -> CloudErrorBody {
    let message = format!(
        "The resource write operation failed to complete successfully, because it reached terminal provisioning state \
         '{state}'."
    );
    CloudErrorBody {
        code: "ResourceDeploymentFailure".to_owned(),
        message,
        target: Some(id.to_owned()),
        details,
    }
}

/// WELL-KNOWN: a deployment that was stopped.
pub fn deployment_canceled(id: &str) -> CloudErrorBody {
    CloudErrorBody {
        code: "DeploymentCanceled".to_owned(),
        message: "The deployment was canceled.".to_owned(),
        target: Some(id.to_owned()),
        details: Vec::new(),
    }
}
