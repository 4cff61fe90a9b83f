//! A program in the sandbox's image that connects to a port inside the sandbox's network and passes bytes on.
//!
//! Probes must reach containers where the emulator cannot: it may run on a host that has no route to Docker's
//! networks, in a container on another network, or beside a remote engine; and groups without a subnet are
//! isolated on purpose. Docker's exec goes wherever its API goes, so the way in is a process in the sandbox, and
//! since that image has nothing but what is written here, so is the process.
//!
//! Standard input begins with a header of 20 bytes: a `sockaddr_in`, and after how many seconds the relay ends
//! in any case. Standard output begins with two reports of 4 bytes: 0 once the relay runs, and the errno of its
//! `connect`. What follows in both directions is what the two ends say, until one of them ends.
//!
//! The bytes are GNU as's for the instructions that the comments tell.

use std::net::SocketAddrV4;
use std::time::Duration;

use super::elf::Machine;

/// Where the program lies in the image.
pub(crate) const PROGRAM: &str = "relay";

/// How long a report is.
pub(crate) const REPORT: usize = 4;

/// `AF_INET`.
const AF_INET: u16 = 2;

/// The header that standard input begins with; the supported machines are little endian.
pub(crate) fn header(to: SocketAddrV4, lifetime: Duration) -> [u8; 20] {
    let mut header = [0; 20];
    header[..2].copy_from_slice(&AF_INET.to_le_bytes());
    header[2..4].copy_from_slice(&to.port().to_be_bytes());
    header[4..8].copy_from_slice(&to.ip().octets());
    let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
    header[16..].copy_from_slice(&seconds.to_le_bytes());
    header
}

/// The instructions for a machine.
pub(crate) fn code(machine: Machine) -> Vec<u8> {
    match machine {
        Machine::X86_64 => X86_64.to_vec(),
        Machine::Aarch64 => AARCH64.iter().copied().flat_map(u32::to_le_bytes).collect(),
    }
}

#[rustfmt::skip]
const X86_64: &[u8] = &[
    // room for header, report, poll entries and buffer
    0x48, 0x81, 0xec, 0x00, 0x10, 0x00, 0x00, 0x45, 0x31, 0xe4,
    // read the header: 20 bytes, in pieces if need be
    0x31, 0xc0, 0x31, 0xff, 0x4a, 0x8d, 0x34, 0x24, 0xba, 0x14, 0x00, 0x00, 0x00, 0x44, 0x29, 0xe2, 0x0f, 0x05, 0x85, 0xc0, 0x0f, 0x8e, 0xdf, 0x00, 0x00, 0x00, 0x41, 0x01, 0xc4, 0x41, 0x83, 0xfc, 0x14, 0x72, 0xdd,
    // alarm: the default action of the signal ends an orphan
    0xb8, 0x25, 0x00, 0x00, 0x00, 0x8b, 0x7c, 0x24, 0x10, 0x0f, 0x05,
    // report 0: the relay runs
    0xc7, 0x44, 0x24, 0x14, 0x00, 0x00, 0x00, 0x00, 0xe8, 0xa7, 0x00, 0x00, 0x00,
    // socket(AF_INET, SOCK_STREAM)
    0xb8, 0x29, 0x00, 0x00, 0x00, 0xbf, 0x02, 0x00, 0x00, 0x00, 0xbe, 0x01, 0x00, 0x00, 0x00, 0x31, 0xd2, 0x0f, 0x05, 0x89, 0xc3,
    // connect to the header's sockaddr_in
    0xb8, 0x2a, 0x00, 0x00, 0x00, 0x89, 0xdf, 0x48, 0x89, 0xe6, 0xba, 0x10, 0x00, 0x00, 0x00, 0x0f, 0x05,
    // report the errno, 0 for none
    0xf7, 0xd8, 0x89, 0x44, 0x24, 0x14, 0xe8, 0x76, 0x00, 0x00, 0x00,
    // an error ends it
    0x83, 0x7c, 0x24, 0x14, 0x00, 0x0f, 0x85, 0x82, 0x00, 0x00, 0x00,
    // poll entries: standard input and the socket, to read
    0xc7, 0x44, 0x24, 0x18, 0x00, 0x00, 0x00, 0x00, 0xc7, 0x44, 0x24, 0x1c, 0x01, 0x00, 0x00, 0x00, 0x89, 0x5c, 0x24, 0x20, 0xc7, 0x44, 0x24, 0x24, 0x01, 0x00, 0x00, 0x00,
    // poll, for ever
    0xb8, 0x07, 0x00, 0x00, 0x00, 0x48, 0x8d, 0x7c, 0x24, 0x18, 0xbe, 0x02, 0x00, 0x00, 0x00, 0xba, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x05, 0x85, 0xc0, 0x78, 0x4c,
    // from standard input to the socket,
    0x31, 0xff, 0x41, 0x89, 0xdc, 0x66, 0x83, 0x7c, 0x24, 0x1e, 0x00, 0x75, 0x08,
    // or back
    0x89, 0xdf, 0x41, 0xbc, 0x01, 0x00, 0x00, 0x00,
    // read; the end of either side ends it
    0x31, 0xc0, 0x48, 0x8d, 0x74, 0x24, 0x40, 0xba, 0xc0, 0x0f, 0x00, 0x00, 0x0f, 0x05, 0x85, 0xc0, 0x7e, 0x25,
    // write all of it
    0x89, 0xc2, 0xb8, 0x01, 0x00, 0x00, 0x00, 0x44, 0x89, 0xe7, 0x0f, 0x05, 0xeb, 0xb1,
    // the report: 4 bytes behind the return address
    0xb8, 0x01, 0x00, 0x00, 0x00, 0xbf, 0x01, 0x00, 0x00, 0x00, 0x48, 0x8d, 0x74, 0x24, 0x1c, 0xba, 0x04, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xc3,
    // exit_group(0)
    0xb8, 0xe7, 0x00, 0x00, 0x00, 0x31, 0xff, 0x0f, 0x05,
];

#[rustfmt::skip]
const AARCH64: &[u32] = &[
    // room for header, report, poll entries and buffer
    0xd140_07ff, 0xd280_0013,
    // read the header: 20 bytes, in pieces if need be
    0xd280_0000, 0x8b33_63e1, 0xd280_0282, 0xcb13_0042, 0xd280_07e8, 0xd400_0001, 0xf100_001f, 0x5400_080d, 0x8b00_0273, 0xf100_527f, 0x54ff_fec3,
    // setitimer: the default action of the signal ends an orphan
    0xb940_13e9, 0xa904_7fff, 0xa905_7fe9, 0xd280_0000, 0x9101_03e1, 0xd280_0002, 0xd280_0ce8, 0xd400_0001,
    // report 0: the relay runs
    0xb900_17ff, 0x9400_002d,
    // socket(AF_INET, SOCK_STREAM)
    0xd280_0040, 0xd280_0021, 0xd280_0002, 0xd280_18c8, 0xd400_0001, 0xaa00_03f4,
    // connect to the header's sockaddr_in
    0x9100_03e1, 0xd280_0202, 0xd280_1968, 0xd400_0001,
    // report the errno, 0 for none
    0x4b00_03e0, 0xb900_17e0, 0x9400_0020,
    // an error ends it
    0xb940_17e9, 0x3500_0489,
    // poll entries: standard input and the socket, to read
    0x5280_0029, 0x2903_27ff, 0x2904_27f4,
    // ppoll, for ever
    0x9100_63e0, 0xd280_0041, 0xd280_0002, 0xd280_0003, 0xd280_0928, 0xd400_0001, 0xf100_001f, 0x5400_032b,
    // from standard input to the socket,
    0xd280_0000, 0xaa14_03f3, 0x7940_3fe9, 0x3500_0069,
    // or back
    0xaa14_03e0, 0xd280_0033,
    // read; the end of either side ends it
    0x9102_03e1, 0xd281_f002, 0xd280_07e8, 0xd400_0001, 0xf100_001f, 0x5400_01ad,
    // write all of it
    0xaa00_03e2, 0xaa13_03e0, 0x9102_03e1, 0xd280_0808, 0xd400_0001, 0x17ff_ffe7,
    // the report: 4 bytes
    0xd280_0020, 0x9100_53e1, 0xd280_0082, 0xd280_0808, 0xd400_0001, 0xd65f_03c0,
    // exit_group(0)
    0xd280_0000, 0xd280_0bc8, 0xd400_0001,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_connect_takes_and_the_lifetime() {
        let to = "10.1.2.3:8080".parse().unwrap();
        let header = header(to, Duration::from_secs(258));
        assert_eq!(header[..8], [2, 0, 0x1f, 0x90, 10, 1, 2, 3]);
        assert_eq!(header[8..], [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0]);
    }

    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    mod on_this_machine {
        use std::io::{Read, Write};
        use std::net::{Ipv4Addr, TcpListener};
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::process::ExitStatusExt;
        use std::process::{Child, Command, Stdio};

        use super::super::*;
        use crate::runtime::docker::elf;

        /// A relay that runs, and the folder that it lies in.
        fn relay(port: u16, seconds: u64) -> (Child, tempfile::TempDir) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(PROGRAM);
            let machine = Machine::named(std::env::consts::ARCH).unwrap();
            std::fs::write(&path, elf::executable(machine, &code(machine))).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            let mut command = Command::new(&path);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let to = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
            let header = header(to, Duration::from_secs(seconds));
            // In two pieces, as a pipe may deliver it.
            let input = child.stdin.as_mut().unwrap();
            input.write_all(&header[..7]).unwrap();
            input.write_all(&header[7..]).unwrap();
            assert_eq!(report(&mut child), 0, "it runs");
            (child, folder)
        }

        fn report(child: &mut Child) -> u32 {
            let mut report = [0; REPORT];
            child.stdout.as_mut().unwrap().read_exact(&mut report).unwrap();
            u32::from_le_bytes(report)
        }

        #[test]
        fn bytes_pass_both_ways_until_one_side_ends() {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let (mut child, _folder) = relay(listener.local_addr().unwrap().port(), 60);
            assert_eq!(report(&mut child), 0, "it is connected");
            let (mut stream, _) = listener.accept().unwrap();
            child.stdin.as_mut().unwrap().write_all(b"ping").unwrap();
            let mut heard = [0; 4];
            stream.read_exact(&mut heard).unwrap();
            assert_eq!(&heard, b"ping");
            // More than the relay's own buffer holds.
            let long = vec![7; 100_000];
            stream.write_all(&long).unwrap();
            drop(stream);
            let mut answer = Vec::new();
            child.stdout.as_mut().unwrap().read_to_end(&mut answer).unwrap();
            assert_eq!(answer, long);
            assert_eq!(child.wait().unwrap().code(), Some(0));
        }

        #[test]
        fn a_refused_connection_is_reported() {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            drop(listener);
            let (mut child, _folder) = relay(port, 60);
            assert_eq!(report(&mut child), 111, "ECONNREFUSED");
            assert_eq!(child.wait().unwrap().code(), Some(0));
        }

        #[test]
        fn it_ends_when_nobody_speaks_to_it_any_more_and_when_its_time_is_over() {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let (mut left, _folder) = relay(port, 60);
            drop(left.stdin.take());
            assert_eq!(left.wait().unwrap().code(), Some(0));
            let (mut old, _folder) = relay(port, 1);
            // Waiting for a child closes its standard input otherwise.
            let _input = old.stdin.take();
            assert_eq!(old.wait().unwrap().signal(), Some(14), "SIGALRM");
        }
    }
}
