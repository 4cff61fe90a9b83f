//! Messages to the kernel about network interfaces: a pair of virtual cables, their addresses, and up.
//!
//! Layouts: rtnetlink(7), linux/rtnetlink.h, linux/if_link.h, linux/veth.h; the supported machines are little endian.

use std::net::Ipv4Addr;

const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
/// A request that is to be answered.
const REQUEST_AND_ACK: u16 = 0x001 | 0x004;
/// Make it, and fail if it is there.
const CREATE: u16 = 0x400 | 0x200;

const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_NET_NS_PID: u16 = 19;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFF_UP: u32 = 1;
const AF_INET: u8 = 2;

/// An interface that is made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interface {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its number in its namespace.
    pub(crate) index: u32,
}

/// Makes a pair of interfaces of the same name: one in the namespace that is asked, its peer in a process's.
pub(crate) fn make_pair(interface: Interface, peer_process: u32) -> Vec<u8> {
    let name = [interface.name.as_bytes(), &[0]].concat();
    let peer = [
        link(interface.index, 0, 0).to_vec(),
        attribute(IFLA_IFNAME, &name),
        attribute(IFLA_NET_NS_PID, &peer_process.to_le_bytes()),
    ];
    let data = attribute(VETH_INFO_PEER, &peer.concat());
    let info = [attribute(IFLA_INFO_KIND, b"veth"), attribute(IFLA_INFO_DATA, &data)].concat();
    let body = [
        link(interface.index, 0, 0).to_vec(),
        attribute(IFLA_IFNAME, &name),
        attribute(IFLA_LINKINFO, &info),
    ];
    message(RTM_NEWLINK, REQUEST_AND_ACK | CREATE, &body.concat())
}

/// Gives an interface an address.
pub(crate) fn set_address(interface: Interface, address: Ipv4Addr, prefix: u8) -> Vec<u8> {
    let header = [&[AF_INET, prefix, 0, 0][..], &interface.index.to_le_bytes()].concat();
    message(
        RTM_NEWADDR,
        REQUEST_AND_ACK | CREATE,
        &[header, attribute(IFA_LOCAL, &address.octets())].concat(),
    )
}

/// Switches an interface on.
pub(crate) fn set_up(interface: Interface) -> Vec<u8> {
    message(RTM_NEWLINK, REQUEST_AND_ACK, &link(interface.index, IFF_UP, IFF_UP))
}

/// How long an answer is at least: the header and the error, 0 for none.
pub(crate) const ANSWER: usize = 20;

/// The errno of an answer.
pub(crate) fn error(answer: &[u8]) -> Option<i32> {
    let number = answer.get(16..ANSWER)?.try_into().ok()?;
    Some(-i32::from_le_bytes(number))
}

/// `struct ifinfomsg`
fn link(index: u32, flags: u32, change: u32) -> [u8; 16] {
    let mut body = [0; 16];
    body[4..8].copy_from_slice(&index.to_le_bytes());
    body[8..12].copy_from_slice(&flags.to_le_bytes());
    body[12..].copy_from_slice(&change.to_le_bytes());
    body
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = 4 + value.len() as u16;
    let mut bytes = [&length.to_le_bytes()[..], &kind.to_le_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// `struct nlmsghdr` and what follows it.
fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let length = 16 + body.len() as u32;
    [&length.to_le_bytes()[..], &kind.to_le_bytes(), &flags.to_le_bytes(), &[0; 8], body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERFACE: Interface = Interface { name: "metadata", index: 7 };

    #[test]
    fn messages_tell_their_length_and_attributes_are_aligned() {
        for message in [
            make_pair(INTERFACE, 42),
            set_address(INTERFACE, Ipv4Addr::new(169, 254, 169, 254), 30),
            set_up(INTERFACE),
        ] {
            let length = u32::from_le_bytes(message[..4].try_into().unwrap());
            assert_eq!(length as usize, message.len());
            assert_eq!(message.len() % 4, 0);
        }
        assert_eq!(attribute(3, b"abc\0e"), [9, 0, 3, 0, b'a', b'b', b'c', 0, b'e', 0, 0, 0]);
    }

    #[test]
    fn an_answer_tells_its_error() {
        let mut answer = [0; ANSWER];
        assert_eq!(error(&answer), Some(0));
        answer[16..].copy_from_slice(&(-17_i32).to_le_bytes());
        assert_eq!(error(&answer), Some(17));
        assert_eq!(error(&answer[..10]), None);
    }
}
