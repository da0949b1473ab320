//! Eight members send at once, to a group of all and to pairs of groups: every one of them sees one order, without a
//! gap and without a duplicate. `CSPREAD_ORDER_MESSAGES` is how many messages there are in all.

use std::collections::HashMap;
use std::net::SocketAddr;

use spread_proto::Delivery;

use crate::client::{Member, config, start};

const MEMBERS: usize = 8;

/// Messages that a sender is ahead of its own ones coming back.
const AHEAD: usize = 200;

fn messages() -> usize {
    std::env::var("CSPREAD_ORDER_MESSAGES").map_or(20_000, |count| count.parse().expect("a number"))
}

/// What one member has seen: a digest of everything in its order, and per sender the number expected next.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    digest: u64,
    count: usize,
    next: HashMap<String, u32>,
}

impl Seen {
    fn note(&mut self, sender: &str, body: &[u8]) {
        let number = u32::from_le_bytes(body[..4].try_into().unwrap());
        let expected = self.next.entry(sender.to_owned()).or_default();
        assert_eq!(number, *expected, "from {sender}");
        *expected += 1;
        self.count += 1;
        // FNV-1a over all that was seen, so that equal digests are equal orders.
        for byte in sender.bytes().chain(body.iter().copied()) {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[test]
fn eight_members_see_one_order() {
    let (daemon, _) = start(config());
    let address = daemon.addresses()[0];
    let each = messages() / MEMBERS;
    let all: Vec<Seen> = std::thread::scope(|scope| {
        let members: Vec<_> =
            (0..MEMBERS).map(|number| scope.spawn(move || take_part(address, number, each))).collect();
        members.into_iter().map(|member| member.join().unwrap()).collect()
    });
    assert_eq!(all[0].count, each * MEMBERS);
    for seen in &all {
        assert_eq!(seen, &all[0]);
    }
}

/// Joins, waits for the others, and sends while it receives.
fn take_part(address: SocketAddr, number: usize, each: usize) -> Seen {
    let mut member = Member::connect(address, &format!("m{number}")).unwrap();
    // Everybody is in both groups, so that a message to both comes once.
    member.join("second");
    member.join("all");
    let mut seen = Seen::default();
    let mut ready = false;
    let (mut sent, mut back) = (0, 0);
    let own = format!("#m{number}#here");
    while seen.count < each * MEMBERS {
        while ready && sent < each && sent - back < AHEAD {
            let groups: &[&str] = if sent % 3 == 0 { &["all", "second"] } else { &["all"] };
            let mut body = (sent as u32).to_le_bytes().to_vec();
            body.resize(4 + sent % 100, number as u8);
            member.queue(groups, &body);
            sent += 1;
        }
        member.flush();
        let message = member.hear(|delivery| match delivery {
            Delivery::Message(message) => {
                let sender = spread_proto::Name::from_field(message.sender).to_string();
                Some((sender, message.body.to_vec()))
            }
            Delivery::Membership(view) => {
                ready |= view.group.to_string() == "all" && view.members.len() == MEMBERS;
                None
            }
            other => panic!("{other:?} from a single daemon"),
        });
        if let Some((sender, body)) = message {
            back += usize::from(sender == own);
            seen.note(&sender, &body);
        }
    }
    seen
}
