// Made by bindgen from corosync/cpg.h: run regenerate.sh, do not edit.

pub const CPG_MAX_NAME_LENGTH: u32 = 128;
pub const CPG_MEMBERS_MAX: u32 = 128;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct iovec {
    pub iov_base: *mut ::core::ffi::c_void,
    pub iov_len: usize,
}
impl Default for iovec {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const cs_dispatch_flags_t_CS_DISPATCH_ONE: cs_dispatch_flags_t = 1;
pub const cs_dispatch_flags_t_CS_DISPATCH_ALL: cs_dispatch_flags_t = 2;
pub const cs_dispatch_flags_t_CS_DISPATCH_BLOCKING: cs_dispatch_flags_t = 3;
pub const cs_dispatch_flags_t_CS_DISPATCH_ONE_NONBLOCKING: cs_dispatch_flags_t = 4;
pub type cs_dispatch_flags_t = ::core::ffi::c_uint;
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
pub type cpg_handle_t = u64;
pub const cpg_guarantee_t_CPG_TYPE_UNORDERED: cpg_guarantee_t = 0;
pub const cpg_guarantee_t_CPG_TYPE_FIFO: cpg_guarantee_t = 1;
pub const cpg_guarantee_t_CPG_TYPE_AGREED: cpg_guarantee_t = 2;
pub const cpg_guarantee_t_CPG_TYPE_SAFE: cpg_guarantee_t = 3;
pub type cpg_guarantee_t = ::core::ffi::c_uint;
pub const cpg_reason_t_CPG_REASON_UNDEFINED: cpg_reason_t = 0;
pub const cpg_reason_t_CPG_REASON_JOIN: cpg_reason_t = 1;
pub const cpg_reason_t_CPG_REASON_LEAVE: cpg_reason_t = 2;
pub const cpg_reason_t_CPG_REASON_NODEDOWN: cpg_reason_t = 3;
pub const cpg_reason_t_CPG_REASON_NODEUP: cpg_reason_t = 4;
pub const cpg_reason_t_CPG_REASON_PROCDOWN: cpg_reason_t = 5;
pub type cpg_reason_t = ::core::ffi::c_uint;
pub const cpg_model_t_CPG_MODEL_V1: cpg_model_t = 1;
pub type cpg_model_t = ::core::ffi::c_uint;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cpg_address {
    pub nodeid: u32,
    pub pid: u32,
    pub reason: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cpg_name {
    pub length: u32,
    pub value: [::core::ffi::c_char; 128usize],
}
impl Default for cpg_name {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct cpg_ring_id {
    pub nodeid: u32,
    pub seq: u64,
}
pub type cpg_deliver_fn_t = ::core::option::Option<
    unsafe extern "C" fn(
        handle: cpg_handle_t,
        group_name: *const cpg_name,
        nodeid: u32,
        pid: u32,
        msg: *mut ::core::ffi::c_void,
        msg_len: usize,
    ),
>;
pub type cpg_confchg_fn_t = ::core::option::Option<
    unsafe extern "C" fn(
        handle: cpg_handle_t,
        group_name: *const cpg_name,
        member_list: *const cpg_address,
        member_list_entries: usize,
        left_list: *const cpg_address,
        left_list_entries: usize,
        joined_list: *const cpg_address,
        joined_list_entries: usize,
    ),
>;
pub type cpg_totem_confchg_fn_t = ::core::option::Option<
    unsafe extern "C" fn(
        handle: cpg_handle_t,
        ring_id: cpg_ring_id,
        member_list_entries: u32,
        member_list: *const u32,
    ),
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cpg_model_data_t {
    pub model: cpg_model_t,
}
impl Default for cpg_model_data_t {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct cpg_model_v1_data_t {
    pub model: cpg_model_t,
    pub cpg_deliver_fn: cpg_deliver_fn_t,
    pub cpg_confchg_fn: cpg_confchg_fn_t,
    pub cpg_totem_confchg_fn: cpg_totem_confchg_fn_t,
    pub flags: ::core::ffi::c_uint,
}
impl Default for cpg_model_v1_data_t {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub struct CpgFunctions {
    __library: ::libloading::Library,
    pub cpg_model_initialize: unsafe extern "C" fn(
        handle: *mut cpg_handle_t,
        model: cpg_model_t,
        model_data: *mut cpg_model_data_t,
        context: *mut ::core::ffi::c_void,
    ) -> cs_error_t,
    pub cpg_finalize: unsafe extern "C" fn(handle: cpg_handle_t) -> cs_error_t,
    pub cpg_fd_get: unsafe extern "C" fn(
        handle: cpg_handle_t,
        fd: *mut ::core::ffi::c_int,
    ) -> cs_error_t,
    pub cpg_dispatch: unsafe extern "C" fn(
        handle: cpg_handle_t,
        dispatch_types: cs_dispatch_flags_t,
    ) -> cs_error_t,
    pub cpg_join: unsafe extern "C" fn(
        handle: cpg_handle_t,
        group: *const cpg_name,
    ) -> cs_error_t,
    pub cpg_leave: unsafe extern "C" fn(
        handle: cpg_handle_t,
        group: *const cpg_name,
    ) -> cs_error_t,
    pub cpg_mcast_joined: unsafe extern "C" fn(
        handle: cpg_handle_t,
        guarantee: cpg_guarantee_t,
        iovec: *const iovec,
        iov_len: ::core::ffi::c_uint,
    ) -> cs_error_t,
    pub cpg_local_get: unsafe extern "C" fn(
        handle: cpg_handle_t,
        local_nodeid: *mut ::core::ffi::c_uint,
    ) -> cs_error_t,
}
impl CpgFunctions {
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
        let cpg_model_initialize = __library
            .get(b"cpg_model_initialize\0")
            .map(|sym| *sym)?;
        let cpg_finalize = __library.get(b"cpg_finalize\0").map(|sym| *sym)?;
        let cpg_fd_get = __library.get(b"cpg_fd_get\0").map(|sym| *sym)?;
        let cpg_dispatch = __library.get(b"cpg_dispatch\0").map(|sym| *sym)?;
        let cpg_join = __library.get(b"cpg_join\0").map(|sym| *sym)?;
        let cpg_leave = __library.get(b"cpg_leave\0").map(|sym| *sym)?;
        let cpg_mcast_joined = __library.get(b"cpg_mcast_joined\0").map(|sym| *sym)?;
        let cpg_local_get = __library.get(b"cpg_local_get\0").map(|sym| *sym)?;
        Ok(CpgFunctions {
            __library,
            cpg_model_initialize,
            cpg_finalize,
            cpg_fd_get,
            cpg_dispatch,
            cpg_join,
            cpg_leave,
            cpg_mcast_joined,
            cpg_local_get,
        })
    }
    pub unsafe fn cpg_model_initialize(
        &self,
        handle: *mut cpg_handle_t,
        model: cpg_model_t,
        model_data: *mut cpg_model_data_t,
        context: *mut ::core::ffi::c_void,
    ) -> cs_error_t {
        (self.cpg_model_initialize)(handle, model, model_data, context)
    }
    pub unsafe fn cpg_finalize(&self, handle: cpg_handle_t) -> cs_error_t {
        (self.cpg_finalize)(handle)
    }
    pub unsafe fn cpg_fd_get(
        &self,
        handle: cpg_handle_t,
        fd: *mut ::core::ffi::c_int,
    ) -> cs_error_t {
        (self.cpg_fd_get)(handle, fd)
    }
    pub unsafe fn cpg_dispatch(
        &self,
        handle: cpg_handle_t,
        dispatch_types: cs_dispatch_flags_t,
    ) -> cs_error_t {
        (self.cpg_dispatch)(handle, dispatch_types)
    }
    pub unsafe fn cpg_join(
        &self,
        handle: cpg_handle_t,
        group: *const cpg_name,
    ) -> cs_error_t {
        (self.cpg_join)(handle, group)
    }
    pub unsafe fn cpg_leave(
        &self,
        handle: cpg_handle_t,
        group: *const cpg_name,
    ) -> cs_error_t {
        (self.cpg_leave)(handle, group)
    }
    pub unsafe fn cpg_mcast_joined(
        &self,
        handle: cpg_handle_t,
        guarantee: cpg_guarantee_t,
        iovec: *const iovec,
        iov_len: ::core::ffi::c_uint,
    ) -> cs_error_t {
        (self.cpg_mcast_joined)(handle, guarantee, iovec, iov_len)
    }
    pub unsafe fn cpg_local_get(
        &self,
        handle: cpg_handle_t,
        local_nodeid: *mut ::core::ffi::c_uint,
    ) -> cs_error_t {
        (self.cpg_local_get)(handle, local_nodeid)
    }
}
