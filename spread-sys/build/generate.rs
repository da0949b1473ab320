//! Bindings by bindgen: `bindings.rs` with types, constants and the functions as a table that is filled at run time,
//! `linked.rs` with the functions as symbols that the linker finds.

use std::path::Path;

const TYPES: &str = "mailbox|service|sp_time|scat_element|scatter|group_id|vs_set_info|membership_info";
const CONSTANTS: &str = "SPREAD_VERSION|DEFAULT_SPREAD_PORT|MAX_(GROUP|PRIVATE|PROC)_NAME|MAX_CLIENT_SCATTER_ELEMENTS|\
    (LOW|MEDIUM|HIGH)_PRIORITY|[A-Z]+_MESS|SELF_DISCARD|CAUSED_BY_[A-Z]+|DROP_RECV|RESERVED|ENDIAN_RESERVED|\
    ACCEPT_SESSION|ILLEGAL_[A-Z]+|REJECT_[A-Z_]+|COULD_NOT_CONNECT|CONNECTION_CLOSED|(BUFFER|GROUPS)_TOO_SHORT|\
    MESSAGE_TOO_LONG|NET_ERROR_ON_SESSION|SP_BUG|REG_MEMB_MESS";

/// Makes both files in `OUT_DIR`.
pub(crate) fn generate(header: &Path) {
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    let out = Path::new(&out);
    write(
        builder(header)
            .allowlist_type(TYPES)
            .allowlist_var(CONSTANTS)
            .allowlist_function("SP_.*")
            .dynamic_library_name("Spread")
            .dynamic_link_require_all(false),
        &out.join("bindings.rs"),
    );
    write(
        builder(header).allowlist_function("SP_.*").allowlist_recursively(false).raw_line("use super::*;"),
        &out.join("linked.rs"),
    );
}

/// What both have in common. Nothing in the result depends on the machine it was made on: no layout tests, which
/// would hold for its word size only (`tests/abi.rs` has them for each), and no `rustfmt`.
fn builder(header: &Path) -> bindgen::Builder {
    bindgen::Builder::default()
        .header(header.to_str().expect("a path in UTF-8"))
        .use_core()
        .rust_target(bindgen::RustTarget::stable(88, 0).expect("a version bindgen knows"))
        .rust_edition(bindgen::RustEdition::Edition2024)
        .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
        .layout_tests(false)
        .derive_default(true)
        .derive_eq(true)
        .formatter(bindgen::Formatter::Prettyplease)
        .disable_header_comment()
}

fn write(builder: bindgen::Builder, path: &Path) {
    let bindings = builder.generate().unwrap_or_else(|error| panic!("bindgen: {error}"));
    bindings.write_to_file(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
