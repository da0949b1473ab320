//! Where there is no libspread engine: what takes its place says so.

use std::sync::Arc;

use crate::connect::options::ConnectOptions;
use crate::environment::shared::Environment;
use crate::failure::Failure;
use crate::session::Session;

/// Nobody has one.
pub(crate) enum Plan {}

impl Plan {
    pub(crate) fn new(_: &ConnectOptions, _: &str) -> Result<Plan, Failure> {
        Err(unsupported())
    }
}

pub(crate) fn connect(_: &Environment, _: &Arc<Session>, plan: Plan) {
    match plan {}
}

pub(crate) fn version(_: &str) -> Result<[i32; 3], Failure> {
    Err(unsupported())
}

fn unsupported() -> Failure {
    Failure::unsupported("the libspread engine needs a Unix system; the native engine is for all")
}
