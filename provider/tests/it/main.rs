//! Integration tests: the provider's edges in one process, without a cluster and without Azure.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests; clippy only knows those with the attribute"
)]

mod kubelet;
