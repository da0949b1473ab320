//! A stream in chunks: the same messages as from the whole of it, each within the limits of its reader.
//!
//! Input: the reader (one byte), then chunks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_fuzz::Input;
use spread_proto::limits::{HEADER_LEN, MAX_MEMBERSHIP_SIZE, MAX_SIZE};
use spread_proto::{Deframer, Delivery, Reader};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let (reader, max) = match input.byte() & 1 {
        0 => (Reader::Client, HEADER_LEN + 4 + MAX_MEMBERSHIP_SIZE),
        _ => (Reader::Daemon, HEADER_LEN + MAX_SIZE),
    };
    let mut deframer = Deframer::new(reader);
    let (mut stream, mut at) = (Vec::new(), 0);
    while !input.0.is_empty() {
        let chunk = input.chunk();
        stream.extend(chunk);
        deframer.push(chunk);
        loop {
            let whole = reader.frame(&stream[at..]);
            let frame = deframer.next_frame();
            match (frame, whole) {
                (Ok(Some(frame)), Ok(Some(whole))) => {
                    assert_eq!((frame.bytes, frame.header), (whole.bytes, whole.header));
                    assert!((HEADER_LEN..=max).contains(&frame.bytes.len()));
                    assert_eq!(frame.group_fields().len(), frame.header.num_groups as usize);
                    assert_eq!(frame.body().len(), frame.header.data_len as usize);
                    let _ = Delivery::parse(frame);
                    at += whole.bytes.len();
                }
                (Ok(None), Ok(None)) => break,
                (Err(error), Err(same)) => {
                    assert_eq!(error, same);
                    return;
                }
                (frame, whole) => panic!("{frame:?} in chunks, {whole:?} as a whole"),
            }
        }
        assert_eq!(deframer.is_at_boundary(), at == stream.len());
    }
});
