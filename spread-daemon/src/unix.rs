//! The file of a Unix socket: made where there is none or a dead one, removed if it is still ours. Beside it stands its
//! lock, `PATH.lock`, for as long as the daemon listens: so of two that start at once only one finds the path free, and
//! the other one gets an error. A lock that nobody holds is left from one that died, and means nothing. A name that begins
//! with NUL stands in no file system (Linux): the system itself gives it to one alone and frees it, and it has no mode.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mio::net::UnixListener;
use rustix::fs::{FlockOperation, OFlags, flock};
use socket2::{Domain, SockAddr, Socket, Type};
use spread_proto::address::check_socket_path;

use crate::error::StartError;

/// The lock is for whoever runs the daemon.
const MODE: u32 = 0o600;

/// A socket's file, removed when dropped.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    identity: Option<Identity>,
    /// Given back last.
    _lock: Option<Lock>,
}

/// Device and inode: somebody else may have put another file there since.
type Identity = (u64, u64);

impl SocketFile {
    /// Listens on a path, where whoever `mode` allows may connect. It never waits for anybody.
    pub(crate) fn listen(path: &Path, mode: u32, backlog: i32) -> Result<(UnixListener, SocketFile), StartError> {
        let listen = || {
            check_socket_path(path.as_os_str().as_bytes())
                .map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
            let lock = (!is_abstract(path)).then(|| Lock::take(path)).transpose()?;
            let listener = match bind(path, mode, backlog) {
                // Only a socket that nobody listens on any more is taken away.
                Err(error) if error.kind() == ErrorKind::AddrInUse && is_dead(path) => {
                    fs::remove_file(path).and_then(|()| bind(path, mode, backlog))
                }
                result => result,
            };
            Ok((listener?, SocketFile { identity: identity(path), path: path.to_owned(), _lock: lock }))
        };
        listen().map_err(|error| StartError::Listen { address: path.display().to_string(), error })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.identity.is_some() && self.identity == identity(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A lock on a path, given back when dropped, or when the process ends.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    fn take(of: &Path) -> io::Result<Lock> {
        let mut path = of.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        loop {
            let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(MODE)
                .custom_flags(flags)
                .open(&path)?;
            flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
                rustix::io::Errno::WOULDBLOCK => rustix::io::Errno::ADDRINUSE,
                other => other,
            })?;
            // Whoever gave it back may have removed the file since it was opened: then this is no lock any more.
            if file.metadata().ok().map(|data| (data.dev(), data.ino())) == identity(&path) {
                return Ok(Lock { path, _file: file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether this is a name in no file system.
fn is_abstract(path: &Path) -> bool {
    path.as_os_str().as_bytes().first() == Some(&0)
}

fn bind(path: &Path, mode: u32, backlog: i32) -> io::Result<UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    // Before it listens nobody can connect.
    let listen = || {
        if !is_abstract(path) {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        socket.listen(backlog)?;
        socket.set_nonblocking(true)
    };
    if let Err(error) = listen() {
        let _ = fs::remove_file(path);
        return Err(error);
    }
    Ok(UnixListener::from_std(socket.into()))
}

/// Whether this is a socket that nobody listens on. A file that is no socket refuses connections just as a dead socket
/// does. One that has too many waiting already does not let this one wait: it is alive.
fn is_dead(path: &Path) -> bool {
    let connect = || {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.connect(&SockAddr::unix(path)?)
    };
    let is_socket = fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_socket());
    is_socket && connect().is_err_and(|error: io::Error| error.kind() == ErrorKind::ConnectionRefused)
}

fn identity(path: &Path) -> Option<Identity> {
    fs::symlink_metadata(path).ok().map(|data| (data.dev(), data.ino()))
}
