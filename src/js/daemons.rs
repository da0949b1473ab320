//! Embedded daemons, started and stopped by JavaScript. What they report comes back as notices, by the bell.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use spread_daemon::{
    Auth, Config, Daemon, Event, GroupPicture, IpRule, Limits, Listen, Reason, SessionPicture, Snapshot, StartError,
};
use spread_proto::{DaemonName, GroupId, Name};

use super::slots::Slots;
use crate::environment::shared::{Environment, Notice};
use crate::failure::Failure;
use crate::resources;

/// Notices that wait for JavaScript at most. What a daemon has to tell beyond that is only counted: clients come and go
/// faster than a busy program takes them.
const MOST_WAITING: usize = 4096;

/// The daemons of an environment.
#[derive(Default)]
pub(crate) struct Daemons(Slots<Entry>);

struct Entry {
    daemon: Daemon,
    /// Somebody listens to who comes and goes.
    telling: Arc<AtomicBool>,
}

/// What JavaScript asks for; numbers are checked there. Infinity in `session_messages` is none.
pub(crate) struct Options {
    pub(crate) name: String,
    pub(crate) host: Option<String>,
    pub(crate) port: u16,
    pub(crate) path: Option<String>,
    pub(crate) mode: u32,
    pub(crate) strict: bool,
    pub(crate) ip_rules: Option<Vec<String>>,
    pub(crate) limits: Limits,
}

impl Daemons {
    /// Starts a daemon: it listens when this returns. Binding needs no waiting, so the JavaScript thread may do it.
    pub(crate) fn start(&mut self, shared: &Arc<Environment>, options: Options) -> Result<u32, Failure> {
        let config = configure(options)?;
        let mut failure = None;
        let environment = Arc::downgrade(shared);
        let id = self.0.try_insert(|id| {
            let telling = Arc::new(AtomicBool::new(false));
            let asked = telling.clone();
            let mut missed = 0;
            let tell = move |event: Event| {
                let Some(shared) = environment.upgrade() else { return };
                if event == Event::Stopped {
                    shared.notify(Notice { about: id, kind: "stopped", text: String::new() });
                } else if let Event::Snapshot { number, snapshot } = event {
                    shared.notify(Notice { about: id, kind: "snapshot", text: picture(number, &snapshot) });
                } else if asked.load(Ordering::Relaxed) {
                    if shared.notices_waiting() >= MOST_WAITING {
                        missed += 1;
                    } else if let Some((kind, text)) = describe(&event, std::mem::take(&mut missed)) {
                        shared.notify(Notice { about: id, kind, text });
                    }
                }
            };
            Daemon::start(config, tell)
                .map(|daemon| Entry { daemon, telling })
                .map_err(|error| failure = Some(Failure::daemon(&error)))
                .ok()
        });
        id.ok_or_else(|| failure.unwrap_or_else(|| Failure::bug("more daemons than it can count")))
    }

    pub(crate) fn get(&mut self, id: u32) -> Option<&Daemon> {
        self.0.get_mut(id).map(|entry| &entry.daemon)
    }

    /// Sets whether notices report the clients that come and go.
    pub(crate) fn report_clients(&mut self, id: u32, on: bool) {
        if let Some(entry) = self.0.get_mut(id) {
            entry.telling.store(on, Ordering::Relaxed);
        }
    }

    /// Forgets a daemon that has stopped.
    pub(crate) fn remove(&mut self, id: u32) {
        self.0.remove(id);
    }

    /// Stops all, and waits for their threads: the environment is taken down.
    pub(crate) fn stop_all(&mut self) {
        let entries: Vec<_> = self.0.drain().collect();
        for entry in &entries {
            entry.daemon.stop();
        }
        for entry in &entries {
            entry.daemon.join();
        }
    }
}

/// Describes a snapshot, for lib/daemon/snapshot.js: its number and whether it is truncated, and then a line for each session and
/// group, in parts between tabs, which none of them has.
fn picture(number: u32, snapshot: &Snapshot) -> String {
    let mut text = format!("{number}\t{}", u8::from(snapshot.truncated));
    for session in &snapshot.sessions {
        let SessionPicture { private_group, peer, connected, queued_bytes, messages_in, messages_out, groups } =
            session;
        let ms = connected.as_millis();
        let name = unescaped(private_group.as_bytes());
        let _ = write!(text, "\ns\t{name}\t{peer}\t{ms}\t{queued_bytes}\t{messages_in}\t{messages_out}");
        list(&mut text, groups);
    }
    for GroupPicture { name, id: GroupId([a, b, c]), members } in &snapshot.groups {
        let _ = write!(text, "\ng\t{}\t{a}\t{b}\t{c}", unescaped(name.as_bytes()));
        list(&mut text, members);
    }
    text
}

/// Returns a name as sessions have it: printed, it would be escaped for a log.
fn unescaped(name: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(name)
}

fn list(text: &mut String, names: &[Name]) {
    for name in names {
        let _ = write!(text, "\t{}", unescaped(name.as_bytes()));
    }
}

/// Describes a client that came or went, for lib/daemon/daemon.js: parts between tabs, which none of them has.
fn describe(event: &Event, missed: u64) -> Option<(&'static str, String)> {
    match event {
        Event::Connected { private_group, peer } => {
            Some(("connect", format!("{missed}\t{}\t{peer}", unescaped(private_group.as_bytes()))))
        }
        Event::Ended { private_group, peer, reason } => {
            let group = private_group.as_ref().map_or(Cow::default(), |group| unescaped(group.as_bytes()));
            Some(("disconnect", format!("{missed}\t{group}\t{peer}\t{}\t{reason}", cause(*reason))))
        }
        _ => None,
    }
}

fn cause(reason: Reason) -> &'static str {
    match reason {
        Reason::Left => "left",
        Reason::Gone => "gone",
        Reason::SlowBytes | Reason::SlowMessages | Reason::SlowTotal => "slow",
        Reason::Refused(_) => "refused",
        Reason::Stopped => "stopped",
        _ => "faulty",
    }
}

fn configure(options: Options) -> Result<Config, Failure> {
    let name = DaemonName::new(options.name.as_bytes())?;
    let listen = match &options.host {
        None => Listen::Loopback,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            Listen::at(host.parse().map_err(|_| Failure::daemon_host(host))?)
        }
    };
    let auth = match options.ip_rules {
        None => Auth::default(),
        Some(rules) => {
            let parse = |rule: &String| IpRule::parse(rule).ok_or_else(|| Failure::daemon_rule(rule));
            Auth { null: false, ip: Some(rules.iter().map(parse).collect::<Result<_, _>>()?) }
        }
    };
    Ok(Config {
        listen,
        port: options.port,
        unix: options.path.map(PathBuf::from),
        unix_mode: options.mode,
        auth,
        strict: options.strict,
        limits: options.limits,
        ..Config::new(name)
    })
}

impl Failure {
    fn daemon(error: &StartError) -> Failure {
        let step = "starting the daemon";
        match error {
            StartError::Thread(error) => Failure::resources("pthread_create", step, error),
            StartError::System(error) => Failure::resources("listen", step, error),
            StartError::Listen { address, error } if resources::is_exhausted(error) => {
                Failure::resources("listen", &format!("listening on {address}"), error)
            }
            _ => Failure::of_daemon(format!("the daemon could not start: {error}")),
        }
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
