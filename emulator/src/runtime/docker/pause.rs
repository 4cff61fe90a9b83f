//! The sandbox's image: one program that waits for ever, written here byte by byte.
//!
//! Pulling a pause image would tie every group to a registry, and shipping a compiled one would tie the
//! emulator to an architecture. Waiting takes one system call, so the program is a few instructions behind
//! the smallest ELF header that Linux loads.

use ring::digest;

use super::names::hex;

/// Where the program lies in the image.
pub(crate) const PROGRAM: &str = "pause";
/// The repository under which the image is kept on the engine.
pub(crate) const REPOSITORY: &str = "aci-local/sandbox";

/// The address of the program in memory: the linkers' customary one.
const LOAD_ADDRESS: u64 = 0x40_0000;
/// ELF header (64 bytes) and one program header (56 bytes).
const HEADERS: u64 = 64 + 56;
/// Segments are aligned to the largest page size among the supported machines: 64 KiB on some aarch64.
const ALIGNMENT: u64 = 0x1_0000;
/// `e_machine` of x86-64.
const EM_X86_64: u16 = 62;
/// `e_machine` of aarch64.
const EM_AARCH64: u16 = 183;

/// A processor that the program is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    X86_64,
    Aarch64,
}

impl Machine {
    /// The processor by the name that Docker's `info` gives: the kernel's.
    pub(crate) fn named(architecture: &str) -> Option<Self> {
        match architecture {
            "x86_64" | "amd64" => Some(Self::X86_64),
            "aarch64" | "arm64" => Some(Self::Aarch64),
            _ => None,
        }
    }

    fn elf_machine(self) -> u16 {
        match self {
            Self::X86_64 => EM_X86_64,
            Self::Aarch64 => EM_AARCH64,
        }
    }

    /// Waits for a signal, for ever: the kernel discards those that PID 1 does not handle, but KILL.
    fn code(self) -> Vec<u8> {
        match self {
            Self::X86_64 => [
                &[0xb8, 0x22, 0x00, 0x00, 0x00][..], // mov eax, 34       the call: pause
                &[0x0f, 0x05],                       // syscall
                &[0xeb, 0xf7],                       // jmp -9            back to the mov
            ]
            .concat(),
            // There is no pause on aarch64; ppoll of no files without a time-out waits the same.
            Self::Aarch64 => [
                0xd280_0000_u32, // movz x0, #0      no files
                0xd280_0001,     // movz x1, #0      how many: 0
                0xd280_0002,     // movz x2, #0      no time-out
                0xd280_0003,     // movz x3, #0      no signal mask
                0xd280_0928,     // movz x8, #73     the call: ppoll
                0xd400_0001,     // svc #0
                0x17ff_fffa,     // b -6             back to the first movz
            ]
            .into_iter()
            .flat_map(u32::to_le_bytes)
            .collect(),
        }
    }
}

/// The program as a static ELF executable.
pub(crate) fn program(machine: Machine) -> Vec<u8> {
    let code = machine.code();
    let size = HEADERS + code.len() as u64;
    let mut elf = Vec::with_capacity(256);
    elf.extend([0x7f, b'E', b'L', b'F', 2, 1, 1, 0]); // 64 bits, little endian, version 1, System V
    elf.extend([0; 8]); // padding
    elf.extend(2_u16.to_le_bytes()); // e_type: executable
    elf.extend(machine.elf_machine().to_le_bytes());
    elf.extend(1_u32.to_le_bytes()); // e_version
    elf.extend((LOAD_ADDRESS + HEADERS).to_le_bytes()); // e_entry: right behind the headers
    elf.extend(64_u64.to_le_bytes()); // e_phoff
    elf.extend(0_u64.to_le_bytes()); // e_shoff: no sections
    elf.extend(0_u32.to_le_bytes()); // e_flags
    for half in [64_u16, 56, 1, 0, 0, 0] {
        elf.extend(half.to_le_bytes()); // e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
    }
    elf.extend(1_u32.to_le_bytes()); // p_type: load
    elf.extend(5_u32.to_le_bytes()); // p_flags: read and execute
    for word in [0, LOAD_ADDRESS, LOAD_ADDRESS, size, size, ALIGNMENT] {
        elf.extend(word.to_le_bytes()); // p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align
    }
    elf.extend(code);
    elf
}

/// The image's file system as a tar archive. It has no clock in it, so the same program gives the same bytes.
pub(crate) fn archive(machine: Machine) -> std::io::Result<Vec<u8>> {
    let program = program(machine);
    let mut header = tar::Header::new_ustar();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, PROGRAM, program.as_slice())?;
    archive.into_inner()
}

/// The image's tag: what is in the archive, so that a newer emulator never runs an older image.
pub(crate) fn tag(archive: &[u8]) -> String {
    hex(&digest::digest(&digest::SHA256, archive).as_ref()[..6])
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn word(elf: &[u8], at: usize) -> u64 {
        u64::from_le_bytes(elf[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn the_header_describes_the_file_it_heads() {
        for (machine, number) in [(Machine::X86_64, 62), (Machine::Aarch64, 183)] {
            let elf = program(machine);
            assert_eq!(&elf[..6], b"\x7fELF\x02\x01");
            assert_eq!(u16::from_le_bytes([elf[18], elf[19]]), number);
            assert_eq!(word(&elf, 24), word(&elf, 64 + 16) + 120, "the entry point is the first instruction");
            assert_eq!(word(&elf, 32), 64, "the program header follows the ELF header");
            assert_eq!(word(&elf, 64 + 32), elf.len() as u64, "the segment is the whole file");
            assert_eq!(word(&elf, 64 + 16) % word(&elf, 64 + 48), 0, "the segment is aligned");
        }
    }

    #[test]
    fn the_last_instruction_jumps_to_the_first() {
        let x86 = Machine::X86_64.code();
        assert_eq!(x86.len() as i8 + x86[x86.len() - 1] as i8, 0);
        let arm = Machine::Aarch64.code();
        let branch = u32::from_le_bytes(arm[arm.len() - 4..].try_into().unwrap());
        let offset = ((branch << 6) as i32) >> 6; // sign-extends the 26 bits
        assert_eq!(offset, -(arm.len() as i32 / 4 - 1));
    }

    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    #[test]
    fn this_machine_runs_the_program_until_it_is_killed() {
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::process::ExitStatusExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PROGRAM);
        std::fs::write(&path, program(Machine::named(std::env::consts::ARCH).unwrap())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut child = std::process::Command::new(&path).spawn().unwrap();
        assert_eq!(child.try_wait().unwrap(), None);
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9), "it did not crash before");
    }

    #[test]
    fn the_archive_holds_the_program_alone_and_is_the_same_every_time() {
        let bytes = archive(Machine::X86_64).unwrap();
        assert_eq!(bytes, archive(Machine::X86_64).unwrap());
        assert_ne!(tag(&bytes), tag(&archive(Machine::Aarch64).unwrap()));
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut entries = archive.entries().unwrap();
        let mut entry = entries.next().unwrap().unwrap();
        assert_eq!(entry.header().mode().unwrap(), 0o755);
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert_eq!(content, program(Machine::X86_64));
        assert!(entries.next().is_none());
    }
}
