//! The units of the handshake, both ways, and every one of their prefixes.

use proptest::collection::vec;
use proptest::prelude::*;
use spread_proto::address::Address;
use spread_proto::handshake::{
    Accept, AuthName, ConnectRequest, encode_auth_choice, encode_auth_list, parse_auth_choice, parse_auth_list,
};
use spread_proto::{Code, DaemonName, PrivateGroup, PrivateName};

use crate::writer::names;

fn auth_names() -> impl Strategy<Value = AuthName> {
    "[!-~]{1,29}".prop_map(|name| AuthName::new(&name).unwrap())
}

/// A request of any version that a daemon takes, as its protocol describes it.
fn write_request(version: [i8; 3], flags: u8, name: &[u8]) -> Vec<u8> {
    let version = version.map(|byte| byte as u8);
    let has_patch = u32::from(version[0]) * 100 + u32::from(version[1]) > 314;
    let mut bytes = version[..if has_patch { 3 } else { 2 }].to_vec();
    bytes.extend([flags, name.len() as u8]);
    bytes.extend(name);
    bytes
}

proptest! {
    #[test]
    fn connect_requests(
        version in (3..=127_i8, 1..=99_i8, 0..=99_i8), membership in any::<bool>(), priority in any::<bool>(),
        name in names(0..=10), behind in vec(any::<u8>(), 0..3),
    ) {
        let version = [version.0, version.1, version.2];
        let flags = u8::from(membership) | u8::from(priority) << 4;
        let written = write_request(version, flags, &name);
        let mut bytes = written.clone();
        bytes.extend(behind);
        let (request, used) = ConnectRequest::parse(&bytes).unwrap().unwrap();
        prop_assert_eq!(used, written.len());
        prop_assert_eq!((request.membership, request.priority), (membership, priority));
        prop_assert_eq!(request.name, PrivateName::new(&name).ok());
        let mut again = Vec::new();
        request.encode(&mut again);
        prop_assert_eq!(&again, &written);
        for len in 0..written.len() {
            prop_assert_eq!(ConnectRequest::parse(&written[..len]), Ok(None));
        }
    }

    /// The sign of the flags decides, too.
    #[test]
    fn flags(flags in any::<u8>()) {
        let (request, _) = ConnectRequest::parse(&write_request([5, 0, 1], flags, b"bob")).unwrap().unwrap();
        prop_assert_eq!(request.membership, flags & 0x81 == 0x01);
    }

    #[test]
    fn versions(major in any::<i8>(), minor in any::<i8>(), patch in any::<i8>()) {
        let number = i32::from(major) * 10_000 + i32::from(minor) * 100 + i32::from(patch);
        // Up to 3.14 there is no patch byte; then the number is that without it.
        let has_patch = [major, minor] > [3, 14];
        let number = if has_patch { number } else { number - i32::from(patch) };
        let [major, minor, patch] = [major, minor, patch].map(|byte| byte as u8);
        let bytes = if has_patch { vec![major, minor, patch, 1, 0] } else { vec![major, minor, 1, 0] };
        match ConnectRequest::parse(&bytes) {
            Ok(Some((_, used))) => prop_assert!(number >= 30_100 && used == bytes.len()),
            other => prop_assert!(number < 30_100 && other == Err(Code::RejectVersion)),
        }
    }

    #[test]
    fn auth_lists(methods in vec("[A-Z]{1,30}", 0..8)) {
        let mut bytes = vec![];
        encode_auth_list(methods.iter().map(String::as_str), &mut bytes);
        prop_assert!(bytes.len() <= 128);
        let (list, used) = parse_auth_list(&bytes).unwrap().unwrap();
        prop_assert_eq!(used, bytes.len());
        let listed: Vec<_> = list.split_terminator(' ').collect();
        let fits = methods.iter().map(|method| method.len() + 1).sum::<usize>() <= 127;
        prop_assert_eq!(fits, listed == methods);
        for len in 0..bytes.len() {
            prop_assert_eq!(parse_auth_list(&bytes[..len]), Ok(None));
        }
    }

    #[test]
    fn auth_choices(methods in vec(auth_names(), 0..=3)) {
        let mut bytes = vec![];
        encode_auth_choice(methods.iter(), &mut bytes);
        prop_assert_eq!(parse_auth_choice(bytes.first_chunk().unwrap()), Some(methods));
        prop_assert_eq!(bytes.len(), 90);
    }

    #[test]
    fn accepts(name in names(1..=10), daemon in names(1..=19), version in (3..=127_i8, 0..=127_i8, 0..=127_i8)) {
        let group = PrivateGroup::new(PrivateName::new(&name).unwrap(), DaemonName::new(&daemon).unwrap());
        let mut bytes = vec![];
        Accept::encode(group, true, &mut bytes);
        let version = [version.0, version.1, version.2];
        bytes[1..4].copy_from_slice(&version.map(|byte| byte as u8));
        prop_assert_eq!(Accept::parse(&bytes), Ok(Some((Accept { version, private_group: group }, bytes.len()))));
        for len in 0..bytes.len() {
            prop_assert_eq!(Accept::parse(&bytes[..len]), Ok(None));
        }
        let mut old = vec![];
        Accept::encode(group, false, &mut old);
        prop_assert_eq!(&old[3..], &bytes[4..]);
    }

    #[test]
    fn addresses(text in "[ 0-9@:./a-z\\[\\]#é-]{0,20}") {
        if let Ok(address) = Address::parse(&text) {
            prop_assert_eq!(Address::parse(&address.to_string()), Ok(address));
        }
    }
}
