//! The rules without sockets, to be measured and fuzzed: what the daemon's thread does, less its system calls.

use std::net::{Ipv4Addr, SocketAddr};

use spread_proto::DaemonName;

use crate::auth::{Auth, Peer};
use crate::config::Limits;
use crate::event::{Event, Reason, Stats};
use crate::rules::Rules;

const PEER: Peer = Peer::Tcp(SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1));

/// A daemon, and what waits for its clients.
#[allow(missing_debug_implementations)]
pub struct Socketless {
    rules: Rules,
    listed: Vec<u32>,
}

impl Socketless {
    /// A daemon with the default bounds.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Socketless {
        // One session may be in all of the groups that there are.
        Socketless::with(Limits { groups_of_session: 10_000, ..Limits::default() })
    }

    /// A daemon with these bounds.
    pub fn with(limits: Limits) -> Socketless {
        let name = DaemonName::new(b"daemon").expect("it is legal");
        Socketless { rules: Rules::new(name, Auth::default(), limits, [1, 2], 0), listed: Vec::new() }
    }

    /// A client connects.
    pub fn accept(&mut self) -> u32 {
        self.rules.accept(PEER).expect("there are not so many")
    }

    /// Bytes come from a client.
    pub fn feed(&mut self, id: u32, bytes: &[u8]) {
        self.rules.handle_bytes(id, bytes);
        self.listed.clear();
        self.strike_listed();
    }

    /// A client's connection has ended.
    pub fn hang_up(&mut self, id: u32) {
        self.rules.end(id, Reason::Gone);
    }

    /// A client's socket takes nothing of what waits for it.
    pub fn block(&mut self, id: u32) {
        self.rules.settle(id);
    }

    /// Cuts every client that is beyond a bound, once all were written to who could be.
    pub fn judge(&mut self) {
        loop {
            while !self.listed.is_empty() || self.rules.sessions.has_listed() {
                self.strike_listed();
                for id in std::mem::take(&mut self.listed) {
                    self.rules.judge_queue(id);
                }
            }
            if !self.rules.is_overfull() || !self.rules.cut_heaviest() {
                while self.rules.sessions.free_some() {}
                return;
            }
        }
    }

    /// Forgets a session that is over: its number is free again, and what it held.
    pub fn forget(&mut self, id: u32) {
        self.rules.forget(id);
        while self.rules.sessions.free_some() {}
    }

    /// What has happened since the last look.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.rules.events)
    }

    /// Figures as of now.
    pub fn stats(&self) -> Stats {
        self.rules.stats()
    }

    fn strike_listed(&mut self) {
        let from = self.listed.len();
        self.listed.extend(self.rules.sessions.take_listed());
        for &id in &self.listed[from..] {
            self.rules.sessions.strike(id);
        }
    }

    /// What waits for a client is written here.
    pub fn take(&mut self, id: u32, out: &mut Vec<u8>) {
        self.write(id, |bytes| out.extend_from_slice(bytes));
    }

    /// What waits for a client is written nowhere; how many bytes.
    pub fn skip(&mut self, id: u32) -> usize {
        self.write(id, |_| {})
    }

    fn write(&mut self, id: u32, mut put: impl FnMut(&[u8])) -> usize {
        let mut written = 0;
        loop {
            let Some(session) = self.rules.session(id) else { return written };
            let front = session.queue.front().map(|slice| {
                put(slice);
                slice.len()
            });
            match front.sum() {
                0 => return written,
                more => {
                    self.rules.sessions.advance(id, more);
                    written += more;
                }
            }
        }
    }
}
