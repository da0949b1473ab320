//! The errors of calls: what was called, and Corosync's answer.

use std::fmt;

use thiserror::Error;

/// A call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// Corosync or its library refused.
    #[error("{call}: {code}")]
    Refused {
        /// The function.
        call: &'static str,
        /// The answer.
        code: Code,
    },
    /// The name of a group is empty or longer than 128 bytes.
    #[error("a group's name of {0} bytes: it has 1 to 128")]
    GroupName(usize),
    /// The message is too long.
    #[error("a message of {length} bytes: {max} are the most")]
    TooLong {
        /// Its length.
        length: usize,
        /// The longest that is sent.
        max: usize,
    },
    /// A value of the configuration is of another type or size than its key promises.
    #[error("the value of a key of the configuration has another type or size")]
    Value,
}

impl Error {
    /// Makes a result of a call's answer.
    pub(crate) fn check(call: &'static str, answer: u32) -> Result<(), Error> {
        if answer == OK { Ok(()) } else { Err(Error::Refused { call, code: Code(answer) }) }
    }

    /// Returns whether the same call may succeed later.
    pub fn is_try_again(&self) -> bool {
        matches!(self, Error::Refused { code: Code::TRY_AGAIN, .. })
    }
}

const OK: u32 = 1;

/// An answer of Corosync (`cs_error_t`) other than `CS_OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub u32);

impl Code {
    /// No connection: Corosync does not run, or the one that the handle was of is gone.
    pub const LIBRARY: Code = Code(2);
    /// Not now: a queue is full, or the group is about to change.
    pub const TRY_AGAIN: Code = Code(6);
    /// No rights.
    pub const ACCESS: Code = Code(11);
    /// Nothing has this name.
    pub const NOT_EXIST: Code = Code(12);

    /// Returns Corosync's name of the answer, and what it means where the name does not say it.
    fn text(self) -> Option<(&'static str, &'static str)> {
        Some(match self.0 {
            2 => ("CS_ERR_LIBRARY", "corosync does not run, or has ended or restarted"),
            3 => ("CS_ERR_VERSION", ""),
            4 => ("CS_ERR_INIT", ""),
            5 => ("CS_ERR_TIMEOUT", ""),
            6 => ("CS_ERR_TRY_AGAIN", "corosync takes nothing now"),
            7 => ("CS_ERR_INVALID_PARAM", ""),
            8 => ("CS_ERR_NO_MEMORY", "no memory, or /dev/shm is full"),
            9 => ("CS_ERR_BAD_HANDLE", ""),
            10 => ("CS_ERR_BUSY", ""),
            11 => (
                "CS_ERR_ACCESS",
                "this user may not use corosync: uidgid in its configuration permits others than root",
            ),
            12 => ("CS_ERR_NOT_EXIST", ""),
            13 => ("CS_ERR_NAME_TOO_LONG", ""),
            14 => ("CS_ERR_EXIST", ""),
            15 => ("CS_ERR_NO_SPACE", "/dev/shm is full"),
            16 => ("CS_ERR_INTERRUPT", ""),
            17 => ("CS_ERR_NAME_NOT_FOUND", ""),
            18 => ("CS_ERR_NO_RESOURCES", ""),
            19 => ("CS_ERR_NOT_SUPPORTED", ""),
            20 => ("CS_ERR_BAD_OPERATION", ""),
            21 => ("CS_ERR_FAILED_OPERATION", ""),
            22 => ("CS_ERR_MESSAGE_ERROR", ""),
            23 => ("CS_ERR_QUEUE_FULL", ""),
            24 => ("CS_ERR_QUEUE_NOT_AVAILABLE", ""),
            25 => ("CS_ERR_BAD_FLAGS", ""),
            26 => ("CS_ERR_TOO_BIG", ""),
            27 => ("CS_ERR_NO_SECTIONS", ""),
            28 => ("CS_ERR_CONTEXT_NOT_FOUND", ""),
            30 => ("CS_ERR_TOO_MANY_GROUPS", ""),
            100 => ("CS_ERR_SECURITY", ""),
            _ => return None,
        })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some((name, "")) => f.write_str(name),
            Some((name, meaning)) => write!(f, "{name} ({meaning})"),
            None => write!(f, "corosync's error {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_call_the_answer_and_the_cure() {
        let error = Error::check("cpg_join", 11).expect_err("refused");
        assert!(error.to_string().starts_with("cpg_join: CS_ERR_ACCESS (") && error.to_string().contains("uidgid"));
        assert_eq!(Error::check("x", 999).expect_err("refused").to_string(), "x: corosync's error 999");
        assert_eq!(Error::check("x", OK), Ok(()));
        assert!(Error::check("x", 6).expect_err("refused").is_try_again() && !error.is_try_again());
    }
}
