//! Frames of another daemon that are anything at all: nothing falls, and no memory is taken for what is not there.
//!
//! Input: frames; of each its kind, an acknowledgement, and its bytes. A kind of 7 is a change of the view.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_daemon::internals::Besieged;
use spread_fuzz::Input;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut daemon = Besieged::new();
    while let Some(kind) = input.next_byte() {
        if kind % 8 == 7 {
            daemon.change();
        } else {
            let acknowledged = u64::from(input.byte());
            daemon.take(kind % 8, acknowledged, input.chunk());
        }
    }
});
