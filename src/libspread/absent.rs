//! Where there is no libspread engine: what takes its place says so.

use std::sync::Arc;
use std::time::Duration;

use spread_proto::Address;
use spread_proto::client::Config;

use crate::environment::shared::Shared;
use crate::failure::Failure;
use crate::session::Session;

/// Nobody has one.
pub(crate) enum Plan {}

impl Plan {
    pub(crate) fn new(_: &[Address], _: &Config, _: bool, _: Duration, _: &str) -> Result<Plan, Failure> {
        Err(unsupported())
    }
}

pub(crate) fn connect(_: &Shared, _: &Arc<Session>, plan: Plan) {
    match plan {}
}

pub(crate) fn version(_: &str) -> Result<[i32; 3], Failure> {
    Err(unsupported())
}

fn unsupported() -> Failure {
    Failure::unsupported("the libspread engine needs a Unix system; the native engine is for all")
}
