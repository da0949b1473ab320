//! The functions that `lib/` calls. They check nothing that `lib/` has checked, and run no JavaScript.
//!
//! | file | has the functions of |
//! |---|---|
//! | this one | an environment |
//! | [`sessions`] | its sessions |
//! | [`daemons`] | its daemons |

use std::ffi::CStr;

use napi::sys::{napi_callback_info, napi_env, napi_value};

use super::napi::{Call, Value, arguments};
use super::options::limits;
use super::taking::Taken;
use crate::failure::Failure;
use crate::libspread;

/// What `take` answers when there are notices to ask for.
const NOTICES: i32 = -1;

pub(crate) type Raw = unsafe extern "C" fn(napi_env, napi_callback_info) -> napi_value;

macro_rules! functions {
    ($($(#[$doc:meta])* $js:literal $name:ident[$count:literal] = |$hub:ident, $call:ident, $arguments:pat_param| $body:block)*) => {
        /// The functions, by their names in JavaScript.
        pub(crate) const FUNCTIONS: &[(&str, $crate::js::calls::Raw)] = &[$(($js, $name)),*];

        $(
            $(#[$doc])*
            unsafe extern "C" fn $name(
                env: napi::sys::napi_env,
                info: napi::sys::napi_callback_info,
            ) -> napi::sys::napi_value {
                // SAFETY: Node calls this with its environment and its call, and `open` made the function.
                unsafe { $crate::js::hub::enter::<$count>(env, info, |$hub, $call, $arguments| $body) }
            }
        )*
    };
}

mod daemons;
mod sessions;

/// Returns all functions of an environment, by their names in JavaScript.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Raw)> {
    let tables = [FUNCTIONS, sessions::FUNCTIONS, daemons::FUNCTIONS];
    tables.into_iter().flatten().copied().chain([("raise", raise as Raw)])
}

functions! {
    /// `take(header)` → records in the batch, or [`NOTICES`]; the session's id in `header[0]`.
    "take" take[0] = |hub, call, []| {
        let (id, count) = match hub.take(call) {
            Taken::Records(id, count) => (id, count as i32),
            Taken::Notices => (0, NOTICES),
            Taken::Nothing => (0, 0),
        };
        hub.batch.set_session(id);
        call.int(count)
    }

    /// `notices()` → an array of `[about, kind, text]`.
    "notices" notices[0] = |hub, call, []| {
        let notices: Vec<_> = hub
            .shared
            .take_notices()
            .iter()
            .map(|notice| {
                let about = call.number(f64::from(notice.about));
                call.array(&[about, call.text(notice.kind), call.text(&notice.text)])
            })
            .collect();
        call.array(&notices)
    }

    /// `limits()` → limits and defaults, by name: those of daemons in `daemon`.
    "limits" get_limits[0] = |_hub, call, []| {
        limits(call)
    }

    /// `libraryVersion(path)` → `[major, minor, patch]` of the C library; nothing if there is none.
    "libraryVersion" library_version[1] = |hub, call, [path]| {
        match libspread::version(&call.string(path).unwrap_or_default()) {
            Ok(version) => call.array(&version.map(|part| call.int(part))),
            Err(failure) => {
                hub.last_failure = Some(failure);
                Value::UNDEFINED
            }
        }
    }

    /// `lastFailure()` → why the last call was refused: `{ code, number, text, errno, syscall }`, the last two of the
    /// system.
    "lastFailure" last_failure[0] = |hub, call, []| {
        hub.last_failure.take().map_or(Value::UNDEFINED, |failure| call.object(&describe(call, &failure)))
    }

    /// `flush()`: a turn has ended, in a runtime whose loop does not say so.
    "flush" flush[0] = |hub, _call, []| {
        hub.shared.write_dirty();
        Value::UNDEFINED
    }

    /// `setRef(on)`: whether the environment stays alive for its sessions and daemons.
    "setRef" set_ref[1] = |hub, call, [on]| {
        hub.bell.set_ref(call, call.bool(on));
        Value::UNDEFINED
    }

    /// `reader()` → who reads: `'loop'` or `'guard'`.
    "reader" reader[0] = |hub, call, []| {
        call.text(if hub.shared.orders.always { "guard" } else { "loop" })
    }
}

/// `raise(error)`: raises an uncaught exception, now. It runs the handlers of the process, which may call anything here, so
/// the environment's state is not entered.
unsafe extern "C" fn raise(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: Node calls this with its environment and its call, which is under way until this returns.
    let (call, ([error], _)) = unsafe {
        let call = Call::new(env);
        (call, arguments::<1>(call, info))
    };
    call.raise(error);
    Value::UNDEFINED.raw()
}

/// Returns a failure's properties, by name.
fn describe<'env>(call: Call<'env>, failure: &Failure) -> [(&'static CStr, Value<'env>); 5] {
    let (errno, syscall) = failure.refused;
    [
        (c"code", call.text(failure.code)),
        (c"number", call.int(failure.number)),
        (c"text", call.text(&failure.text)),
        (c"errno", call.int(errno)),
        (c"syscall", call.text(syscall)),
    ]
}
