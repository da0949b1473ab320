//! Several clients of the embedded daemon's rules at once, which connect, join, leave, send, end and fall silent: each
//! hears exactly what it has to, in one order, within the bounds. See the library's `world`.
//!
//! Input: operations; see the library's `daemon_op`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_fuzz::world::World;
use spread_fuzz::{Input, daemon_op};
use spread_proto::message::{Multicast, encode_join, encode_kill, encode_leave};
use spread_proto::{Destination, GroupName, PrivateGroup, ServiceType};

const SERVICES: [u32; 6] = [1, 2, 4, 8, 0x10, 0x20];
const GROUPS: u8 = 8;
const NAMES: u8 = 8;

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut world = World::new();
    while let Some(op) = input.next_byte() {
        if op % daemon_op::COUNT == daemon_op::CONNECT {
            let kind = input.byte();
            let name = [b'n', b'0' + (kind >> 1) % NAMES];
            world.connect((kind >> 1 < 0x40).then_some(&name), kind & 1 == 0);
        } else if let Some(who) = pick(&world, input.byte()) {
            act(&mut world, who, op % daemon_op::COUNT, &mut input);
        }
    }
    world.end();
});

fn pick(world: &World, number: u8) -> Option<PrivateGroup> {
    let names = world.names();
    (!names.is_empty()).then(|| names[usize::from(number) % names.len()])
}

fn act(world: &mut World, who: PrivateGroup, op: u8, input: &mut Input<'_>) {
    match op {
        daemon_op::JOIN => encode_join(who, group(input.byte()), world.unsent(who)),
        daemon_op::LEAVE => encode_leave(who, group(input.byte()), world.unsent(who)),
        daemon_op::KILL => encode_kill(who, world.unsent(who)),
        daemon_op::MULTICAST => multicast(world, who, input),
        daemon_op::BYTES => world.unsent(who).extend(input.chunk()),
        daemon_op::SEND => {
            let most = match input.number() {
                0 => usize::MAX,
                most => usize::from(most),
            };
            world.send(who, most);
        }
        daemon_op::STALL => world.stall(who, true),
        daemon_op::READ => world.stall(who, false),
        _ => world.hang_up(who),
    }
}

fn group(number: u8) -> GroupName {
    GroupName::new(&[b'g', b'0' + number % GROUPS]).expect("a legal name")
}

fn multicast(world: &mut World, who: PrivateGroup, input: &mut Input<'_>) {
    let kind = input.byte();
    let discards = if kind & 0x80 == 0 { 0 } else { ServiceType::SELF_DISCARD.0 };
    let groups: Vec<Destination> = (0..=input.byte() % 4).map(|_| destination(world, input.byte())).collect();
    let len = usize::from(input.number()) % 8_000;
    let head = Multicast {
        service_type: ServiceType(SERVICES[usize::from(kind & 0x7f) % SERVICES.len()] | discards),
        groups: &groups,
        mess_type: i16::from(kind),
        data_len: len,
    };
    let out = world.unsent(who);
    head.encode_head(who, out);
    out.extend((0..len).map(|index| index as u8 ^ kind));
}

/// One of the groups, or the private group of somebody who is there or not.
fn destination(world: &World, number: u8) -> Destination {
    let private = || match pick(world, number) {
        Some(who) if number & 0x40 == 0 => who.as_bytes().to_vec(),
        _ => vec![b'#', b'n', b'0' + number % NAMES, b'#', b'd', b'a', b'e', b'm', b'o', b'n'],
    };
    let name = if number & 0x80 == 0 { group(number).as_bytes().to_vec() } else { private() };
    Destination::parse(&name).expect("a legal name")
}
