//! The configuration map: the nodes of Corosync's nodelist.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char};

use crate::bindings::cmap as c;
use crate::error::{Code, Error};
use crate::library::Libraries;

/// The keys' beginning. What follows is a position in the list, which is not the node's id.
const NODES: &CStr = c"nodelist.node.";

/// The longest value that is read: a node's name is a host's name, which has 255 bytes at most.
const MAX_VALUE: usize = 1024;

/// A node of the nodelist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfiguredNode {
    /// Its id; nothing where Corosync makes one of the address.
    pub nodeid: Option<u32>,
    /// Its name, if it has one.
    pub name: Option<String>,
}

/// A connection to the configuration map.
#[derive(Debug)]
pub struct Cmap {
    libraries: &'static Libraries,
    handle: c::cmap_handle_t,
}

impl Cmap {
    /// Connects. Corosync answers from 0.3 s after its start on; before, the error is [`Code::LIBRARY`].
    pub fn open(libraries: &'static Libraries) -> Result<Cmap, Error> {
        let mut handle = 0;
        // SAFETY: it writes one number.
        Error::check("cmap_initialize", unsafe { libraries.cmap.cmap_initialize(&mut handle) })?;
        Ok(Cmap { libraries, handle })
    }

    /// Returns the nodes of the nodelist, in its order.
    pub fn nodes(&self) -> Result<Vec<ConfiguredNode>, Error> {
        let mut nodes: BTreeMap<u32, ConfiguredNode> = BTreeMap::new();
        for key in self.keys(NODES)? {
            let Some((position, field)) = position_and_field(&key) else { continue };
            let node = nodes.entry(position).or_default();
            match field {
                "nodeid" => node.nodeid = Some(self.number(&key)?),
                "name" => node.name = Some(self.text(&key)?),
                _ => {}
            }
        }
        Ok(nodes.into_values().collect())
    }

    /// Returns the keys that begin so.
    fn keys(&self, beginning: &CStr) -> Result<Vec<String>, Error> {
        let cmap = &self.libraries.cmap;
        let mut walk = 0;
        // SAFETY: it reads the string and writes one number.
        let answer = unsafe { cmap.cmap_iter_init(self.handle, beginning.as_ptr(), &mut walk) };
        Error::check("cmap_iter_init", answer)?;
        let mut keys = Vec::new();
        let ended = loop {
            let mut name = [0; c::CMAP_KEYNAME_MAXLEN as usize + 1];
            let (mut length, mut kind) = (0, 0);
            // SAFETY: it writes a key's name, which has CMAP_KEYNAME_MAXLEN bytes at most and then a NUL, and two
            // numbers.
            let answer = unsafe { cmap.cmap_iter_next(self.handle, walk, name.as_mut_ptr(), &mut length, &mut kind) };
            match Error::check("cmap_iter_next", answer) {
                Ok(()) => keys.extend(string(&name)),
                Err(Error::Refused { code: Code(NO_SECTIONS), .. }) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        // SAFETY: the walk is not used after this.
        unsafe { cmap.cmap_iter_finalize(self.handle, walk) };
        ended.map(|()| keys)
    }

    fn number(&self, key: &str) -> Result<u32, Error> {
        let mut value = [0; 4];
        let (length, kind) = self.value(key, &mut value)?;
        let is_number = kind == c::cmap_value_types_t_CMAP_VALUETYPE_UINT32 && length == value.len();
        if is_number { Ok(u32::from_ne_bytes(value)) } else { Err(Error::Value) }
    }

    fn text(&self, key: &str) -> Result<String, Error> {
        let mut value = [0; MAX_VALUE];
        let (length, kind) = self.value(key, &mut value)?;
        let bytes = value.get(..length).filter(|_| kind == c::cmap_value_types_t_CMAP_VALUETYPE_STRING);
        let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or(Error::Value)?;
        Ok(text.trim_end_matches('\0').to_owned())
    }

    /// Reads a value into memory that has its place already, and returns its length and type.
    fn value(&self, key: &str, value: &mut [u8]) -> Result<(usize, u32), Error> {
        let key = CString::new(key).map_err(|_| Error::Value)?;
        let (mut length, mut kind) = (value.len(), 0);
        // SAFETY: it reads the key's name, writes as many bytes as `length` says there are, and two numbers.
        let answer = unsafe {
            let to = value.as_mut_ptr().cast();
            self.libraries.cmap.cmap_get(self.handle, key.as_ptr(), to, &mut length, &mut kind)
        };
        Error::check("cmap_get", answer).map(|()| (length, kind))
    }
}

impl Drop for Cmap {
    fn drop(&mut self) {
        // SAFETY: nothing uses the handle after this.
        unsafe { self.libraries.cmap.cmap_finalize(self.handle) };
    }
}

/// The end of a walk.
const NO_SECTIONS: u32 = c::cs_error_t_CS_ERR_NO_SECTIONS;

fn string(name: &[c_char]) -> Option<String> {
    let bytes: Vec<u8> = name.iter().map(|byte| *byte as u8).collect();
    CStr::from_bytes_until_nul(&bytes).ok()?.to_str().ok().map(str::to_owned)
}

/// Splits `nodelist.node.2.name` into 2 and `name`.
fn position_and_field(key: &str) -> Option<(u32, &str)> {
    let (position, field) = key.strip_prefix("nodelist.node.")?.split_once('.')?;
    Some((position.parse().ok()?, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_position_and_a_field() {
        assert_eq!(position_and_field("nodelist.node.12.ring0_addr"), Some((12, "ring0_addr")));
        assert_eq!(position_and_field("nodelist.node.x.name"), None);
        assert_eq!(position_and_field("nodelist.local_node_pos"), None);
    }
}
