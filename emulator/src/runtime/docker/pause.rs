//! The sandbox's image: a program that waits for ever, written here byte by byte, the [`relay`] and the [`agent`].

use ring::digest;

use super::elf::{self, Machine};
use super::{agent, relay};
use crate::hex::hex;

/// Where the program lies in the image.
pub(crate) const PROGRAM: &str = "pause";
/// The repository under which the image is kept on the engine.
pub(crate) const REPOSITORY: &str = "aci-local/sandbox";

/// Waits for a signal, for ever: the kernel discards those that PID 1 does not handle, but KILL.
fn code(machine: Machine) -> Vec<u8> {
    match machine {
        Machine::X86_64 => [
            &[0xb8, 0x22, 0x00, 0x00, 0x00][..], // mov eax, 34       the call: pause
            &[0x0f, 0x05],                       // syscall
            &[0xeb, 0xf7],                       // jmp -9            back to the mov
        ]
        .concat(),
        // There is no pause on aarch64; ppoll of no files without a time-out waits the same.
        Machine::Aarch64 => [
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

/// The program that waits for ever.
pub(crate) fn program(machine: Machine) -> Vec<u8> {
    elf::executable(machine, &code(machine))
}

/// The image's file system as a tar archive. It has no clock in it, so the same program gives the same bytes.
pub(crate) fn archive(machine: Machine) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let relay = elf::executable(machine, &relay::code(machine));
    let agent = elf::executable(machine, &agent::code(machine));
    for (name, program) in [(PROGRAM, program(machine)), (relay::PROGRAM, relay), (agent::PROGRAM, agent)] {
        let mut header = tar::Header::new_ustar();
        header.set_size(program.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, name, program.as_slice())?;
    }
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

    #[test]
    fn the_last_instruction_jumps_to_the_first() {
        let x86 = code(Machine::X86_64);
        assert_eq!(x86.len() as i8 + x86[x86.len() - 1] as i8, 0);
        let arm = code(Machine::Aarch64);
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
    fn the_archive_holds_the_three_programs_and_is_the_same_every_time() {
        let bytes = archive(Machine::X86_64).unwrap();
        assert_eq!(bytes, archive(Machine::X86_64).unwrap());
        assert_ne!(tag(&bytes), tag(&archive(Machine::Aarch64).unwrap()));
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut entries = archive.entries().unwrap();
        let relay = elf::executable(Machine::X86_64, &relay::code(Machine::X86_64));
        let agent = elf::executable(Machine::X86_64, &agent::code(Machine::X86_64));
        for wanted in [program(Machine::X86_64), relay, agent] {
            let mut entry = entries.next().unwrap().unwrap();
            assert_eq!(entry.header().mode().unwrap(), 0o755);
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            assert_eq!(content, wanted);
        }
        assert!(entries.next().is_none());
    }
}
