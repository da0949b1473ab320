//! The recorded sessions of a real daemon and library, replayed against both machines.
//!
//! | module | replays |
//! |---|---|
//! | `received` | what the daemon sent, into the client: the same results as the library's |
//! | `sent` | the library's calls, on the client: the same bytes as the library's |
//! | `served` | what clients sent, into the server: the same requests, and the daemon's own answers |
//! | `cuts` | all of it, cut at every byte |

mod cuts;
mod received;
mod sent;
mod served;
mod transcript;

use std::path::Path;

use spread_proto::client::{AuthMethod, Config};
use spread_proto::{AuthName, PrivateName};
use transcript::{Connection, Transcript};

/// Every recording.
fn transcripts() -> Vec<Transcript> {
    transcript::read_all(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/transcripts")))
}

/// The configuration with which our client does what this connection did. A name that we refuse to send is left out:
/// `sent` says which those are.
fn config(transcript: &Transcript, connection: &Connection) -> Config {
    // The library cuts a long name, ours refuses it.
    let name = connection.private_name.as_bytes();
    let mut config = Config::new(PrivateName::new(&name[..name.len().min(10)]).ok(), connection.membership);
    config.priority = connection.priority;
    // Which method an application registers is not in the recordings' events, but in their descriptions.
    if matches!((transcript.name.as_str(), connection.id.as_str()), ("connect_auth_ip", "c1") | ("reject_auth", "c2")) {
        config.methods = vec![AuthMethod { name: AuthName::new(AuthName::IP).unwrap(), interactive: false }];
    }
    config
}

/// Every connection made with the library. (Plain sockets announce other versions and byte orders than our client.)
fn library_connections(transcript: &Transcript) -> impl Iterator<Item = &Connection> {
    transcript.connections.iter().filter(|connection| connection.is_library)
}
