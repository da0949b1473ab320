//! Reads the recordings in `testdata/transcripts`. Their README has the schema.

use serde_json::Value;
use std::path::Path;

/// One recorded story.
pub(crate) struct Transcript {
    pub(crate) name: String,
    pub(crate) connections: Vec<Connection>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) events: Vec<Value>,
}

/// One client's connection.
pub(crate) struct Connection {
    pub(crate) id: String,
    /// As it was given to the library; a NULL is the empty name here, as it is on the wire.
    pub(crate) private_name: String,
    pub(crate) membership: bool,
    pub(crate) priority: bool,
    /// The library, and not a plain socket.
    pub(crate) is_library: bool,
    /// `None`: refused.
    pub(crate) private_group: Option<String>,
}

/// One unit of the protocol.
pub(crate) struct Frame {
    pub(crate) conn: String,
    pub(crate) to_daemon: bool,
    pub(crate) kind: String,
    pub(crate) bytes: Vec<u8>,
}

/// Every recording in a folder, by name.
pub(crate) fn read_all(folder: &Path) -> Vec<Transcript> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    assert_eq!(paths.len(), 44, "recordings are missing or new");
    paths.iter().map(|path| Transcript::read(path)).collect()
}

impl Transcript {
    fn read(path: &Path) -> Transcript {
        let root: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(root["host_byte_order"], "little");
        Transcript {
            name: text(&root["name"]),
            connections: list(&root["connections"]).iter().map(Connection::read).collect(),
            frames: list(&root["frames"]).iter().map(Frame::read).collect(),
            events: list(&root["events"]).to_vec(),
        }
    }

    /// The units of one connection in one direction, ends of streams aside.
    pub(crate) fn units(&self, conn: &str, to_daemon: bool) -> Vec<&Frame> {
        let mine = |frame: &&Frame| frame.conn == conn && frame.to_daemon == to_daemon && frame.kind != "eof";
        self.frames.iter().filter(mine).collect()
    }

    /// The bytes of one connection in one direction.
    pub(crate) fn stream(&self, conn: &str, to_daemon: bool) -> Vec<u8> {
        self.units(conn, to_daemon).iter().flat_map(|frame| frame.bytes.iter().copied()).collect()
    }

    /// What one connection called.
    pub(crate) fn events(&self, conn: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |event| event["conn"] == conn)
    }
}

impl Connection {
    fn read(value: &Value) -> Connection {
        Connection {
            id: text(&value["id"]),
            private_name: value["private_name"].as_str().unwrap_or("").to_owned(),
            membership: value["membership"] == 1,
            priority: value["priority"] == 1,
            is_library: value["client"] == "libspread",
            private_group: value["private_group"].as_str().map(str::to_owned),
        }
    }
}

impl Frame {
    fn read(value: &Value) -> Frame {
        let mut bytes = from_hex(value["hex"].as_str().unwrap());
        if let Some(then) = value.get("then") {
            bytes.extend(generated(then));
        }
        let to_daemon = value["dir"] == "c2d";
        Frame { conn: text(&value["conn"]), to_daemon, kind: text(&value["kind"]), bytes }
    }
}

/// The payload of an event or of a call, spelled out or generated.
pub(crate) fn payload(value: &Value) -> Vec<u8> {
    match value["data_hex"].as_str() {
        Some(hex) => from_hex(hex),
        None => generated(&value["data_gen"]),
    }
}

/// The text of a string value.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The items of an array value.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// The integer of a number value.
pub(crate) fn int<T: TryFrom<i64>>(value: &Value) -> T {
    value.as_i64().and_then(|int| T::try_from(int).ok()).unwrap_or_else(|| panic!("{value} is no such number"))
}

fn generated(value: &Value) -> Vec<u8> {
    assert_eq!(value["byte_i"], "(i*7+3)&255");
    (0..int::<usize>(&value["len"])).map(|i| (i * 7 + 3) as u8).collect()
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| (digit as char).to_digit(16).expect("a hex digit") as u8;
    assert_eq!(hex.len() % 2, 0);
    hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
