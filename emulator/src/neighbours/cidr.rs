//! Address prefixes, as virtual networks have them.

use std::net::IpAddr;

use ipnet::IpNet;
use thiserror::Error;

/// The addresses that Azure keeps for itself at the beginning of a subnet: the network's own, the gateway and two
/// for its name service. Source: "Azure Virtual Network FAQ".
const RESERVED_AT_START: u128 = 4;
/// And at the end: the broadcast address.
const RESERVED_AT_END: u128 = 1;

/// Why a text is no prefix.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CidrFault {
    /// It is not written as one.
    #[error("'{0}' is not an address prefix such as 10.0.0.0/24")]
    Format(String),
    /// It has bits behind its length; `network` would be right.
    #[error("'{text}' has bits behind its length; write {network}")]
    HostBits {
        /// The text.
        text: String,
        /// The prefix that was meant.
        network: IpNet,
    },
}

/// Reads a prefix.
///
/// # Errors
/// When it is not written as one, or has bits behind its length.
pub fn parse(text: &str) -> Result<IpNet, CidrFault> {
    let prefix: IpNet = text.trim().parse().map_err(|_| CidrFault::Format(text.to_owned()))?;
    match prefix.trunc() {
        network if network == prefix => Ok(prefix),
        network => Err(CidrFault::HostBits { text: text.to_owned(), network }),
    }
}

/// Whether two prefixes share an address; such prefixes lie one in the other.
pub fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(other) || other.contains(one)
}

/// How many addresses of a subnet resources can have.
pub fn usable(prefix: &IpNet) -> u128 {
    size(prefix).saturating_sub(RESERVED_AT_START + RESERVED_AT_END)
}

/// The addresses of a subnet that resources can have, in order.
pub fn addresses(prefix: &IpNet) -> impl Iterator<Item = IpAddr> {
    let first = number(prefix.network()) + RESERVED_AT_START;
    let is_v4 = matches!(prefix, IpNet::V4(_));
    (0..usable(prefix)).map(move |offset| address(first + offset, is_v4))
}

/// Whether a subnet has an address that resources can have.
pub fn is_usable(prefix: &IpNet, address: IpAddr) -> bool {
    let Some(offset) = prefix.contains(&address).then(|| number(address) - number(prefix.network())) else {
        return false;
    };
    (RESERVED_AT_START..RESERVED_AT_START + usable(prefix)).contains(&offset)
}

fn size(prefix: &IpNet) -> u128 {
    let bits = u32::from(prefix.max_prefix_len() - prefix.prefix_len());
    1_u128.checked_shl(bits).unwrap_or(u128::MAX)
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn address(number: u128, is_v4: bool) -> IpAddr {
    match u32::try_from(number) {
        Ok(number) if is_v4 => IpAddr::V4(number.into()),
        _ => IpAddr::V6(number.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    /// Any IPv4 prefix without bits behind its length.
    fn prefix(shortest: u8) -> impl Strategy<Value = IpNet> {
        (any::<u32>(), shortest..=32)
            .prop_map(|(bits, length)| IpNet::new(IpAddr::V4(Ipv4Addr::from(bits)), length).unwrap().trunc())
    }

    #[test]
    fn bits_behind_the_length_are_refused_with_what_was_meant() {
        let fault = parse("10.0.0.5/24").unwrap_err();
        assert_eq!(fault.to_string(), "'10.0.0.5/24' has bits behind its length; write 10.0.0.0/24");
        for text in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/24", "a/8", "fd00::/129"] {
            assert_eq!(parse(text), Err(CidrFault::Format(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn azure_keeps_five_addresses_of_a_subnet() {
        let subnet = parse("10.0.0.0/29").unwrap();
        let addresses: Vec<String> = addresses(&subnet).map(|address| address.to_string()).collect();
        assert_eq!(addresses, ["10.0.0.4", "10.0.0.5", "10.0.0.6"]);
        assert_eq!(usable(&parse("fd00::/64").unwrap()), (1 << 64) - 5);
        assert_eq!(usable(&parse("10.0.0.0/31").unwrap()), 0);
    }

    proptest! {
        #[test]
        fn prefixes_overlap_just_when_they_share_an_address(one in prefix(20), other in prefix(20)) {
            let shared = (number(one.network())..number(one.network()) + size(&one))
                .any(|it| other.contains(&address(it, true)));
            prop_assert_eq!(overlap(&one, &other), shared);
            prop_assert_eq!(overlap(&one, &other), overlap(&other, &one));
        }

        #[test]
        fn every_usable_address_is_in_its_subnet_and_told_apart(subnet in prefix(22)) {
            let all: Vec<IpAddr> = addresses(&subnet).collect();
            prop_assert_eq!(all.len() as u128, usable(&subnet));
            prop_assert!(all.iter().all(|it| subnet.contains(it) && is_usable(&subnet, *it)));
            prop_assert!(!is_usable(&subnet, subnet.network()) && !is_usable(&subnet, subnet.broadcast()));
        }

        #[test]
        fn a_prefix_survives_its_own_text(subnet in prefix(0)) {
            prop_assert_eq!(parse(&subnet.to_string()), Ok(subnet));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _prefix = parse(&text);
        }
    }
}
