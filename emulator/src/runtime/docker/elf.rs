//! The smallest ELF executable that Linux loads, around a few instructions.
//!
//! A compiled program would tie the emulator to an architecture, and a pulled one every group to a registry.

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
}

/// A program as a static ELF executable; its code may lie anywhere and writes on the stack only.
pub(crate) fn executable(machine: Machine, code: &[u8]) -> Vec<u8> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn word(elf: &[u8], at: usize) -> u64 {
        u64::from_le_bytes(elf[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn the_header_describes_the_file_it_heads() {
        for (machine, number) in [(Machine::X86_64, 62), (Machine::Aarch64, 183)] {
            let elf = executable(machine, &[0; 12]);
            assert_eq!(&elf[..6], b"\x7fELF\x02\x01");
            assert_eq!(u16::from_le_bytes([elf[18], elf[19]]), number);
            assert_eq!(word(&elf, 24), word(&elf, 64 + 16) + 120, "the entry point is the first instruction");
            assert_eq!(word(&elf, 32), 64, "the program header follows the ELF header");
            assert_eq!(word(&elf, 64 + 32), elf.len() as u64, "the segment is the whole file");
            assert_eq!(word(&elf, 64 + 16) % word(&elf, 64 + 48), 0, "the segment is aligned");
        }
    }
}
