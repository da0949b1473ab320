//! Makes the bindings afresh, if feature `bindgen` asks for it; else there is nothing to do: the checked-in ones are used.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "bindgen")]
    generate();
}

/// Writes a table of functions for each library, and the types and constants of both. Nothing of the headers' text is
/// taken, and nothing in the result depends on the machine's word size.
#[cfg(feature = "bindgen")]
fn generate() {
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    for (name, functions) in [
        ("Cpg", "cpg_(model_initialize|finalize|fd_get|dispatch|join|leave|mcast_joined|local_get)"),
        ("Cmap", "cmap_(initialize|finalize|get|iter_(init|next|finalize))"),
    ] {
        let header = format!("{}.h", name.to_lowercase());
        let builder = bindgen::Builder::default()
            .header_contents("wrapper.h", &format!("#include <corosync/{header}>"))
            .use_core()
            .rust_target(bindgen::RustTarget::stable(88, 0).expect("a version bindgen knows"))
            .rust_edition(bindgen::RustEdition::Edition2024)
            .allowlist_function(functions)
            .dynamic_library_name(format!("{name}Functions"))
            .dynamic_link_require_all(true)
            .layout_tests(false)
            .derive_default(true)
            .generate_comments(false)
            .formatter(bindgen::Formatter::Prettyplease)
            .disable_header_comment();
        let builder = match name {
            "Cpg" => builder
                .allowlist_var("CPG_(MAX_NAME_LENGTH|MEMBERS_MAX)")
                .allowlist_type("cpg_model_v1_data_t|cpg_reason_t|cpg_guarantee_t|cs_dispatch_flags_t"),
            _ => builder.allowlist_var("CMAP_KEYNAME_MAXLEN").allowlist_type("cmap_value_types_t"),
        };
        let path = out.join(format!("{}.rs", name.to_lowercase()));
        let bindings = builder.generate().unwrap_or_else(|error| {
            panic!("bindgen, of corosync/{header} (Debian: libcpg-dev, libcmap-dev, libclang-dev): {error}")
        });
        bindings.write_to_file(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
