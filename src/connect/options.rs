//! What a session is opened with. Names are those of `ConnectOptions` in `index.d.ts`; `js/options.rs` reads them.

use std::time::Duration;

use spread_proto::client::{AuthMethod, Config};
use spread_proto::{Address, PrivateName};

use crate::session::state::Heartbeat;
use crate::session::{inbox, outbox};

pub(crate) struct ConnectOptions {
    pub(crate) addresses: Vec<Address>,
    pub(crate) name: Option<PrivateName>,
    pub(crate) membership: bool,
    pub(crate) priority: bool,
    /// Other methods than NULL.
    pub(crate) auth: Option<Vec<AuthMethod>>,
    pub(crate) timeout: Duration,
    pub(crate) keep_alive: bool,
    /// `maxReceiveQueueBytes` and `overflow`.
    pub(crate) inbox: inbox::Limits,
    /// `highWaterMark`, `maxQueuedBytes` and `maxMessageBytes`.
    pub(crate) outbox: outbox::Limits,
    /// `pingInterval` and `pingTimeout`.
    pub(crate) heartbeat: Option<Heartbeat>,
    /// The path of the C library, if that is to carry the session; empty: where it is found.
    pub(crate) libspread: Option<String>,
}

impl ConnectOptions {
    /// Returns what the handshake asks for.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config { priority: self.priority, ..Config::new(self.name, self.membership) };
        if let Some(methods) = &self.auth {
            config.methods.clone_from(methods);
        }
        config
    }
}

#[cfg(test)]
impl ConnectOptions {
    /// Options for tests.
    pub(crate) fn to(addresses: &[&str], timeout: Duration) -> ConnectOptions {
        ConnectOptions {
            addresses: addresses.iter().map(|text| Address::parse(text).unwrap()).collect(),
            name: None,
            membership: true,
            priority: false,
            auth: None,
            timeout,
            keep_alive: true,
            inbox: inbox::Limits { max_receive_queue_bytes: 1 << 20, overflow: inbox::Overflow::Disconnect },
            outbox: outbox::Limits { high_water_mark: 1 << 20, max_queued_bytes: 1 << 20, max_message_bytes: 1 << 20 },
            heartbeat: None,
            libspread: None,
        }
    }
}
