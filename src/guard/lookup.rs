//! Names to addresses, each on a thread of its own: the system's resolver blocks, for many seconds at times, and
//! cannot be interrupted. A teardown abandons the thread, which does not keep the environment.

use std::net::ToSocketAddrs;
use std::sync::{Arc, Weak};

use crate::connect::socket::Target;
use crate::environment::orders::Command;
use crate::environment::shared::Environment;
use crate::failure::Failure;
use crate::resources;

/// Looks a host up for a session; the answer goes to the guard. Sessions that ask for the same name at the same time
/// share one thread.
pub(crate) fn start(shared: &Arc<Environment>, id: u32, host: String, port: u16) {
    let key = (host, port);
    let mut waiting = shared.lookups.lock().expect("no holder panics");
    if let Some(list) = waiting.get_mut(&key) {
        list.push(id);
        return;
    }
    waiting.insert(key.clone(), vec![id]);
    drop(waiting);
    let (environment, asked) = (Arc::downgrade(shared), key.clone());
    let spawned = std::thread::Builder::new().name("cspread-lookup".into()).spawn(move || {
        // The order of the answers is kept, as `dns.lookup` does.
        let result = (asked.0.as_str(), asked.1).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let result = match result {
            Ok(found) if found.is_empty() => Err(std::io::Error::other("no address was found")),
            result => result,
        };
        let answer =
            result.map(|found| found.into_iter().map(Target::Tcp).collect()).map_err(|error| failed(&asked.0, &error));
        tell(&environment, &asked, &answer);
    });
    if let Err(error) = spawned {
        let answer = Err(Failure::resources("pthread_create", &format!("looking up '{}'", key.0), &error));
        tell(&Arc::downgrade(shared), &key, &answer);
    }
}

/// Makes the failure: a resolver that gets no descriptor takes the name for an unknown one.
fn failed(host: &str, error: &std::io::Error) -> Failure {
    match resources::spare_descriptor() {
        Ok(()) => Failure::lookup(host, error),
        Err(refused) => Failure::resources("getaddrinfo", &format!("looking up '{host}'"), &refused),
    }
}

fn tell(environment: &Weak<Environment>, key: &(String, u16), answer: &Result<Vec<Target>, Failure>) {
    let Some(shared) = environment.upgrade() else { return };
    let list = shared.lookups.lock().expect("no holder panics").remove(key).unwrap_or_default();
    for id in list {
        shared.orders.give(Command::Resolved(id, answer.clone()));
    }
}
