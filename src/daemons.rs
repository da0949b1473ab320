//! Embedded daemons, started and stopped by JavaScript. What they tell comes back as notices, behind the bell.

use std::path::PathBuf;
use std::sync::Arc;

use spread_daemon::{Auth, Config, Daemon, Event, IpRule, Limits, Listen, StartError};
use spread_proto::DaemonName;

use crate::failure::Failure;
use crate::shared::{Notice, Shared};
use crate::slots::Slots;

/// The daemons of an environment.
#[derive(Default)]
pub(crate) struct Daemons(Slots<Daemon>);

/// What JavaScript asks for; numbers are checked there. Infinity in `session_messages` is none.
pub(crate) struct Options {
    pub(crate) name: String,
    pub(crate) host: Option<String>,
    pub(crate) port: u16,
    pub(crate) path: Option<String>,
    pub(crate) ip_rules: Option<Vec<String>>,
    pub(crate) limits: Limits,
}

impl Daemons {
    /// Starts a daemon: it listens when this returns. Binding needs no waiting, so the JavaScript thread may do it.
    pub(crate) fn start(&mut self, shared: &Arc<Shared>, options: Options) -> Result<u32, Failure> {
        let config = configure(options)?;
        let mut failure = None;
        let environment = Arc::downgrade(shared);
        let id = self.0.try_insert(|id| {
            Daemon::start(config, move |event| {
                if let (Event::Stopped, Some(shared)) = (&event, environment.upgrade()) {
                    shared.notify(Notice { about: id, kind: "stopped", text: String::new() });
                }
            })
            .map_err(|error| failure = Some(Failure::daemon(&error)))
            .ok()
        });
        id.ok_or_else(|| failure.unwrap_or_else(|| Failure::bug("more daemons than it can count")))
    }

    pub(crate) fn get(&mut self, id: u32) -> Option<&Daemon> {
        self.0.get_mut(id).map(|daemon| &*daemon)
    }

    /// Forgets a daemon that has stopped.
    pub(crate) fn remove(&mut self, id: u32) {
        self.0.remove(id);
    }

    /// The environment is taken down: they stop, and their threads are waited for.
    pub(crate) fn stop_all(&mut self) {
        let daemons: Vec<_> = self.0.drain().collect();
        daemons.iter().for_each(Daemon::stop);
        daemons.iter().for_each(Daemon::join);
    }
}

fn configure(options: Options) -> Result<Config, Failure> {
    let name = DaemonName::new(options.name.as_bytes())?;
    let listen = match &options.host {
        None => Listen::Loopback,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let address = host.parse().map_err(|_| Failure::daemon_host(host))?;
            Listen::On(vec![address])
        }
    };
    let auth = match options.ip_rules {
        None => Auth::default(),
        Some(rules) => {
            let parse = |rule: &String| IpRule::parse(rule).ok_or_else(|| Failure::daemon_rule(rule));
            Auth { null: false, ip: Some(rules.iter().map(parse).collect::<Result<_, _>>()?) }
        }
    };
    let unix = options.path.map(PathBuf::from);
    Ok(Config { listen, port: options.port, unix, auth, limits: options.limits, ..Config::new(name) })
}

impl Failure {
    fn daemon(error: &StartError) -> Failure {
        Failure::of_daemon(format!("the daemon could not start: {error}"))
    }

    fn daemon_host(host: &str) -> Failure {
        Failure::of_daemon(format!("the daemon listens on an IP address, which '{host}' is not"))
    }

    fn daemon_rule(rule: &str) -> Failure {
        Failure::of_daemon(format!(
            "'{rule}' is no rule of an access list: an address, address/prefix, 'local' or 'unix'"
        ))
    }
}
