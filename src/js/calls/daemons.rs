//! The functions of daemons.

use std::ffi::CString;

use crate::js::napi::Value;
use crate::js::options::daemon_options;

functions! {
    /// `startDaemon(options)` → the daemon's id, or 0. The options are those of lib/daemon/daemon.js, by name.
    "startDaemon" start_daemon[1] = |hub, call, [options]| {
        let options = daemon_options(call, options);
        let id = hub.daemons.start(&hub.shared, options).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        call.number(f64::from(id))
    }

    /// `daemonPort(id)` → the TCP port it listens on, 0 for none.
    "daemonPort" daemon_port[1] = |hub, call, [id]| {
        let port = hub.daemons.get(call.u32(id)).and_then(spread_daemon::Daemon::port);
        call.int(i32::from(port.unwrap_or(0)))
    }

    /// `daemonStats(id)` → figures of a daemon, by name.
    "daemonStats" daemon_stats[1] = |hub, call, [id]| {
        let Some(daemon) = hub.daemons.get(call.u32(id)) else { return Value::UNDEFINED };
        let named: Vec<_> = daemon.stats().named().map(|(name, figure)| (camel_case(name), figure)).collect();
        let figures: Vec<_> =
            named.iter().map(|(name, figure)| (name.as_c_str(), call.number(*figure as f64))).collect();
        call.object(&figures)
    }

    /// `reportClients(id, on)`: whether notices say who connects to it and who is gone.
    "reportClients" report_clients[2] = |hub, call, [id, on]| {
        hub.daemons.report_clients(call.u32(id), call.bool(on));
        Value::UNDEFINED
    }

    /// `askDaemon(id, number, limit)`: a notice has a snapshot of it, under that number.
    "askDaemon" ask_daemon[3] = |hub, call, [id, number, limit]| {
        if let Some(daemon) = hub.daemons.get(call.u32(id)) {
            daemon.ask(call.u32(number), call.u32(limit) as usize);
        }
        Value::UNDEFINED
    }

    /// `stopDaemon(id)`: a notice says when it has stopped.
    "stopDaemon" stop_daemon[1] = |hub, call, [id]| {
        if let Some(daemon) = hub.daemons.get(call.u32(id)) {
            daemon.stop();
        }
        Value::UNDEFINED
    }

    /// `forgetDaemon(id)`: it has stopped.
    "forgetDaemon" forget_daemon[1] = |hub, call, [id]| {
        hub.daemons.remove(call.u32(id));
        Value::UNDEFINED
    }
}

/// Returns a figure's name as JavaScript writes it: `total_bytes` is `totalBytes`.
fn camel_case(name: &str) -> CString {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (first, rest) = part.split_at(part.len().min(1));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    CString::new(camel).unwrap_or_default()
}
