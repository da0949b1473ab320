//! Which inputs may be kept in `corpus/`: those in which each end says only what it may. A client's bytes are exactly
//! what this project's own client would send, and a daemon's are what that client reads; everything is whole. The rest
//! is for each run to find again.

use spread_proto::client::{AuthMethod, Client, Config, Happened};
use spread_proto::handshake::{encode_auth_choice, parse_auth_choice};
use spread_proto::limits::{AUTH_CHOICE_LEN, MAX_MULTICAST_SIZE};
use spread_proto::message::parse_delivery;
use spread_proto::server::{Request, parse_request};
use spread_proto::{
    AuthName, ConnectRequest, Destination, Frame, GroupName, Multicast, Name, PrivateGroup, Reader, ServiceType,
};

use crate::{Input, client_op, daemon_op, membership_message, server_op};

/// Methods of a client, in the choice that it makes.
const MOST_METHODS: usize = 2;

/// Returns whether an input of this target may be kept.
pub fn is_legal(target: &str, data: &[u8]) -> bool {
    let mut input = Input(data);
    let flags = input.byte();
    match target {
        "deframer" => deframer(flags, input),
        "client_handshake" => flags & 3 < 2 && is_daemons(flags, input.0),
        "server_handshake" => is_clients(None, input.0),
        "membership_body" => flags >> 1 & 7 < 6 && is_read(&membership_message(data)),
        "client_ops" => flags & 1 == 0 && client_ops(input),
        "server_ops" => server_ops(input),
        "daemon_rules" => daemon_rules(Input(data)),
        _ => false,
    }
}

fn deframer(flags: u8, mut input: Input<'_>) -> bool {
    let mut stream = Vec::new();
    while !input.0.is_empty() {
        stream.extend(input.chunk());
    }
    if flags & 1 == 0 { is_read(&stream) } else { is_sendable(None, &stream) }
}

/// Returns whether a client reads all of it.
fn is_read(mut bytes: &[u8]) -> bool {
    while let Ok(Some((_, used))) = parse_delivery(bytes) {
        bytes = &bytes[used..];
    }
    bytes.is_empty()
}

/// Returns whether a client may send that: requests, each of which this project's guards let through.
fn is_sendable(own: Option<PrivateGroup>, mut bytes: &[u8]) -> bool {
    while let Ok(Some(frame)) = Reader::Daemon.frame(bytes) {
        let sender = || PrivateGroup::parse(Name::from_field(frame.sender_field()).as_bytes()).ok();
        if !own.or_else(sender).is_some_and(|own| passes(own, &frame)) {
            return false;
        }
        bytes = &bytes[frame.bytes.len()..];
    }
    bytes.is_empty()
}

/// Returns whether the guards let this request through.
fn passes(own: PrivateGroup, frame: &Frame<'_>) -> bool {
    let is_legal = |group: Name| GroupName::new(group.as_bytes()).is_ok();
    match parse_request(own, frame.bytes) {
        Ok(Some((Request::Join(group), _))) => frame.header.service_type == ServiceType::JOIN && is_legal(group),
        Ok(Some((Request::Leave(group), _))) => frame.header.service_type == ServiceType::LEAVE && is_legal(group),
        Ok(Some((Request::Kill, _))) => frame.header.service_type == ServiceType::KILL,
        Ok(Some((Request::Multicast(frame), _))) => {
            let destination = |field| Destination::parse(Name::from_field(field).as_bytes()).ok();
            let groups: Option<Vec<_>> = frame.group_fields().iter().map(destination).collect();
            groups.is_some_and(|groups| {
                let data_len = frame.body().len();
                let head =
                    Multicast { service_type: frame.header.service_type, groups: &groups, mess_type: 0, data_len };
                head.check(MAX_MULTICAST_SIZE).is_ok()
            })
        }
        _ => false,
    }
}

/// The length of the handshake that a client has sent, if this project's would.
fn clients_handshake(bytes: &[u8]) -> Option<usize> {
    let (request, used) = ConnectRequest::parse(bytes).ok()??;
    let mut out = Vec::new();
    request.encode(&mut out);
    let block = bytes.get(used..)?.first_chunk::<AUTH_CHOICE_LEN>()?;
    let methods = parse_auth_choice(block)?;
    encode_auth_choice(methods.iter(), &mut out);
    let is_legal = (1..=MOST_METHODS).contains(&methods.len()) && bytes.starts_with(&out);
    is_legal.then_some(out.len())
}

/// Returns whether a client may send that, from the connect request on.
fn is_clients(own: Option<PrivateGroup>, bytes: &[u8]) -> bool {
    clients_handshake(bytes).is_some_and(|used| is_sendable(own, &bytes[used..]))
}

/// Returns whether a client reads all of it, from the list of methods on.
fn is_daemons(flags: u8, bytes: &[u8]) -> bool {
    daemons_handshake(flags, bytes).is_some_and(is_read)
}

/// Returns the bytes after a daemon's handshake, if a client accepts that.
fn daemons_handshake(flags: u8, mut bytes: &[u8]) -> Option<&[u8]> {
    let name = if flags & 1 == 0 { AuthName::NULL } else { "IP" };
    let method = AuthMethod { name: AuthName::new(name).ok()?, interactive: false };
    let mut client = Client::new(Config { methods: vec![method], ..Config::new(None, true) }).ok()?;
    loop {
        let (used, happened) = client.handle_bytes(bytes).ok()?;
        bytes = &bytes[used..];
        match happened {
            Some(Happened::Connected(_)) => return Some(bytes),
            None if used > 0 => {}
            _ => return None,
        }
    }
}

fn client_ops(mut input: Input<'_>) -> bool {
    let mut from_daemon = Vec::new();
    while let Some(op) = input.next_byte() {
        let is_fine = match op % 7 {
            client_op::BYTES => {
                from_daemon.extend(input.chunk());
                true
            }
            client_op::JOIN | client_op::LEAVE => GroupName::new(input.chunk()).is_ok(),
            client_op::MULTICAST => {
                let (service, _type) = (input.number(), input.number());
                let groups: Option<Vec<_>> =
                    (0..input.byte()).map(|_| Destination::parse(input.chunk()).ok()).collect();
                let (service_type, data_len) = (ServiceType(u32::from(service)), input.chunk().len());
                groups.is_some_and(|groups| {
                    let head = Multicast { service_type, groups: &groups, mess_type: 0, data_len };
                    head.check(MAX_MULTICAST_SIZE).is_ok()
                })
            }
            _ => true,
        };
        if !is_fine {
            return false;
        }
    }
    is_daemons(0, &from_daemon)
}

fn server_ops(mut input: Input<'_>) -> bool {
    let (mut own, mut from_client) = (None, Vec::new());
    while let Some(op) = input.next_byte() {
        match op % 5 {
            server_op::BYTES => from_client.extend(input.chunk()),
            server_op::ADMIT => {
                let Ok(group) = PrivateGroup::parse(input.chunk()) else { return false };
                own = own.or(Some(group));
            }
            server_op::REFUSE => drop(input.byte()),
            _ => {}
        }
    }
    is_clients(own, &from_client)
}

/// All that its clients ask for is legal, but for bytes of any kind.
fn daemon_rules(mut input: Input<'_>) -> bool {
    while let Some(op) = input.next_byte() {
        match op % daemon_op::COUNT {
            daemon_op::BYTES => return false,
            daemon_op::CONNECT | daemon_op::KILL | daemon_op::STALL | daemon_op::READ | daemon_op::HANG_UP => {
                input.byte();
            }
            daemon_op::JOIN | daemon_op::LEAVE => drop((input.byte(), input.byte())),
            daemon_op::SEND => drop((input.byte(), input.number())),
            _ => {
                let _who_and_service = (input.byte(), input.byte());
                for _ in 0..=input.byte() % 4 {
                    input.byte();
                }
                input.number();
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// All that may be kept, in bytes.
    const MOST: u64 = 2_000_000;

    #[test]
    fn what_is_kept_is_legal_and_little() {
        let (mut size, mut targets) = (0, 0);
        for folder in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")).unwrap() {
            let folder = folder.unwrap().path();
            targets += 1;
            for file in std::fs::read_dir(&folder).unwrap() {
                let file = file.unwrap();
                let target = folder.file_name().unwrap().to_str().unwrap();
                assert!(is_legal(target, &std::fs::read(file.path()).unwrap()), "{}", file.path().display());
                size += file.metadata().unwrap().len();
            }
        }
        assert!(size <= MOST, "{size} bytes");
        assert_eq!(targets, 7, "a corpus for each target");
    }

    fn request(own: &[u8], head: Multicast<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        head.encode_head(PrivateGroup::parse(own).unwrap(), &mut out);
        out.resize(out.len() + head.data_len, b'x');
        out
    }

    #[test]
    fn a_clients_guards_decide() {
        let groups = vec![Destination::parse(b"room").unwrap(); 44];
        let one = &groups[..1];
        let agreed = ServiceType::AGREED_MESS;
        let legal = Multicast { service_type: agreed, groups: one, mess_type: 7, data_len: 9 };
        let sent = request(b"#me#here", legal);
        let own = PrivateGroup::parse(b"#me#here").unwrap();
        assert!(is_sendable(Some(own), &sent));
        assert!(is_sendable(Some(own), &sent.repeat(3)));
        assert!(is_sendable(None, &[]));
        let refused = [
            Multicast { groups: &groups, ..legal },
            Multicast { groups: &[], ..legal },
            Multicast { service_type: ServiceType(0x30), ..legal },
            Multicast { service_type: ServiceType(agreed.0 | 0x100), ..legal },
            Multicast { data_len: MAX_MULTICAST_SIZE - 31, ..legal },
        ];
        for head in refused {
            assert!(!is_sendable(Some(own), &request(b"#me#here", head)), "{head:?}");
        }
        assert!(!is_sendable(Some(own), &request(b"#other#here", legal)));
        assert!(!is_sendable(Some(own), &sent[..sent.len() - 1]), "what is not whole");
        let mut renamed = sent;
        renamed[48] = b'#';
        assert!(!is_sendable(Some(own), &renamed), "an illegal group");
    }

    #[test]
    fn a_handshake_is_a_clients() {
        let mut bytes = Vec::new();
        ConnectRequest { version: [5, 0, 1], membership: true, priority: false, name: None }.encode(&mut bytes);
        let names = ["NULL", "IP", "PWORD"].map(|name| AuthName::new(name).unwrap());
        for (count, fits) in [(0, false), (1, true), (2, true), (3, false)] {
            let mut all = bytes.clone();
            encode_auth_choice(names[..count].iter(), &mut all);
            assert_eq!(clients_handshake(&all), fits.then_some(all.len()), "{count} methods");
        }
        assert_eq!(clients_handshake(&bytes), None);
    }
}
