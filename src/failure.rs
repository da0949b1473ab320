//! Every way in which a session fails: one table from inner errors to what JavaScript sees.
//!
//! `lib/shared/errors.js` holds the same codes with their meaning; a test compares the two.

use std::io;

use spread_proto::address::IllegalAddress;
use spread_proto::{ApiMisuse, Code, ConnectError};

/// A failure on its way to JavaScript: a stable code, Spread's number (0: none), and what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) number: i32,
    pub(crate) text: String,
    /// What the system said of a connection's end: `"reset"`, `"unreachable"`, or nothing.
    pub(crate) hint: &'static str,
    /// The number of the system's refusal (0: none), and the call that it refused, as Node names it.
    pub(crate) refused: (i32, &'static str),
}

impl Failure {
    fn new(code: &'static str, spread: Option<Code>, text: impl Into<String>) -> Failure {
        Failure { code, number: spread.map_or(0, Code::number), text: text.into(), hint: "", refused: (0, "") }
    }

    /// Reports that the name of the daemon's host has no address.
    pub(crate) fn lookup(host: &str, error: &io::Error) -> Failure {
        let text = format!("the host '{host}' has no address: {error}");
        Failure::new("ERR_SPREAD_HOST_NOT_FOUND", Some(Code::IllegalSpread), text)
    }

    /// Reports that the system has no more descriptors, threads or memory. `step` was under way.
    pub(crate) fn resources(call: &'static str, step: &str, error: &io::Error) -> Failure {
        let text = format!("out of resources while {step}: {error}");
        let refused = (error.raw_os_error().unwrap_or(0), call);
        Failure { refused, ..Failure::new("ERR_SPREAD_RESOURCES", None, text) }
    }

    /// Reports that nothing answers; `tried` lists where and why.
    pub(crate) fn connect(tried: &str) -> Failure {
        Failure::new("ERR_SPREAD_COULD_NOT_CONNECT", Some(Code::CouldNotConnect), format!("no daemon answers: {tried}"))
    }

    /// Reports that the deadline has passed. `step` was under way.
    pub(crate) fn timeout(step: &str) -> Failure {
        // The library reports a deadline as a closed connection.
        Failure::new("ERR_SPREAD_TIMEOUT", Some(Code::ConnectionClosed), format!("the deadline passed while {step}"))
    }

    /// Reports that a method of the caller's did not authenticate.
    pub(crate) fn auth(text: &str) -> Failure {
        Failure::new("ERR_SPREAD_REJECT_AUTH", Some(Code::RejectAuth), format!("not authenticated: {text}"))
    }

    /// Reports that nothing came for too long after a ping.
    pub(crate) fn no_pong(within: std::time::Duration) -> Failure {
        let text = format!("nothing came from the daemon for {} ms after a ping (pingTimeout)", within.as_millis());
        Failure::new("ERR_SPREAD_PING_TIMEOUT", Some(Code::ConnectionClosed), text)
    }

    /// Reports that the caller gave the session up.
    pub(crate) fn abandoned() -> Failure {
        Failure::new("ERR_SPREAD_ABORTED", None, "the session was given up before it was connected")
    }

    /// Reports that the stream ended or broke in an open session.
    pub(crate) fn lost(error: Option<&io::Error>) -> Failure {
        let text = match error {
            None => "the daemon closed the connection".to_string(),
            Some(error) => format!("the connection to the daemon broke: {error}"),
        };
        let hint = match error.map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted) => {
                "reset"
            }
            Some(
                io::ErrorKind::TimedOut
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::NetworkDown,
            ) => "unreachable",
            _ => "",
        };
        Failure { hint, ..Failure::new("ERR_SPREAD_CONNECTION_CLOSED", Some(Code::ConnectionClosed), text) }
    }

    /// Reports that the daemon sent what is no message.
    pub(crate) fn protocol(error: &dyn std::fmt::Display) -> Failure {
        let text = format!("the daemon sent what is no Spread message: {error}");
        Failure::new("ERR_SPREAD_PROTOCOL", Some(Code::IllegalMessage), text)
    }

    /// Reports that the receive queue is full.
    pub(crate) fn overflow(limit: usize) -> Failure {
        let text = format!(
            "messages came faster than this program took them: more than {limit} bytes were waiting (maxReceiveQueueBytes)"
        );
        Failure::new("ERR_SPREAD_SLOW_CONSUMER", Some(Code::ConnectionClosed), text)
    }

    /// Reports that the send queue is full; nothing was taken.
    pub(crate) fn queue_full(limit: usize) -> Failure {
        let text = format!("the send queue is full: it takes {limit} bytes (maxQueuedBytes); wait for 'drain'");
        Failure::new("ERR_SPREAD_QUEUE_FULL", None, text)
    }

    /// Reports what this engine cannot do.
    pub(crate) fn unsupported(text: &str) -> Failure {
        Failure::new("ERR_SPREAD_UNSUPPORTED", None, text)
    }

    /// Reports that there is no C library; `text` lists what was tried.
    pub(crate) fn no_library(text: String) -> Failure {
        Failure::new("ERR_SPREAD_LIBSPREAD_NOT_FOUND", None, text)
    }

    /// Reports a failure of an embedded daemon.
    pub(crate) fn of_daemon(text: String) -> Failure {
        Failure::new("ERR_SPREAD_DAEMON", None, text)
    }

    /// Reports a fault of this package.
    pub(crate) fn bug(text: &str) -> Failure {
        Failure::new("ERR_SPREAD_INTERNAL", Some(Code::SpBug), format!("a fault in cspread itself: {text}"))
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Failure {
        let code = match &error {
            ConnectError::Rejected(Code::RejectQuota) => "ERR_SPREAD_REJECT_QUOTA",
            ConnectError::Rejected(Code::RejectNoName) => "ERR_SPREAD_REJECT_NO_NAME",
            ConnectError::Rejected(Code::RejectIllegalName) => "ERR_SPREAD_REJECT_ILLEGAL_NAME",
            ConnectError::Rejected(Code::RejectNotUnique) => "ERR_SPREAD_REJECT_NOT_UNIQUE",
            ConnectError::Rejected(Code::RejectVersion) | ConnectError::DaemonTooOld(..) => "ERR_SPREAD_REJECT_VERSION",
            ConnectError::Rejected(Code::RejectAuth) | ConnectError::MethodNotOffered { .. } => {
                "ERR_SPREAD_REJECT_AUTH"
            }
            ConnectError::Misbehaved(_) => "ERR_SPREAD_PROTOCOL",
            _ => "ERR_SPREAD_CONNECTION_CLOSED",
        };
        Failure::new(code, Some(error.code()), error.to_string())
    }
}

impl From<ApiMisuse> for Failure {
    fn from(misuse: ApiMisuse) -> Failure {
        let (code, spread) = match misuse {
            ApiMisuse::GroupLength(_) | ApiMisuse::GroupByte(..) | ApiMisuse::PrivateGroup | ApiMisuse::NoGroups => {
                ("ERR_SPREAD_ILLEGAL_GROUP", Some(Code::IllegalGroup))
            }
            ApiMisuse::TooManyGroups(_) => ("ERR_SPREAD_TOO_MANY_GROUPS", Some(Code::IllegalMessage)),
            ApiMisuse::TooLong { .. } => ("ERR_SPREAD_MESSAGE_TOO_LONG", Some(Code::MessageTooLong)),
            ApiMisuse::Service(_) => ("ERR_SPREAD_ILLEGAL_SERVICE", Some(Code::IllegalService)),
            ApiMisuse::NotConnected => ("ERR_SPREAD_NOT_CONNECTED", Some(Code::IllegalSession)),
            ApiMisuse::AuthName | ApiMisuse::AuthCount(_) => ("ERR_SPREAD_REJECT_AUTH", Some(Code::RejectAuth)),
            _ => ("ERR_SPREAD_ILLEGAL_NAME", Some(Code::RejectIllegalName)),
        };
        Failure::new(code, spread, misuse.to_string())
    }
}

impl From<IllegalAddress> for Failure {
    fn from(illegal: IllegalAddress) -> Failure {
        Failure::new("ERR_SPREAD_ILLEGAL_ADDRESS", Some(Code::IllegalSpread), illegal.to_string())
    }
}
