//! Bindgen's output for `corosync/cpg.h` and `corosync/cmap.h`.

/// Closed process groups.
#[allow(
    missing_docs,
    unreachable_pub,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unsafe_op_in_unsafe_fn,
    dead_code
)]
#[allow(clippy::all, clippy::pedantic, clippy::undocumented_unsafe_blocks)]
pub(crate) mod cpg {
    #[cfg(not(feature = "bindgen"))]
    include!("cpg.rs");
    #[cfg(feature = "bindgen")]
    include!(concat!(env!("OUT_DIR"), "/cpg.rs"));
}

/// The configuration map.
#[allow(
    missing_docs,
    unreachable_pub,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unsafe_op_in_unsafe_fn,
    dead_code
)]
#[allow(clippy::all, clippy::pedantic, clippy::undocumented_unsafe_blocks)]
pub(crate) mod cmap {
    #[cfg(not(feature = "bindgen"))]
    include!("cmap.rs");
    #[cfg(feature = "bindgen")]
    include!(concat!(env!("OUT_DIR"), "/cmap.rs"));
}
