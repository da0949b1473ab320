//! What a process can run out of: descriptors, threads and memory.

use std::io;

use socket2::{Domain, Socket, Type};

/// Returns whether the system refuses because it, or this process, has no more of what was asked for.
pub(crate) fn is_exhausted(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory || error.raw_os_error().is_some_and(|number| OUT_OF.contains(&number))
}

/// `ENOSPC` is the kernel's bound of watches; a disk without room for a socket's file says the same.
#[cfg(unix)]
const OUT_OF: [i32; 5] = [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::ENOBUFS, libc::ENOSPC];
/// `ERROR_TOO_MANY_OPEN_FILES`, `ERROR_NOT_ENOUGH_MEMORY`, `WSAEMFILE` and `WSAENOBUFS`.
#[cfg(windows)]
const OUT_OF: [i32; 4] = [4, 8, 10_024, 10_055];

/// Asks the system for one more descriptor, and gives it back. Resolvers, loaders and the C library have other words
/// for it when they get none: that the name is unknown, or the file not there.
pub(crate) fn spare_descriptor() -> io::Result<()> {
    match Socket::new(Domain::IPV4, Type::DGRAM, None) {
        Err(error) if is_exhausted(&error) => Err(error),
        // A machine without IPv4 lacks no descriptor.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exhausted_system_is_told_from_other_refusals() {
        for number in OUT_OF {
            assert!(is_exhausted(&io::Error::from_raw_os_error(number)), "{number}");
        }
        assert!(is_exhausted(&io::ErrorKind::OutOfMemory.into()));
        for kind in [io::ErrorKind::ConnectionRefused, io::ErrorKind::WouldBlock, io::ErrorKind::NotFound] {
            assert!(!is_exhausted(&kind.into()), "{kind}");
        }
        assert!(spare_descriptor().is_ok());
    }
}
