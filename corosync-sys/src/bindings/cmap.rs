// Made by bindgen from corosync/cmap.h: run regenerate.sh, do not edit.

pub const CMAP_KEYNAME_MAXLEN: u32 = 255;
pub const cs_error_t_CS_OK: cs_error_t = 1;
pub const cs_error_t_CS_ERR_LIBRARY: cs_error_t = 2;
pub const cs_error_t_CS_ERR_VERSION: cs_error_t = 3;
pub const cs_error_t_CS_ERR_INIT: cs_error_t = 4;
pub const cs_error_t_CS_ERR_TIMEOUT: cs_error_t = 5;
pub const cs_error_t_CS_ERR_TRY_AGAIN: cs_error_t = 6;
pub const cs_error_t_CS_ERR_INVALID_PARAM: cs_error_t = 7;
pub const cs_error_t_CS_ERR_NO_MEMORY: cs_error_t = 8;
pub const cs_error_t_CS_ERR_BAD_HANDLE: cs_error_t = 9;
pub const cs_error_t_CS_ERR_BUSY: cs_error_t = 10;
pub const cs_error_t_CS_ERR_ACCESS: cs_error_t = 11;
pub const cs_error_t_CS_ERR_NOT_EXIST: cs_error_t = 12;
pub const cs_error_t_CS_ERR_NAME_TOO_LONG: cs_error_t = 13;
pub const cs_error_t_CS_ERR_EXIST: cs_error_t = 14;
pub const cs_error_t_CS_ERR_NO_SPACE: cs_error_t = 15;
pub const cs_error_t_CS_ERR_INTERRUPT: cs_error_t = 16;
pub const cs_error_t_CS_ERR_NAME_NOT_FOUND: cs_error_t = 17;
pub const cs_error_t_CS_ERR_NO_RESOURCES: cs_error_t = 18;
pub const cs_error_t_CS_ERR_NOT_SUPPORTED: cs_error_t = 19;
pub const cs_error_t_CS_ERR_BAD_OPERATION: cs_error_t = 20;
pub const cs_error_t_CS_ERR_FAILED_OPERATION: cs_error_t = 21;
pub const cs_error_t_CS_ERR_MESSAGE_ERROR: cs_error_t = 22;
pub const cs_error_t_CS_ERR_QUEUE_FULL: cs_error_t = 23;
pub const cs_error_t_CS_ERR_QUEUE_NOT_AVAILABLE: cs_error_t = 24;
pub const cs_error_t_CS_ERR_BAD_FLAGS: cs_error_t = 25;
pub const cs_error_t_CS_ERR_TOO_BIG: cs_error_t = 26;
pub const cs_error_t_CS_ERR_NO_SECTIONS: cs_error_t = 27;
pub const cs_error_t_CS_ERR_CONTEXT_NOT_FOUND: cs_error_t = 28;
pub const cs_error_t_CS_ERR_TOO_MANY_GROUPS: cs_error_t = 30;
pub const cs_error_t_CS_ERR_SECURITY: cs_error_t = 100;
pub type cs_error_t = ::core::ffi::c_uint;
pub type cmap_handle_t = u64;
pub type cmap_iter_handle_t = u64;
pub const cmap_value_types_t_CMAP_VALUETYPE_INT8: cmap_value_types_t = 1;
pub const cmap_value_types_t_CMAP_VALUETYPE_UINT8: cmap_value_types_t = 2;
pub const cmap_value_types_t_CMAP_VALUETYPE_INT16: cmap_value_types_t = 3;
pub const cmap_value_types_t_CMAP_VALUETYPE_UINT16: cmap_value_types_t = 4;
pub const cmap_value_types_t_CMAP_VALUETYPE_INT32: cmap_value_types_t = 5;
pub const cmap_value_types_t_CMAP_VALUETYPE_UINT32: cmap_value_types_t = 6;
pub const cmap_value_types_t_CMAP_VALUETYPE_INT64: cmap_value_types_t = 7;
pub const cmap_value_types_t_CMAP_VALUETYPE_UINT64: cmap_value_types_t = 8;
pub const cmap_value_types_t_CMAP_VALUETYPE_FLOAT: cmap_value_types_t = 9;
pub const cmap_value_types_t_CMAP_VALUETYPE_DOUBLE: cmap_value_types_t = 10;
pub const cmap_value_types_t_CMAP_VALUETYPE_STRING: cmap_value_types_t = 11;
pub const cmap_value_types_t_CMAP_VALUETYPE_BINARY: cmap_value_types_t = 12;
pub type cmap_value_types_t = ::core::ffi::c_uint;
pub struct CmapFunctions {
    __library: ::libloading::Library,
    pub cmap_initialize: unsafe extern "C" fn(handle: *mut cmap_handle_t) -> cs_error_t,
    pub cmap_finalize: unsafe extern "C" fn(handle: cmap_handle_t) -> cs_error_t,
    pub cmap_get: unsafe extern "C" fn(
        handle: cmap_handle_t,
        key_name: *const ::core::ffi::c_char,
        value: *mut ::core::ffi::c_void,
        value_len: *mut usize,
        type_: *mut cmap_value_types_t,
    ) -> cs_error_t,
    pub cmap_iter_init: unsafe extern "C" fn(
        handle: cmap_handle_t,
        prefix: *const ::core::ffi::c_char,
        cmap_iter_handle: *mut cmap_iter_handle_t,
    ) -> cs_error_t,
    pub cmap_iter_next: unsafe extern "C" fn(
        handle: cmap_handle_t,
        iter_handle: cmap_iter_handle_t,
        key_name: *mut ::core::ffi::c_char,
        value_len: *mut usize,
        type_: *mut cmap_value_types_t,
    ) -> cs_error_t,
    pub cmap_iter_finalize: unsafe extern "C" fn(
        handle: cmap_handle_t,
        iter_handle: cmap_iter_handle_t,
    ) -> cs_error_t,
}
impl CmapFunctions {
    pub unsafe fn new<P>(path: P) -> Result<Self, ::libloading::Error>
    where
        P: AsRef<::std::ffi::OsStr>,
    {
        let path = path.as_ref();
        let library = ::libloading::Library::new(path)?;
        Self::from_library(library)
    }
    pub unsafe fn from_library<L>(library: L) -> Result<Self, ::libloading::Error>
    where
        L: Into<::libloading::Library>,
    {
        let __library = library.into();
        let cmap_initialize = __library.get(b"cmap_initialize\0").map(|sym| *sym)?;
        let cmap_finalize = __library.get(b"cmap_finalize\0").map(|sym| *sym)?;
        let cmap_get = __library.get(b"cmap_get\0").map(|sym| *sym)?;
        let cmap_iter_init = __library.get(b"cmap_iter_init\0").map(|sym| *sym)?;
        let cmap_iter_next = __library.get(b"cmap_iter_next\0").map(|sym| *sym)?;
        let cmap_iter_finalize = __library.get(b"cmap_iter_finalize\0").map(|sym| *sym)?;
        Ok(CmapFunctions {
            __library,
            cmap_initialize,
            cmap_finalize,
            cmap_get,
            cmap_iter_init,
            cmap_iter_next,
            cmap_iter_finalize,
        })
    }
    pub unsafe fn cmap_initialize(&self, handle: *mut cmap_handle_t) -> cs_error_t {
        (self.cmap_initialize)(handle)
    }
    pub unsafe fn cmap_finalize(&self, handle: cmap_handle_t) -> cs_error_t {
        (self.cmap_finalize)(handle)
    }
    pub unsafe fn cmap_get(
        &self,
        handle: cmap_handle_t,
        key_name: *const ::core::ffi::c_char,
        value: *mut ::core::ffi::c_void,
        value_len: *mut usize,
        type_: *mut cmap_value_types_t,
    ) -> cs_error_t {
        (self.cmap_get)(handle, key_name, value, value_len, type_)
    }
    pub unsafe fn cmap_iter_init(
        &self,
        handle: cmap_handle_t,
        prefix: *const ::core::ffi::c_char,
        cmap_iter_handle: *mut cmap_iter_handle_t,
    ) -> cs_error_t {
        (self.cmap_iter_init)(handle, prefix, cmap_iter_handle)
    }
    pub unsafe fn cmap_iter_next(
        &self,
        handle: cmap_handle_t,
        iter_handle: cmap_iter_handle_t,
        key_name: *mut ::core::ffi::c_char,
        value_len: *mut usize,
        type_: *mut cmap_value_types_t,
    ) -> cs_error_t {
        (self.cmap_iter_next)(handle, iter_handle, key_name, value_len, type_)
    }
    pub unsafe fn cmap_iter_finalize(
        &self,
        handle: cmap_handle_t,
        iter_handle: cmap_iter_handle_t,
    ) -> cs_error_t {
        (self.cmap_iter_finalize)(handle, iter_handle)
    }
}
