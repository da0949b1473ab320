//! A daemon on its own: `daemon [port [name [unix-path]]]`. Port 4803 and the name `localhost` unless told otherwise;
//! port 0 is any free one. It prints where it listens, and runs until its standard input ends. (In the background:
//! `tail -f /dev/null | daemon …`.) With `SPREAD_DAEMON_LOG` set it tells what happens.

use std::io::Read;
use std::process::ExitCode;

use spread_daemon::{Config, Daemon};
use spread_proto::DaemonName;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().map_or(Ok(4803), |port| port.parse())?;
    let name = arguments.next().unwrap_or_else(|| "localhost".into());
    let name = DaemonName::new(name.as_bytes()).map_err(|error| error.to_string())?;
    let unix = arguments.next().map(Into::into);
    let log = std::env::var_os("SPREAD_DAEMON_LOG").is_some();

    let daemon = Daemon::start(Config { port, unix, ..Config::new(name) }, move |event| {
        if log {
            eprintln!("{event:?}");
        }
    })?;
    for address in daemon.addresses() {
        println!("{address}");
    }
    if let Some(path) = daemon.unix_path() {
        println!("{}", path.display());
    }
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
