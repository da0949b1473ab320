//! Room for descriptors, made beforehand. Linux lets a process's table of them grow in steps, and with several threads
//! each step waits until none can be looking at the old table: 10 ms and more, in which the daemon would serve nobody.
//! Whoever opens many connections could bring that about.

use std::fs::File;
use std::thread;

use rustix::io::fcntl_dupfd_cloexec;

use crate::config::Limits;

/// Room for more is made when there are more: it is 8 bytes for each.
const MOST: usize = 16 * 1024;

/// Makes room for as many as the bounds allow, in a thread of its own: nobody is to wait for it.
pub(crate) fn reserve(limits: &Limits) {
    // Handshakes may be over and still have their connections.
    let wanted = limits.sessions.saturating_add(limits.handshakes).min(MOST);
    let make = move || {
        let Ok(file) = File::open("/dev/null") else { return };
        // The system may allow fewer.
        let halves = std::iter::successors(Some(wanted), |&number| Some(number / 2));
        let _ = halves
            .take_while(|&number| number > 0)
            .find_map(|number| fcntl_dupfd_cloexec(&file, number as i32 - 1).ok());
    };
    // Without it everything is as good but for those waits.
    let _ = thread::Builder::new().name("spread-daemon-fds".into()).spawn(make);
}
