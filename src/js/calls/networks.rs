//! The functions of networks of daemons to rehearse on.

use std::time::Duration;

use super::daemons::figures;
use crate::js::napi::Value;
use crate::js::options::{latency, network_options};

functions! {
    /// `startNetwork(options)` → the network's id, or 0. The options are those of lib/daemon/network.js, by name.
    "startNetwork" start_network[1] = |hub, call, [options]| {
        let options = network_options(call, options);
        let id = hub.networks.start(&hub.shared, options).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        call.number(f64::from(id))
    }

    /// `stopNetwork(id)`: all its daemons stop; it is forgotten.
    "stopNetwork" stop_network[1] = |hub, call, [id]| {
        hub.networks.stop(call.u32(id));
        Value::UNDEFINED
    }

    /// `networkPort(id, place)` → the TCP port of a daemon.
    "networkPort" network_port[2] = |hub, call, [id, place]| {
        let place = call.u32(place) as usize;
        call.int(hub.networks.get(call.u32(id)).map_or(0, |network| i32::from(network.port(place))))
    }

    /// `networkStats(id, place)` → figures of a daemon that is not dead, by name.
    "networkStats" network_stats[2] = |hub, call, [id, place]| {
        match hub.networks.stats(call.u32(id), call.u32(place) as usize) {
            Some(stats) => figures(call, &stats),
            None => Value::UNDEFINED,
        }
    }

    /// `networkParts(id, parts)`: of each daemon the number of its part.
    "networkParts" network_parts[2] = |hub, call, [id, parts]| {
        let parts: Vec<u32> = call.elements(parts).into_iter().map(|part| call.u32(part)).collect();
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.set_parts(&parts);
        }
        Value::UNDEFINED
    }

    /// `networkKill(id, place)`: a daemon dies.
    "networkKill" network_kill[2] = |hub, call, [id, place]| {
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.kill(call.u32(place) as usize);
        }
        Value::UNDEFINED
    }

    /// `networkStart(id, place)` → whether a daemon that was dead has been started.
    "networkStart" network_start[2] = |hub, call, [id, place]| {
        let started = hub.networks.start_daemon(call.u32(id), call.u32(place) as usize);
        let is_started = started.is_ok();
        if let Err(failure) = started {
            hub.last_failure = Some(failure);
        }
        call.flag(is_started)
    }

    /// `networkHang(id, place, hangs, noticed)`: a daemon stands still, or goes on.
    "networkHang" network_hang[4] = |hub, call, [id, place, hangs, noticed]| {
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.set_hanging(call.u32(place) as usize, call.bool(hangs), call.bool(noticed));
        }
        Value::UNDEFINED
    }

    /// `networkLatency(id, latency)`: `ms` and `jitter` between all, or with `isPair` `from` one place `to` another.
    "networkLatency" network_latency[2] = |hub, call, [id, given]| {
        let (pair, latency) = latency(call, given);
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.set_latency(pair, latency);
        }
        Value::UNDEFINED
    }

    /// `networkDetect(id, ms)`: how long a loss takes to be noticed.
    "networkDetect" network_detect[2] = |hub, call, [id, ms]| {
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.set_detect(Duration::from_secs_f64(call.f64(ms) / 1000.0));
        }
        Value::UNDEFINED
    }

    /// `networkIsSettled(id)` → whether nothing is under way anywhere.
    "networkIsSettled" network_is_settled[1] = |hub, call, [id]| {
        let is_settled = hub.networks.get(call.u32(id)).is_none_or(spread_daemon::network::Network::is_settled);
        call.flag(is_settled)
    }
}
