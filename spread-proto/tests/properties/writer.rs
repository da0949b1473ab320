//! Writes messages in both byte orders, from the protocol's description alone and without the crate under test; and
//! makes up what to write.

use proptest::collection::vec;
use proptest::prelude::*;
use spread_proto::ByteOrder;

/// The content of a name field.
pub(crate) type Field = [u8; 32];

/// The parts of a message as they go on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) order: ByteOrder,
    pub(crate) word: u32,
    pub(crate) sender: Field,
    pub(crate) groups: Vec<Field>,
    pub(crate) mess_type: i16,
    /// The hint is its sender's; a daemon changes the order of all the rest.
    pub(crate) hint_order: ByteOrder,
    pub(crate) body: Vec<u8>,
}

/// A membership body.
#[derive(Clone, Debug)]
pub(crate) struct WireSets {
    pub(crate) id: [i32; 3],
    pub(crate) sets: Vec<Vec<Field>>,
    pub(crate) own: usize,
}

impl Wire {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = marked(self.order, self.word).to_vec();
        bytes.extend(self.sender);
        bytes.extend(plain(self.order, self.groups.len() as u32));
        bytes.extend(marked(self.hint_order, u32::from(self.mess_type as u16) << 8));
        bytes.extend(plain(self.order, self.body.len() as u32));
        bytes.extend(self.groups.concat());
        bytes.extend(&self.body);
        bytes
    }
}

impl WireSets {
    pub(crate) fn bytes(&self, order: ByteOrder) -> Vec<u8> {
        let mut bytes = write_id(order, self.id);
        let before: usize = self.sets[..self.own].iter().map(|set| 4 + set.len() * 32).sum();
        bytes.extend(plain(order, self.sets.len() as u32));
        bytes.extend(plain(order, before as u32));
        for set in &self.sets {
            bytes.extend(plain(order, set.len() as u32));
            bytes.extend(set.concat());
        }
        bytes
    }
}

pub(crate) fn write_id(order: ByteOrder, id: [i32; 3]) -> Vec<u8> {
    id.iter().flat_map(|int| plain(order, *int as u32)).collect()
}

/// An integer.
pub(crate) fn plain(order: ByteOrder, value: u32) -> [u8; 4] {
    match order {
        ByteOrder::Big => value.to_be_bytes(),
        ByteOrder::Little => value.to_le_bytes(),
    }
}

/// A word that tells its writer's order.
fn marked(order: ByteOrder, value: u32) -> [u8; 4] {
    let marker = if order == ByteOrder::Little { 0x8000_0080 } else { 0 };
    plain(order, value & !0x8000_0080 | marker)
}

pub(crate) fn orders() -> impl Strategy<Value = ByteOrder> {
    prop_oneof![Just(ByteOrder::Big), Just(ByteOrder::Little)]
}

/// A name of so many legal characters.
pub(crate) fn names(len: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<u8>> {
    vec(36..=126_u8, len)
}

/// A field with a name and, after its NUL, the bytes that were there before.
pub(crate) fn fields() -> impl Strategy<Value = Field> {
    (names(0..=31), any::<Field>()).prop_map(|(name, mut field)| {
        field[..name.len()].copy_from_slice(&name);
        field[name.len()] = 0;
        field
    })
}

/// A service, perhaps with `SELF_DISCARD`.
pub(crate) fn services() -> impl Strategy<Value = u32> {
    (0..6_u32, any::<bool>()).prop_map(|(service, discard)| 1 << service | u32::from(discard) << 6)
}

/// A data message.
pub(crate) fn messages() -> impl Strategy<Value = Wire> {
    let parts = (orders(), services(), fields(), vec(fields(), 0..6), any::<i16>(), orders(), vec(any::<u8>(), 0..200));
    parts.prop_map(|(order, word, sender, groups, mess_type, hint_order, body)| Wire {
        order,
        word,
        sender,
        groups,
        mess_type,
        hint_order,
        body,
    })
}

/// One to five sets, of which the receiver's own is any.
pub(crate) fn sets() -> impl Strategy<Value = WireSets> {
    (any::<[i32; 3]>(), vec(vec(fields(), 1..5), 1..6), any::<prop::sample::Index>())
        .prop_map(|(id, sets, own)| WireSets { id, own: own.index(sets.len()), sets })
}
