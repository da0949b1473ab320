//! Bindgen's output for `sp.h`. The header's comments are the documentation.

#![allow(missing_docs, unreachable_pub, non_camel_case_types, non_snake_case, unsafe_op_in_unsafe_fn)]
#![allow(clippy::all, clippy::pedantic, clippy::undocumented_unsafe_blocks)]

#[cfg(not(feature = "bindgen"))]
include!("generated.rs");
#[cfg(feature = "bindgen")]
include!(concat!(env!("OUT_DIR"), "/bindings.rs"));

/// The functions as symbols that the linker finds.
#[cfg(feature = "static")]
mod linked {
    #[cfg(not(feature = "bindgen"))]
    include!("linked.rs");
    #[cfg(feature = "bindgen")]
    include!(concat!(env!("OUT_DIR"), "/linked.rs"));
}

/// Declares for each function of the interface whether a library may lack it.
macro_rules! functions {
    (needed: $($function:ident),*; optional: $($more:ident),* $(,)?) => {
        impl Spread {
            /// The functions that a library must have to be taken for Spread's.
            pub const NEEDED: &[&str] = &[$(stringify!($function)),*];

            /// The needed functions that this library does not have.
            pub fn missing(&self) -> Vec<&'static str> {
                let mut missing = Vec::new();
                $(if self.$function.is_err() { missing.push(stringify!($function)); })*
                missing
            }

            /// The functions of the static library.
            #[cfg(feature = "static")]
            pub(crate) fn linked() -> Spread {
                Spread {
                    __library: this_program(),
                    $($function: Ok(linked::$function),)*
                    $($more: Ok(linked::$more),)*
                }
            }
        }
    };
}

// Optional is what an early version 4 need not have. Nothing here needs it, and calling it where it is not panics.
functions! {
    needed: SP_version, SP_set_auth_method, SP_connect, SP_connect_timeout, SP_disconnect, SP_kill, SP_join, SP_leave,
        SP_multicast, SP_scat_multicast, SP_multigroup_multicast, SP_multigroup_scat_multicast, SP_receive,
        SP_scat_receive, SP_get_memb_info, SP_get_vs_sets_info, SP_get_vs_set_members, SP_poll, SP_equal_group_ids,
        SP_error;
    optional: SP_set_auth_methods, SP_scat_get_memb_info, SP_scat_get_vs_sets_info, SP_scat_get_vs_set_members,
        SP_strerror,
}

/// A handle that keeps nothing and finds nothing that is asked of it: the linked functions do not come from it.
#[cfg(feature = "static")]
fn this_program() -> ::libloading::Library {
    #[cfg(unix)]
    return ::libloading::os::unix::Library::this().into();
    #[cfg(windows)]
    return ::libloading::os::windows::Library::this().expect("a program has a handle of itself").into();
}

impl ::core::fmt::Debug for Spread {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Spread").finish_non_exhaustive()
    }
}
