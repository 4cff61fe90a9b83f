//! A program in the sandbox's image that makes the system calls that it is told to, in the sandbox's namespaces.
//!
//! Some things of a deployment can be done only from inside its network namespace, and Docker's exec is the one way
//! in that works wherever Docker's API does. Since the image has nothing but what is written here, the program is as
//! small as it can be and what it does is decided on this side: it reads a call from standard input, makes it, writes
//! the result to standard output, and ends with its input.
//!
//! A request is nine words of 8 bytes (the call, six arguments, how many bytes follow for the buffer, how many bytes
//! of the buffer to send back) and then those bytes. An answer is the result and those bytes. The first answer, before
//! any request, tells where the buffer lies. Nothing inside the group's containers can reach the program.
//!
//! The bytes are GNU as's for the instructions that the comments tell.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::elf::Machine;

/// Where the program lies in the image.
pub(crate) const PROGRAM: &str = "agent";

/// How large the program's buffer is.
pub(crate) const BUFFER: usize = 8208;

/// The system calls that are used here; their numbers differ between machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Socket,
    Bind,
    Listen,
    Accept,
    SendTo,
    ReceiveFrom,
    SetSocketOption,
    Poll,
    Close,
    Unshare,
    GetProcessId,
}

impl Call {
    fn number(self, machine: Machine) -> u64 {
        // Linux: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
        let (x86_64, aarch64) = match self {
            Self::Socket => (41, 198),
            Self::Bind => (49, 200),
            Self::Listen => (50, 201),
            Self::Accept => (288, 242), // accept4
            Self::SendTo => (44, 206),
            Self::ReceiveFrom => (45, 207),
            Self::SetSocketOption => (54, 208),
            Self::Poll => (271, 73), // ppoll
            Self::Close => (3, 57),
            Self::Unshare => (272, 97),
            Self::GetProcessId => (39, 172),
        };
        match machine {
            Machine::X86_64 => x86_64,
            Machine::Aarch64 => aarch64,
        }
    }
}

/// An argument of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    /// A number.
    Number(u64),
    /// The address of the buffer.
    Buffer,
}

/// An agent that runs, over its standard input and output.
pub(crate) struct Agent<S> {
    stream: S,
    machine: Machine,
    buffer: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Agent<S> {
    /// Waits until the agent runs.
    ///
    /// # Errors
    /// When it ends instead.
    pub(crate) async fn new(mut stream: S, machine: Machine) -> io::Result<Self> {
        let buffer = stream.read_u64_le().await?;
        Ok(Self { stream, machine, buffer })
    }

    /// Makes a call whose pointers are to `data`; gives back its result and the first `wanted` bytes of the buffer.
    ///
    /// # Errors
    /// The call's own error, or that the agent has ended.
    pub(crate) async fn call<const N: usize>(
        &mut self,
        call: Call,
        args: [Arg; N],
        data: &[u8],
        wanted: usize,
    ) -> io::Result<(u64, Vec<u8>)> {
        if data.len().max(wanted) > BUFFER {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut words = [0_u64; 9];
        words[0] = call.number(self.machine);
        for (word, arg) in words[1..7].iter_mut().zip(args) {
            *word = match arg {
                Arg::Number(number) => number,
                Arg::Buffer => self.buffer,
            };
        }
        (words[7], words[8]) = (data.len() as u64, wanted as u64);
        let mut request: Vec<u8> = words.into_iter().flat_map(u64::to_le_bytes).collect();
        request.extend_from_slice(data);
        self.stream.write_all(&request).await?;
        self.stream.flush().await?;
        let result = self.stream.read_i64_le().await?;
        let mut answer = vec![0; wanted];
        self.stream.read_exact(&mut answer).await?;
        match u64::try_from(result) {
            Ok(result) => Ok((result, answer)),
            Err(_) => Err(io::Error::from_raw_os_error(i32::try_from(-result).unwrap_or(i32::MAX))),
        }
    }
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
    // room for request (72 bytes), result (8) and buffer
    0x48, 0x81, 0xec, 0x60, 0x20, 0x00, 0x00, 0x48, 0x89, 0xe5,
    // the first answer: where the buffer lies
    0x48, 0x8d, 0x45, 0x50, 0x48, 0x89, 0x45, 0x48, 0x45, 0x31, 0xff, 0xe8, 0x67, 0x00, 0x00, 0x00,
    // the request
    0x49, 0x89, 0xec, 0x41, 0xbd, 0x48, 0x00, 0x00, 0x00, 0xe8, 0x3a, 0x00, 0x00, 0x00,
    // and its bytes for the buffer
    0x4c, 0x8d, 0x65, 0x50, 0x4c, 0x8b, 0x6d, 0x38, 0xe8, 0x2d, 0x00, 0x00, 0x00,
    // the call
    0x48, 0x8b, 0x45, 0x00, 0x48, 0x8b, 0x7d, 0x08, 0x48, 0x8b, 0x75, 0x10, 0x48, 0x8b, 0x55, 0x18, 0x4c, 0x8b, 0x55, 0x20, 0x4c, 0x8b, 0x45, 0x28, 0x4c, 0x8b, 0x4d, 0x30, 0x0f, 0x05,
    // the answer, and the next request
    0x48, 0x89, 0x45, 0x48, 0x4c, 0x8b, 0x7d, 0x40, 0xe8, 0x21, 0x00, 0x00, 0x00, 0xeb, 0xb8,
    // take: read all of r13 bytes to r12; the end of the input ends it
    0x4d, 0x85, 0xed, 0x74, 0x19, 0x31, 0xc0, 0x31, 0xff, 0x4c, 0x89, 0xe6, 0x4c, 0x89, 0xea, 0x0f, 0x05, 0x48, 0x85, 0xc0, 0x7e, 0x23, 0x49, 0x01, 0xc4, 0x49, 0x29, 0xc5, 0xeb, 0xe2, 0xc3,
    // answer: write the result and r15 bytes of the buffer
    0xb8, 0x01, 0x00, 0x00, 0x00, 0xbf, 0x01, 0x00, 0x00, 0x00, 0x48, 0x8d, 0x75, 0x48, 0x49, 0x8d, 0x57, 0x08, 0x0f, 0x05, 0x48, 0x85, 0xc0, 0x78, 0x01, 0xc3,
    // exit_group(0)
    0xb8, 0xe7, 0x00, 0x00, 0x00, 0x31, 0xff, 0x0f, 0x05,
];

#[rustfmt::skip]
const AARCH64: &[u32] = &[
    // room for request (72 bytes), result (8) and buffer
    0xd140_0bff, 0xd101_83ff, 0x9100_03f3,
    // the first answer: where the buffer lies
    0x9101_4260, 0xf900_2660, 0xd280_0016, 0x9400_001c,
    // the request
    0xaa13_03f4, 0xd280_0915, 0x9400_000d,
    // and its bytes for the buffer
    0x9101_4274, 0xf940_1e75, 0x9400_000a,
    // the call
    0xa940_0268, 0xa941_0a61, 0xa942_1263, 0xf940_1a65, 0xd400_0001,
    // the answer, and the next request
    0xf900_2660, 0xf940_2276, 0x9400_000e, 0x17ff_fff2,
    // take: read all of x21 bytes to x20; the end of the input ends it
    0xb400_0175, 0xd280_0000, 0xaa14_03e1, 0xaa15_03e2, 0xd280_07e8, 0xd400_0001, 0xf100_001f, 0x5400_018d, 0x8b00_0294, 0xcb00_02b5, 0x17ff_fff6, 0xd65f_03c0,
    // answer: write the result and x22 bytes of the buffer
    0xd280_0020, 0x9101_2261, 0x9100_22c2, 0xd280_0808, 0xd400_0001, 0xb7f8_0040, 0xd65f_03c0,
    // exit_group(0)
    0xd280_0000, 0xd280_0bc8, 0xd400_0001,
];

#[cfg(test)]
mod tests {
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    mod on_this_machine {
        use std::os::unix::fs::PermissionsExt;
        use std::process::Stdio;

        use tokio::io::Join;
        use tokio::net::unix::pipe;

        use super::super::*;
        use crate::runtime::docker::elf;

        type Pipes = Join<pipe::Receiver, pipe::Sender>;

        /// An agent that runs as a child of this process, and the folder that it lies in.
        async fn agent() -> (std::process::Child, Agent<Pipes>, tempfile::TempDir) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(PROGRAM);
            let machine = Machine::named(std::env::consts::ARCH).unwrap();
            std::fs::write(&path, elf::executable(machine, &code(machine))).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            let mut command = std::process::Command::new(&path);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let output = pipe::Receiver::from_owned_fd(child.stdout.take().unwrap().into()).unwrap();
            let input = pipe::Sender::from_owned_fd(child.stdin.take().unwrap().into()).unwrap();
            let agent = Agent::new(tokio::io::join(output, input), machine).await.unwrap();
            (child, agent, folder)
        }

        #[tokio::test]
        async fn calls_are_made_in_the_agents_process_and_their_errors_told() {
            let (child, mut agent, _folder) = agent().await;
            let (id, _) = agent.call(Call::GetProcessId, [], &[], 0).await.unwrap();
            assert_eq!(id, u64::from(child.id()));
            let closed = agent.call(Call::Close, [Arg::Number(77)], &[], 0).await.unwrap_err();
            assert_eq!(closed.raw_os_error(), Some(9), "EBADF");
        }

        #[tokio::test]
        async fn data_goes_both_ways_through_the_buffer() {
            let (_child, mut agent, _folder) = agent().await;
            let server = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let port = server.local_addr().unwrap().port();
            let number = Arg::Number;
            let (socket, _) =
                agent.call(Call::Socket, [number(2), number(2), number(0)], &[], 0).await.unwrap();
            let local = [2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
            agent.call(Call::Bind, [number(socket), Arg::Buffer, number(16)], &local, 0).await.unwrap();
            // Twice as large as a pipe's smallest piece, so that it comes in pieces.
            let long: Vec<u8> = (0..8000_u32).map(|n| n.to_le_bytes()[0]).collect();
            let mut peer = local;
            peer[2..4].copy_from_slice(&port.to_be_bytes());
            let data = [&peer[..], &long[..BUFFER - 16 - 208]].concat();
            let length = data.len() - 16;
            let to = [
                number(socket),
                number(agent.buffer + 16),
                number(length as u64),
                number(0),
                Arg::Buffer,
                number(16),
            ];
            assert_eq!(agent.call(Call::SendTo, to, &data, 0).await.unwrap().0, length as u64);
            let mut heard = vec![0; 9000];
            let (count, from) = server.recv_from(&mut heard).await.unwrap();
            assert_eq!(heard[..count], data[16..]);
            server.send_to(b"an answer", from).await.unwrap();
            let from = [number(socket), Arg::Buffer, number(100), number(0), number(0), number(0)];
            let (count, heard) = agent.call(Call::ReceiveFrom, from, &[], 100).await.unwrap();
            assert_eq!(&heard[..usize::try_from(count).unwrap()], b"an answer");
        }

        #[tokio::test]
        async fn it_ends_with_its_input() {
            let (mut child, agent, _folder) = agent().await;
            drop(agent);
            assert_eq!(child.wait().unwrap().code(), Some(0));
        }
    }
}
