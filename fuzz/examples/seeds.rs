//! Writes the recorded sessions as first inputs of each target, into `corpus/`: those in which each end says only what it
//! may.

#[allow(dead_code, unreachable_pub, reason = "the tests use all of it, the seeds only the frames")]
#[path = "../../spread-proto/tests/golden/transcript.rs"]
mod transcript;

use std::path::{Path, PathBuf};

use spread_fuzz::legal::is_legal;
use spread_fuzz::{client_op, put_chunk, server_op};
use spread_proto::server::{Request, parse_request};
use spread_proto::{Name, PrivateGroup};
use transcript::{Connection, Transcript};

/// Larger sessions differ from the others in the size of their payloads only, and make every run slow.
const MAX_LEN: usize = 6_000;

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut written = 0;
    for transcript in transcript::read_all(&here.join("../spread-proto/testdata/transcripts")) {
        for connection in &transcript.connections {
            for (target, seed) in seeds(&transcript, connection) {
                if seed.len() > MAX_LEN || !is_legal(target, &seed) {
                    continue;
                }
                let folder: PathBuf = here.join("corpus").join(target);
                std::fs::create_dir_all(&folder)?;
                std::fs::write(folder.join(format!("{}-{}-{written}", transcript.name, connection.id)), seed)?;
                written += 1;
            }
        }
    }
    println!("{written} seeds");
    Ok(())
}

fn seeds(transcript: &Transcript, connection: &Connection) -> Vec<(&'static str, Vec<u8>)> {
    let (to_daemon, to_client) = (transcript.stream(&connection.id, true), transcript.stream(&connection.id, false));
    let mut seeds = vec![
        ("client_handshake", [&[0], &to_client[..]].concat()),
        ("server_handshake", [&[1], &to_daemon[..]].concat()),
        ("client_ops", client_ops(transcript, connection)),
        ("server_ops", server_ops(transcript, connection)),
    ];
    for direction in [false, true] {
        let mut stream = vec![u8::from(direction)];
        for unit in transcript.units(&connection.id, direction).iter().filter(|unit| unit.kind == "message") {
            put_chunk(&unit.bytes, &mut stream);
        }
        seeds.push(("deframer", stream));
    }
    let messages = transcript.units(&connection.id, false).into_iter().filter(|unit| unit.kind == "message");
    for bytes in messages.map(|unit| &unit.bytes).filter(|bytes| bytes[0] & 0x3f == 0) {
        let (cause, members) = (bytes[1] & 0x0f, usize::from(bytes[36]));
        let flags = if bytes[1] & 0x20 != 0 { 4 } else { cause.trailing_zeros() as u8 };
        seeds.push(("membership_body", [&[flags << 1, members as u8], &bytes[48 + members * 32..]].concat()));
    }
    seeds
}

/// The daemon's units between the client's requests, in the order of the recording.
fn client_ops(transcript: &Transcript, connection: &Connection) -> Vec<u8> {
    let mut ops = vec![0];
    let own = connection.private_group.as_deref().and_then(|group| PrivateGroup::parse(group.as_bytes()).ok());
    for frame in transcript.frames.iter().filter(|frame| frame.conn == connection.id) {
        if !frame.to_daemon {
            ops.push(if frame.kind == "eof" { client_op::END } else { client_op::BYTES });
            if frame.kind != "eof" {
                put_chunk(&frame.bytes, &mut ops);
            }
        } else if let Some(Ok(Some((request, _)))) = own.map(|own| parse_request(own, &frame.bytes))
            && frame.kind == "message"
        {
            put_request(&request, &mut ops);
        }
    }
    ops
}

fn put_request(request: &Request<'_>, ops: &mut Vec<u8>) {
    match request {
        Request::Join(group) | Request::Leave(group) => {
            ops.push(if matches!(request, Request::Join(_)) { client_op::JOIN } else { client_op::LEAVE });
            put_chunk(group.as_bytes(), ops);
        }
        Request::Multicast(frame) => {
            ops.push(client_op::MULTICAST);
            ops.extend((frame.header.service_type.0 as u16).to_le_bytes());
            ops.extend(frame.header.hint.mess_type().to_le_bytes());
            ops.push(frame.group_fields().len() as u8);
            for field in frame.group_fields() {
                put_chunk(Name::from_field(field).as_bytes(), ops);
            }
            put_chunk(frame.body(), ops);
        }
        Request::Kill | Request::Nothing => ops.push(client_op::DISCONNECT),
    }
}

/// The client's units, with the daemon's decisions where it made them.
fn server_ops(transcript: &Transcript, connection: &Connection) -> Vec<u8> {
    let mut ops = vec![1];
    for frame in transcript.frames.iter().filter(|frame| frame.conn == connection.id) {
        match (frame.to_daemon, frame.kind.as_str()) {
            (true, "eof") => ops.push(server_op::END),
            (true, _) => {
                ops.push(server_op::BYTES);
                put_chunk(&frame.bytes, &mut ops);
            }
            (false, "auth_list") => put_admit(connection, &mut ops),
            (false, "accept") => {
                // Without a list before it, the client is an old one.
                if transcript.units(&connection.id, false)[0].kind == "accept" {
                    put_admit(connection, &mut ops);
                }
                ops.push(server_op::AUTHORIZE);
            }
            (false, "reject") => ops.extend([server_op::REFUSE, !frame.bytes[0]]),
            _ => {}
        }
    }
    ops
}

fn put_admit(connection: &Connection, ops: &mut Vec<u8>) {
    ops.push(server_op::ADMIT);
    put_chunk(connection.private_group.as_deref().unwrap_or("#nobody#alpha").as_bytes(), ops);
}
