//! The file of a Unix socket: made where there is none or a dead one, removed if it is still ours.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use mio::net::UnixListener;
use socket2::{Domain, SockAddr, Socket, Type};
use spread_proto::address::check_socket_path;

use crate::error::StartError;

/// A socket's file, removed when dropped.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Device and inode: another daemon may have put its own file there since.
    identity: Option<(u64, u64)>,
}

impl SocketFile {
    /// Listens on a path.
    pub(crate) fn listen(path: &Path, backlog: i32) -> Result<(UnixListener, SocketFile), StartError> {
        let listener = match bind(path, backlog) {
            // Only a socket that nobody listens on any more is taken away.
            Err(error) if error.kind() == ErrorKind::AddrInUse && is_dead(path) => {
                fs::remove_file(path).and_then(|()| bind(path, backlog))
            }
            result => result,
        };
        let listener = listener.map_err(|error| StartError::Listen { address: path.display().to_string(), error })?;
        Ok((listener, SocketFile { identity: identity(path), path: path.to_owned() }))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.identity.is_some() && self.identity == identity(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn bind(path: &Path, backlog: i32) -> io::Result<UnixListener> {
    check_socket_path(path.as_os_str().as_bytes()).map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    socket.listen(backlog)?;
    socket.set_nonblocking(true)?;
    Ok(UnixListener::from_std(socket.into()))
}

/// A file that is no socket refuses connections just as a dead socket does.
fn is_dead(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_socket());
    is_socket && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|data| (data.dev(), data.ino()))
}
