//! The four units of the handshake. docs/protocol.md has the sequence.
//!
//! | unit | bytes |
//! |---|---|
//! | connect request | major, minor, \[patch], flags, n, name of n bytes |
//! | auth list | length L, L bytes of method names, each followed by a space |
//! | auth choice | three slots of 30 bytes, NUL-padded |
//! | accept | 1, major, minor, \[patch], m, private group of m bytes |
//!
//! In place of the list or the accept a daemon may send one negative byte: the code with which it refuses.
//! The patch byte exists from version 3.15 on, list and choice from 3.16 on.

use alloc::string::String;
use alloc::vec::Vec;

use crate::codes::Code;
use crate::error::{ApiMisuse, ConnectError, DaemonMisbehaved};
use crate::limits::{
    AUTH_CHOICE_LEN, AUTH_SLOT_LEN, MAX_AUTH_LIST_LEN, MAX_AUTH_NAME_LEN, MAX_PRIVATE_NAME_LEN, VERSION,
};
use crate::name::{PrivateGroup, PrivateName};

/// A client's first unit: the connect request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectRequest {
    /// The client library's version; the bytes are signed.
    pub version: [i8; 3],
    /// Whether the client wants membership messages.
    pub membership: bool,
    /// Carried, without any effect.
    pub priority: bool,
    /// The name asked for; `None` leaves it to the daemon.
    pub name: Option<PrivateName>,
}

impl ConnectRequest {
    /// Appends the request. It has to leave in one write: a real daemon reads it once.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let name = self.name.as_ref().map_or(&[][..], |name| name.as_bytes());
        out.extend_from_slice(&self.version.map(|byte| byte as u8)[..if self.has_patch() { 3 } else { 2 }]);
        out.push(u8::from(self.membership) | u8::from(self.priority) << 4);
        out.push(name.len() as u8);
        out.extend_from_slice(name);
    }

    /// Reads a request from a stream: the request and its length, or `None` while it is not whole.
    pub fn parse(bytes: &[u8]) -> Result<Option<(ConnectRequest, usize)>, Code> {
        let [major, minor, rest @ ..] = bytes else { return Ok(None) };
        let mut request =
            ConnectRequest { version: [*major as i8, *minor as i8, 0], membership: false, priority: false, name: None };
        let rest = match rest {
            [patch, rest @ ..] if request.has_patch() => {
                request.version[2] = *patch as i8;
                rest
            }
            _ if request.has_patch() => return Ok(None),
            rest => rest,
        };
        if request.number() < 30_100 {
            return Err(Code::RejectVersion);
        }
        let [flags, len, rest @ ..] = rest else { return Ok(None) };
        // On means that the signed byte modulo 2 is +1, so not for negative bytes. Observed.
        request.membership = (*flags as i8) % 2 == 1;
        request.priority = flags & 0x10 != 0;
        let len = usize::from(*len);
        if len > MAX_PRIVATE_NAME_LEN {
            return Err(Code::RejectIllegalName);
        }
        let Some(name) = rest.get(..len) else { return Ok(None) };
        if len > 0 {
            request.name = Some(PrivateName::new(name).map_err(|_| Code::RejectIllegalName)?);
        }
        Ok(Some((request, bytes.len() - rest.len() + len)))
    }

    /// Reads a request as a 5.0.1 daemon does, which looks once: from all that is there at that moment. Where the daemon
    /// closes the connection without a word, the error has no code.
    pub fn parse_once(bytes: &[u8]) -> Result<(ConnectRequest, usize), Option<Code>> {
        match ConnectRequest::parse(bytes).map_err(Some)? {
            // It reads ten bytes where the name should be, if there are as many: what follows a shorter one belongs to it.
            Some((ConnectRequest { name: Some(name), .. }, used))
                if used < bytes.len() && name.as_bytes().len() < MAX_PRIVATE_NAME_LEN =>
            {
                Err(Some(Code::RejectIllegalName))
            }
            Some(request) => Ok(request),
            None => {
                let with_patch = bytes.len() >= 2 && [bytes[0] as i8, bytes[1] as i8] > [3, 14];
                let is_name_short = bytes.len() >= if with_patch { 5 } else { 4 };
                Err(is_name_short.then_some(Code::RejectIllegalName))
            }
        }
    }

    /// Returns whether the version byte for the patch is there, here and in the accept.
    pub fn has_patch(&self) -> bool {
        self.version[..2] > [3, 14][..]
    }

    /// Returns whether list and choice are exchanged.
    pub fn has_auth(&self) -> bool {
        self.version[..2] >= [3, 16][..]
    }

    fn number(&self) -> i32 {
        let [major, minor, patch] = self.version.map(i32::from);
        major * 10_000 + minor * 100 + patch
    }
}

/// The name of an authentication method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthName(String);

impl AuthName {
    /// The method that asks for nothing.
    pub const NULL: &'static str = "NULL";
    /// The method that asks for the client's address.
    pub const IP: &'static str = "IP";

    /// Checks and takes a name.
    pub fn new(name: &str) -> Result<AuthName, ApiMisuse> {
        if name.is_empty() || name.len() > MAX_AUTH_NAME_LEN || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ApiMisuse::AuthName);
        }
        Ok(AuthName(name.into()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Appends the auth list: the methods a daemon allows. Names that do not fit its 127 bytes are left out.
pub fn encode_auth_list<'a>(methods: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    let at = out.len();
    out.push(0);
    for method in methods {
        if out.len() - at + method.len() <= MAX_AUTH_LIST_LEN {
            out.extend_from_slice(method.as_bytes());
            out.push(b' ');
        }
    }
    out[at] = (out.len() - at - 1) as u8;
}

/// Reads an auth list from a stream: the list as text and its length on the wire, or `None` while it is not whole.
pub fn parse_auth_list(bytes: &[u8]) -> Result<Option<(&str, usize)>, ConnectError> {
    let Some((&len, rest)) = bytes.split_first() else { return Ok(None) };
    refused(len)?;
    match rest.get(..usize::from(len)) {
        None => Ok(None),
        Some(list) => {
            let text =
                core::str::from_utf8(list).map_err(|_| DaemonMisbehaved::Handshake("the auth list is no text"))?;
            Ok(Some((text, 1 + list.len())))
        }
    }
}

/// Appends the auth choice. It has to leave in one write: a real daemon reads it once.
pub fn encode_auth_choice<'a>(methods: impl Iterator<Item = &'a AuthName>, out: &mut Vec<u8>) {
    let at = out.len();
    out.resize(at + AUTH_CHOICE_LEN, 0);
    for (slot, method) in out[at..].chunks_exact_mut(AUTH_SLOT_LEN).zip(methods) {
        slot[..method.0.len()].copy_from_slice(method.0.as_bytes());
    }
}

/// Reads an auth choice: its filled slots, or `None` if a slot is no name or an empty one stands before a filled one.
pub fn parse_auth_choice(block: &[u8; AUTH_CHOICE_LEN]) -> Option<Vec<AuthName>> {
    let mut methods = Vec::new();
    let mut ended = false;
    for slot in block.chunks_exact(AUTH_SLOT_LEN) {
        let len = slot.iter().position(|&byte| byte == 0)?;
        if len == 0 {
            ended = true;
        } else if ended {
            return None;
        } else {
            methods.push(AuthName::new(core::str::from_utf8(&slot[..len]).ok()?).ok()?);
        }
    }
    Some(methods)
}

/// The daemon's last unit in a handshake that succeeded: the accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The daemon's version.
    pub version: [i8; 3],
    /// The session's private group.
    pub private_group: PrivateGroup,
}

impl Accept {
    /// Appends the accept, for a client that knows of the patch byte or not.
    pub fn encode(private_group: PrivateGroup, with_patch: bool, out: &mut Vec<u8>) {
        out.push(1);
        out.extend_from_slice(&VERSION[..if with_patch { 3 } else { 2 }]);
        out.push(private_group.as_bytes().len() as u8);
        out.extend_from_slice(private_group.as_bytes());
    }

    /// Reads an accept, with patch byte, from a stream: the accept and its length, or `None` while it is not whole.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Accept, usize)>, ConnectError> {
        let Some((&code, rest)) = bytes.split_first() else { return Ok(None) };
        refused(code)?;
        if code != 1 {
            return Err(DaemonMisbehaved::Handshake("the accept code is neither 1 nor negative").into());
        }
        let [major, minor, patch, len, rest @ ..] = rest else { return Ok(None) };
        let version = [*major as i8, *minor as i8, *patch as i8];
        if version.iter().any(|&byte| byte < 0) {
            return Err(DaemonMisbehaved::Handshake("the daemon's version is negative").into());
        }
        if version[0] < 3 {
            return Err(ConnectError::DaemonTooOld(version[0], version[1], version[2]));
        }
        let len = usize::from(*len);
        if len > crate::limits::MAX_NAME_LEN {
            return Err(DaemonMisbehaved::Handshake("the private group is too long").into());
        }
        let Some(name) = rest.get(..len) else { return Ok(None) };
        let private_group = PrivateGroup::parse(name)
            .map_err(|_| DaemonMisbehaved::Handshake("the private group is not #name#daemon"))?;
        Ok(Some((Accept { version, private_group }, 5 + len)))
    }
}

/// Checks for a refusal: a negative byte where a list or an accept could begin.
fn refused(byte: u8) -> Result<(), ConnectError> {
    let code = byte as i8;
    if code >= 0 {
        return Ok(());
    }
    Err(Code::from_number(i32::from(code)).map_or(ConnectError::RejectedUnknown(code), ConnectError::Rejected))
}
