//! Addresses of public groups: each has one of its own in the loopback range, so that every group's port 80
//! is port 80.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use ring::digest;

use crate::runtime::SandboxId;

/// How many addresses there are: 127.77.0.1 to 127.77.255.254, without the customary network and broadcast.
const COUNT: u32 = 256 * 254;

/// The first free address, from where the deployment's id points to; `None` when all are in use.
///
/// The same id finds the same address again while that is free, so a repeated creation changes nothing.
pub(crate) fn choose(sandbox: &SandboxId, used: &HashSet<Ipv4Addr>) -> Option<Ipv4Addr> {
    let hash = digest::digest(&digest::SHA256, sandbox.0.as_bytes());
    let start = hash.as_ref().iter().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) % COUNT;
    (0..COUNT).map(|step| at((start + step) % COUNT)).find(|address| !used.contains(address))
}

fn at(index: u32) -> Ipv4Addr {
    let [_, _, high, low] = (index / 254 * 256 + index % 254 + 1).to_be_bytes();
    Ipv4Addr::new(127, 77, high, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_ends_before_its_broadcast_address() {
        assert_eq!(at(0), Ipv4Addr::new(127, 77, 0, 1));
        assert_eq!(at(254), Ipv4Addr::new(127, 77, 1, 1));
        assert_eq!(at(COUNT - 1), Ipv4Addr::new(127, 77, 255, 254));
    }

    #[test]
    fn an_address_in_use_is_passed_over() {
        let id = SandboxId("d1".into());
        let first = choose(&id, &HashSet::new()).unwrap();
        assert_eq!(choose(&id, &HashSet::new()), Some(first));
        let second = choose(&id, &HashSet::from([first])).unwrap();
        assert_ne!(first, second);
        let all = (0..COUNT).map(at).collect();
        assert_eq!(choose(&id, &all), None);
    }
}
