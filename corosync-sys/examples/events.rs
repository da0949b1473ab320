//! Joins a group and prints what comes, one JSON object a line: each callback, then the change that it makes.
//!
//! ```text
//! events GROUP [DIRECTORY]
//! ```
//!
//! Lines of standard input are commands: `send TEXT`, `fill BYTES`, `nodes`, `leave`; its end is the end. `DIRECTORY` has the
//! libraries.

#[cfg(target_os = "linux")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let group = arguments.next().expect("a group");
    let directory = arguments.next().map(std::path::PathBuf::from);
    if let Err(error) = events::run(&group, directory.as_deref()) {
        println!("{}", serde_json::json!({ "error": error.to_string() }));
        std::process::exit(1);
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("Corosync is for Linux");
}

#[cfg(target_os = "linux")]
mod events {
    use std::error::Error;
    use std::io::{IoSlice, Read, stdin};
    use std::path::Path;

    use corosync_sys::{Address, Callback, Change, Changed, Changes, Cmap, Cpg, Libraries};
    use rustix::event::{PollFd, PollFlags, poll};
    use serde_json::{Value, json};

    pub(super) fn run(group: &str, directory: Option<&Path>) -> Result<(), Box<dyn Error>> {
        let libraries = Libraries::load(directory)?;
        let mut cpg = Cpg::join(libraries, group)?;
        let mut changes = Changes::new(cpg.address());
        println!("{}", json!({ "me": address(cpg.address()), "version": libraries.version() }));
        let mut typed = Vec::new();
        loop {
            while cpg.dispatch(&mut |callback| print(&mut changes, callback))? {}
            let input = stdin();
            let mut sources = [PollFd::new(&cpg, PollFlags::IN), PollFd::new(&input, PollFlags::IN)];
            poll(&mut sources, None)?;
            if sources[1].revents().is_empty() {
                continue;
            }
            let mut piece = [0; 4096];
            let length = input.lock().read(&mut piece)?;
            if length == 0 {
                return Ok(());
            }
            typed.extend_from_slice(&piece[..length]);
            while let Some(end) = typed.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8(typed.drain(..=end).collect())?;
                let (command, argument) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
                match command {
                    "send" => cpg.send(&[IoSlice::new(argument.as_bytes())])?,
                    "fill" => {
                        let body = vec![b'x'; argument.parse()?];
                        let sent =
                            cpg.send(&[IoSlice::new(&body[..body.len() / 2]), IoSlice::new(&body[body.len() / 2..])]);
                        println!(
                            "{}",
                            json!({ "sent": sent.map_or_else(|error| error.to_string(), |()| "all".into()) })
                        );
                    }
                    "nodes" => {
                        let nodes = Cmap::open(libraries)?.nodes()?;
                        let nodes: Vec<_> = nodes.iter().map(|node| json!([node.nodeid, node.name])).collect();
                        println!("{}", json!({ "nodes": nodes }));
                    }
                    "leave" => return Ok(cpg.leave(group)?),
                    other => return Err(format!("unknown command {other}").into()),
                }
            }
        }
    }

    fn print(changes: &mut Changes, callback: Callback<'_>) {
        match callback {
            Callback::Deliver { .. } => {}
            Callback::Group { members, left, joined } => {
                let [left, joined] = [left, joined].map(|list| list.iter().map(changed).collect::<Vec<_>>());
                let members: Vec<_> = members.iter().copied().map(address).collect();
                println!("{}", json!({ "group": members, "left": left, "joined": joined }));
            }
            Callback::Ring { nodes } => println!("{}", json!({ "ring": nodes })),
        }
        match changes.take(callback) {
            None => {}
            Some(Change::Message { from, bytes }) => {
                let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]);
                println!("{}", json!({ "from": address(from), "bytes": bytes.len(), "text": text }));
            }
            Some(Change::View { stay, members }) => {
                let stay = stay.map(|stay| stay.iter().copied().map(address).collect::<Vec<_>>());
                let view: Vec<_> = members.iter().copied().map(address).collect();
                println!("{}", json!({ "view": view, "stay": stay }));
            }
            Some(Change::Gone) => println!("{}", json!({ "gone": true })),
        }
    }

    fn address(address: Address) -> Value {
        json!([address.nodeid, address.pid])
    }

    fn changed(changed: &Changed) -> Value {
        json!([changed.address.nodeid, format!("{:?}", changed.reason)])
    }
}
