//! Looks into a file before the system's loader does: the loader's messages do not distinguish a wrong machine from
//! garbage, and it loads the build that is not thread-safe like any other.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::error::Reason;

/// Checks that a file is a thread-safe library for this process, as far as possible without loading it.
pub(crate) fn inspect(path: &Path) -> Result<(), Reason> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Reason::NoSuchFile,
        _ => Reason::Unreadable(error),
    };
    // Asked before it is opened, which would wait for the other end of a pipe.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Reason::Directory);
    }
    if !metadata.is_file() {
        return Err(Reason::NotAFile);
    }
    let mut file = File::open(path).map_err(unreadable)?;
    check_name(path)?;
    let mut head = Vec::new();
    file.by_ref().take(64).read_to_end(&mut head).map_err(unreadable)?;
    if head.is_empty() {
        return Err(Reason::NotALibrary("it is empty".into()));
    }
    #[cfg(all(unix, not(target_vendor = "apple")))]
    elf::inspect(file, &head)?;
    Ok(())
}

/// Checks the name, which may be the only sign of the build that is not thread-safe.
fn check_name(path: &Path) -> Result<(), Reason> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if is_not_thread_safe(&name) { Err(Reason::NotThreadSafe("by its name".into())) } else { Ok(()) }
}

/// Returns whether this is the name of the build that is not thread-safe: `libspread-core`, and what may follow.
fn is_not_thread_safe(name: &str) -> bool {
    let stem = crate::search::NOT_THREAD_SAFE;
    let rest = name.strip_prefix(stem).or_else(|| name.strip_prefix(stem.trim_start_matches("lib")));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(all(unix, not(target_vendor = "apple")))]
mod elf {
    use std::fs::File;

    use object::read::elf::{ElfFile, FileHeader};
    use object::{Endianness, Object, ObjectSymbol, ReadCache, elf};

    use super::is_not_thread_safe;
    use crate::error::Reason;

    /// The machine's name as of `uname -m`, by the number in the file.
    const MACHINES: [(u16, &str); 7] = [
        (elf::EM_386.0, "x86"),
        (elf::EM_X86_64.0, "x86_64"),
        (elf::EM_ARM.0, "arm"),
        (elf::EM_AARCH64.0, "aarch64"),
        (elf::EM_RISCV.0, "riscv64"),
        (elf::EM_PPC64.0, "powerpc64"),
        (elf::EM_S390.0, "s390x"),
    ];

    pub(super) fn inspect(file: File, head: &[u8]) -> Result<(), Reason> {
        check_head(head)?;
        let cache = ReadCache::new(file);
        if cfg!(target_pointer_width = "64") {
            check_build::<elf::FileHeader64<Endianness>>(&cache)
        } else {
            check_build::<elf::FileHeader32<Endianness>>(&cache)
        }
    }

    /// Word size, byte order and machine.
    fn check_head(head: &[u8]) -> Result<(), Reason> {
        if !head.starts_with(b"\x7fELF") {
            return Err(Reason::NotALibrary("it does not begin as an ELF file does".into()));
        }
        let &[_, _, _, _, class, order, .., low, high] = head.get(..20).unwrap_or_default() else {
            return Err(Reason::NotALibrary("it ends within its header".into()));
        };
        let library = if class == elf::ELFCLASS32.0 { 32 } else { 64 };
        if library != usize::BITS {
            return Err(Reason::WordSize { library });
        }
        let bytes = [low, high];
        let (machine, own_order) = if order == elf::ELFDATA2LSB.0 {
            (u16::from_le_bytes(bytes), cfg!(target_endian = "little"))
        } else {
            (u16::from_be_bytes(bytes), cfg!(target_endian = "big"))
        };
        let name = MACHINES.iter().find(|(number, _)| *number == machine).map(|(_, name)| *name);
        let own_is_listed = MACHINES.iter().any(|(_, name)| *name == std::env::consts::ARCH);
        if !own_order || own_is_listed && name != Some(std::env::consts::ARCH) {
            let order = if own_order { "" } else { ", of the other byte order" };
            return Err(Reason::Machine(match name {
                Some(name) => format!("{name}{order}"),
                None => format!("ELF machine {machine}{order}"),
            }));
        }
        Ok(())
    }

    /// Both cores export the same functions. They differ in the name they were linked with, and in that the one that
    /// is thread-safe locks a mutex. A library that is not of Spread's own make may do so in another way, so the want
    /// of a mutex tells only where Spread's helpers are exported too.
    fn check_build<Elf: FileHeader<Endian = Endianness>>(cache: &ReadCache<File>) -> Result<(), Reason> {
        let garbled = |error: object::Error| Reason::NotALibrary(error.to_string());
        let file = ElfFile::<Elf, _>::parse(cache).map_err(garbled)?;
        let table = file.elf_dynamic_table().map_err(garbled)?;
        for entry in &table {
            let what = match entry.tag {
                elf::DT_SONAME => "it was linked as",
                elf::DT_NEEDED => "it is built upon",
                _ => continue,
            };
            let name = String::from_utf8_lossy(table.string(entry).map_err(garbled)?);
            if is_not_thread_safe(&name) {
                return Err(Reason::NotThreadSafe(format!("{what} {name}")));
            }
        }
        let has = |name: &str, undefined: bool| {
            let is_it = |symbol: &object::read::elf::ElfSymbol<'_, '_, Elf, _>| {
                symbol.is_undefined() == undefined && symbol.name() == Ok(name)
            };
            file.dynamic_symbols().any(|symbol| is_it(&symbol))
        };
        let spreads_own = has("SP_connect", false) && has("Mem_init_object", false) && has("E_init", false);
        if spreads_own && !has("pthread_mutex_lock", true) {
            return Err(Reason::NotThreadSafe("it locks no mutex".into()));
        }
        Ok(())
    }
}
