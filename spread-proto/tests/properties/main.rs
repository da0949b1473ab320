//! What holds for any input: what is written is read, in both byte orders; how a stream is cut does not matter; and
//! no bytes whatsoever do harm.

mod any_bytes;
mod handshakes;
mod messages;
mod writer;
