//! Which failures pass, and how long to wait for it.

use std::time::Duration;

use super::ArmError;

/// Attempts of one call; the numbers are those of Azure's own SDK pipelines.
const MAX_ATTEMPTS: u32 = 4;
/// The wait before the second attempt; doubled for each further one.
const FIRST_DELAY: Duration = Duration::from_millis(800);
/// Beyond this a caller had better decide itself what to do meanwhile.
const MAX_DELAY: Duration = Duration::from_secs(8);

/// What a failed call means for the one who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same call may succeed later, without anybody changing anything.
    Transient,
    /// ARM asks for fewer calls.
    Throttled,
    /// The request itself is wrong: the same one never succeeds.
    Permanent,
    /// The image could not be read; registries and credentials heal, so it is tried again, slowly.
    Image,
    /// Something around the request is wrong (permission, resource group, quota): an operator's business.
    Environment,
}

/// What `error` means.
pub fn verdict(error: &ArmError) -> Verdict {
    let ArmError::Refused { status, body, .. } = error else { return Verdict::Transient };
    match (*status, body.code.as_str()) {
        (429, _) => Verdict::Throttled,
        (408 | 409 | 425 | 500..=599, _) => Verdict::Transient,
        (_, "InaccessibleImage" | "MultipleErrorsOccurred") if names_image(&body.message, &body.code) => {
            Verdict::Image
        }
        (401 | 403 | 404, _) => Verdict::Environment,
        // Quota and capacity answers come as 400 as well as 409.
        (_, "ServiceUnavailable" | "ContainerGroupQuotaReached" | "InsufficientCapacity") => {
            Verdict::Environment
        }
        (_, "ServiceAssociationLinkNotReady" | "SubnetDelegationsNotReady") => Verdict::Transient,
        _ => Verdict::Permanent,
    }
}

fn names_image(message: &str, code: &str) -> bool {
    code == "InaccessibleImage" || message.contains("InaccessibleImage")
}

/// The wait before another attempt of the same call; `None` when it is not worth one.
pub(crate) fn delay(error: &ArmError, attempt: u32) -> Option<Duration> {
    let (passes, asked) = match error {
        ArmError::Refused { status, retry_after, .. } => {
            (matches!(status, 408 | 429 | 500 | 502 | 503 | 504), *retry_after)
        }
        ArmError::Transport(_) => (true, None),
        ArmError::Credential(_) | ArmError::Protocol(_) => (false, None),
    };
    let wait = asked.unwrap_or(FIRST_DELAY * 2u32.saturating_pow(attempt.saturating_sub(1)));
    (passes && attempt < MAX_ATTEMPTS && wait <= MAX_DELAY).then_some(wait)
}

#[cfg(test)]
mod tests {
    use aci_model::error::CloudErrorBody;

    use super::*;

    fn answer(status: u16, code: &str, retry_after: Option<u64>) -> ArmError {
        let body = CloudErrorBody { code: code.to_owned(), ..CloudErrorBody::default() };
        ArmError::Refused { status, body, retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn validation_errors_are_permanent_and_overload_is_not() {
        let table = [
            (answer(400, "InvalidContainerGroup", None), Verdict::Permanent),
            (answer(400, "InaccessibleImage", None), Verdict::Image),
            (answer(409, "ContainerGroupTransitioning", None), Verdict::Transient),
            (answer(429, "TooManyRequests", Some(7)), Verdict::Throttled),
            (answer(503, "ServiceUnavailable", None), Verdict::Transient),
            (answer(403, "AuthorizationFailed", None), Verdict::Environment),
            (answer(404, "ResourceGroupNotFound", None), Verdict::Environment),
            (ArmError::Transport("refused".to_owned()), Verdict::Transient),
        ];
        for (error, expected) in table {
            assert_eq!(verdict(&error), expected, "{error}");
        }
    }

    #[test]
    fn retry_after_is_obeyed_and_a_long_one_left_to_the_caller() {
        assert_eq!(delay(&answer(429, "", Some(2)), 1), Some(Duration::from_secs(2)));
        assert_eq!(delay(&answer(429, "", Some(120)), 1), None);
    }

    #[test]
    fn delays_double_and_end() {
        let error = answer(503, "", None);
        let delays: Vec<_> = (1..=4).map(|attempt| delay(&error, attempt)).collect();
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(delays, [ms(800), ms(1600), ms(3200), None]);
    }
}
