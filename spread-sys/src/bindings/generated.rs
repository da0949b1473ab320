// Made by bindgen from include/sp.h: run regenerate.sh, do not edit.

pub const SPREAD_VERSION: i32 = 83886080;
pub const DEFAULT_SPREAD_PORT: i32 = 4803;
pub const MAX_GROUP_NAME: i32 = 32;
pub const MAX_PRIVATE_NAME: i32 = 10;
pub const MAX_PROC_NAME: i32 = 20;
pub const MAX_CLIENT_SCATTER_ELEMENTS: i32 = 100;
pub const LOW_PRIORITY: i32 = 0;
pub const MEDIUM_PRIORITY: i32 = 1;
pub const HIGH_PRIORITY: i32 = 2;
pub const UNRELIABLE_MESS: i32 = 1;
pub const RELIABLE_MESS: i32 = 2;
pub const FIFO_MESS: i32 = 4;
pub const CAUSAL_MESS: i32 = 8;
pub const AGREED_MESS: i32 = 16;
pub const SAFE_MESS: i32 = 32;
pub const REGULAR_MESS: i32 = 63;
pub const SELF_DISCARD: i32 = 64;
pub const CAUSED_BY_JOIN: i32 = 256;
pub const CAUSED_BY_LEAVE: i32 = 512;
pub const CAUSED_BY_DISCONNECT: i32 = 1024;
pub const CAUSED_BY_NETWORK: i32 = 2048;
pub const REG_MEMB_MESS: i32 = 4096;
pub const TRANSITION_MESS: i32 = 8192;
pub const MEMBERSHIP_MESS: i32 = 16128;
pub const REJECT_MESS: i32 = 4194304;
pub const DROP_RECV: i32 = 16777216;
pub const RESERVED: i32 = 4177920;
pub const ENDIAN_RESERVED: i64 = 2147483776;
pub const ACCEPT_SESSION: i32 = 1;
pub const ILLEGAL_SPREAD: i32 = -1;
pub const COULD_NOT_CONNECT: i32 = -2;
pub const REJECT_QUOTA: i32 = -3;
pub const REJECT_NO_NAME: i32 = -4;
pub const REJECT_ILLEGAL_NAME: i32 = -5;
pub const REJECT_NOT_UNIQUE: i32 = -6;
pub const REJECT_VERSION: i32 = -7;
pub const CONNECTION_CLOSED: i32 = -8;
pub const REJECT_AUTH: i32 = -9;
pub const ILLEGAL_SESSION: i32 = -11;
pub const ILLEGAL_SERVICE: i32 = -12;
pub const ILLEGAL_MESSAGE: i32 = -13;
pub const ILLEGAL_GROUP: i32 = -14;
pub const BUFFER_TOO_SHORT: i32 = -15;
pub const GROUPS_TOO_SHORT: i32 = -16;
pub const MESSAGE_TOO_LONG: i32 = -17;
pub const NET_ERROR_ON_SESSION: i32 = -18;
pub const SP_BUG: i32 = -19;
pub const ILLEGAL_TIME: i32 = -20;
/// A session: the descriptor of its socket.
pub type mailbox = ::core::ffi::c_int;
/// A type word.
pub type service = ::core::ffi::c_int;
/// A span of time. Both parts have the same sign, and a second has less than a million of `usec`.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, PartialEq, Eq)]
pub struct sp_time {
    /// Whole seconds.
    pub sec: ::core::ffi::c_long,
    /// Microseconds.
    pub usec: ::core::ffi::c_long,
}
/// One piece of memory.
#[repr(C)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct scat_element {
    /// Where it begins.
    pub buf: *mut ::core::ffi::c_char,
    /// Its length in bytes.
    pub len: usize,
}
impl Default for scat_element {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
/// A body in pieces.
#[repr(C)]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct scatter {
    /// How many of the elements are in use.
    pub num_elements: usize,
    /// The pieces, in order.
    pub elements: [scat_element; 100usize],
}
impl Default for scatter {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
/// Which membership of a group: equal in all three numbers is the same one.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, PartialEq, Eq)]
pub struct group_id {
    /// The numbers.
    pub id: [::core::ffi::c_int; 3usize],
}
/// A virtual-synchrony set within a membership message.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, PartialEq, Eq)]
pub struct vs_set_info {
    /// How many names it has.
    pub num_members: ::core::ffi::c_uint,
    /// Where its names begin in the body.
    pub members_offset: ::core::ffi::c_uint,
}
/// What a membership message says.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, PartialEq, Eq)]
pub struct membership_info {
    /// The membership it tells of.
    pub gid: group_id,
    /// Who joined, left or disconnected; empty for the other causes.
    pub changed_member: [::core::ffi::c_char; 32usize],
    /// How many virtual-synchrony sets there are.
    pub num_vs_sets: ::core::ffi::c_uint,
    /// The receiver's own.
    pub my_vs_set: vs_set_info,
}
pub struct Spread {
    __library: ::libloading::Library,
    pub SP_version: Result<
        unsafe extern "C" fn(
            major_version: *mut ::core::ffi::c_int,
            minor_version: *mut ::core::ffi::c_int,
            patch_version: *mut ::core::ffi::c_int,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_set_auth_method: Result<
        unsafe extern "C" fn(
            name: *const ::core::ffi::c_char,
            function: ::core::option::Option<
                unsafe extern "C" fn(
                    arg1: ::core::ffi::c_int,
                    arg2: *mut ::core::ffi::c_void,
                ) -> ::core::ffi::c_int,
            >,
            data: *mut ::core::ffi::c_void,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_set_auth_methods: Result<
        unsafe extern "C" fn(
            count: ::core::ffi::c_int,
            names: *mut *const ::core::ffi::c_char,
            functions: *mut ::core::option::Option<
                unsafe extern "C" fn(
                    arg1: ::core::ffi::c_int,
                    arg2: *mut ::core::ffi::c_void,
                ) -> ::core::ffi::c_int,
            >,
            data: *mut *mut ::core::ffi::c_void,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_connect: Result<
        unsafe extern "C" fn(
            spread_name: *const ::core::ffi::c_char,
            private_name: *const ::core::ffi::c_char,
            priority: ::core::ffi::c_int,
            group_membership: ::core::ffi::c_int,
            mbox: *mut mailbox,
            private_group: *mut ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_connect_timeout: Result<
        unsafe extern "C" fn(
            spread_name: *const ::core::ffi::c_char,
            private_name: *const ::core::ffi::c_char,
            priority: ::core::ffi::c_int,
            group_membership: ::core::ffi::c_int,
            mbox: *mut mailbox,
            private_group: *mut ::core::ffi::c_char,
            time_out: sp_time,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_disconnect: Result<
        unsafe extern "C" fn(mbox: mailbox) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_kill: Result<unsafe extern "C" fn(mbox: mailbox), ::libloading::Error>,
    pub SP_join: Result<
        unsafe extern "C" fn(
            mbox: mailbox,
            group: *const ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_leave: Result<
        unsafe extern "C" fn(
            mbox: mailbox,
            group: *const ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_multicast: Result<
        unsafe extern "C" fn(
            mbox: mailbox,
            service_type: service,
            group: *const ::core::ffi::c_char,
            mess_type: ::core::ffi::c_short,
            mess_len: ::core::ffi::c_int,
            mess: *const ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_scat_multicast: Result<
        unsafe extern "C" fn(
            mbox: mailbox,
            service_type: service,
            group: *const ::core::ffi::c_char,
            mess_type: ::core::ffi::c_short,
            scat_mess: *const scatter,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_multigroup_multicast: Result<
        unsafe extern "C" fn(
            mbox: mailbox,
            service_type: service,
            num_groups: ::core::ffi::c_int,
            groups: *const [::core::ffi::c_char; 32usize],
            mess_type: ::core::ffi::c_short,
            mess_len: ::core::ffi::c_int,
            mess: *const ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_multigroup_scat_multicast: Result<
        unsafe extern "C" fn(
            mbox: mailbox,
            service_type: service,
            num_groups: ::core::ffi::c_int,
            groups: *const [::core::ffi::c_char; 32usize],
            mess_type: ::core::ffi::c_short,
            scat_mess: *const scatter,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_receive: Result<
        unsafe extern "C" fn(
            mbox: mailbox,
            service_type: *mut service,
            sender: *mut ::core::ffi::c_char,
            max_groups: ::core::ffi::c_int,
            num_groups: *mut ::core::ffi::c_int,
            groups: *mut [::core::ffi::c_char; 32usize],
            mess_type: *mut ::core::ffi::c_short,
            endian_mismatch: *mut ::core::ffi::c_int,
            max_mess_len: ::core::ffi::c_int,
            mess: *mut ::core::ffi::c_char,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_scat_receive: Result<
        unsafe extern "C" fn(
            mbox: mailbox,
            service_type: *mut service,
            sender: *mut ::core::ffi::c_char,
            max_groups: ::core::ffi::c_int,
            num_groups: *mut ::core::ffi::c_int,
            groups: *mut [::core::ffi::c_char; 32usize],
            mess_type: *mut ::core::ffi::c_short,
            endian_mismatch: *mut ::core::ffi::c_int,
            scat_mess: *mut scatter,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_get_memb_info: Result<
        unsafe extern "C" fn(
            memb_mess: *const ::core::ffi::c_char,
            service_type: service,
            memb_info: *mut membership_info,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_get_vs_sets_info: Result<
        unsafe extern "C" fn(
            memb_mess: *const ::core::ffi::c_char,
            vs_sets: *mut vs_set_info,
            num_vs_sets: ::core::ffi::c_int,
            my_vs_set_index: *mut ::core::ffi::c_uint,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_get_vs_set_members: Result<
        unsafe extern "C" fn(
            memb_mess: *const ::core::ffi::c_char,
            vs_set: *const vs_set_info,
            member_names: *mut [::core::ffi::c_char; 32usize],
            member_names_count: ::core::ffi::c_int,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_scat_get_memb_info: Result<
        unsafe extern "C" fn(
            memb_mess_scat: *const scatter,
            service_type: service,
            memb_info: *mut membership_info,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_scat_get_vs_sets_info: Result<
        unsafe extern "C" fn(
            memb_mess_scat: *const scatter,
            vs_sets: *mut vs_set_info,
            num_vs_sets: ::core::ffi::c_int,
            my_vs_set_index: *mut ::core::ffi::c_uint,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_scat_get_vs_set_members: Result<
        unsafe extern "C" fn(
            memb_mess_scat: *const scatter,
            vs_set: *const vs_set_info,
            member_names: *mut [::core::ffi::c_char; 32usize],
            member_names_count: ::core::ffi::c_int,
        ) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_poll: Result<
        unsafe extern "C" fn(mbox: mailbox) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_equal_group_ids: Result<
        unsafe extern "C" fn(g1: group_id, g2: group_id) -> ::core::ffi::c_int,
        ::libloading::Error,
    >,
    pub SP_strerror: Result<
        unsafe extern "C" fn(error: ::core::ffi::c_int) -> *const ::core::ffi::c_char,
        ::libloading::Error,
    >,
    pub SP_error: Result<
        unsafe extern "C" fn(error: ::core::ffi::c_int),
        ::libloading::Error,
    >,
}
impl Spread {
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
        let SP_version = __library.get(b"SP_version\0").map(|sym| *sym);
        let SP_set_auth_method = __library.get(b"SP_set_auth_method\0").map(|sym| *sym);
        let SP_set_auth_methods = __library
            .get(b"SP_set_auth_methods\0")
            .map(|sym| *sym);
        let SP_connect = __library.get(b"SP_connect\0").map(|sym| *sym);
        let SP_connect_timeout = __library.get(b"SP_connect_timeout\0").map(|sym| *sym);
        let SP_disconnect = __library.get(b"SP_disconnect\0").map(|sym| *sym);
        let SP_kill = __library.get(b"SP_kill\0").map(|sym| *sym);
        let SP_join = __library.get(b"SP_join\0").map(|sym| *sym);
        let SP_leave = __library.get(b"SP_leave\0").map(|sym| *sym);
        let SP_multicast = __library.get(b"SP_multicast\0").map(|sym| *sym);
        let SP_scat_multicast = __library.get(b"SP_scat_multicast\0").map(|sym| *sym);
        let SP_multigroup_multicast = __library
            .get(b"SP_multigroup_multicast\0")
            .map(|sym| *sym);
        let SP_multigroup_scat_multicast = __library
            .get(b"SP_multigroup_scat_multicast\0")
            .map(|sym| *sym);
        let SP_receive = __library.get(b"SP_receive\0").map(|sym| *sym);
        let SP_scat_receive = __library.get(b"SP_scat_receive\0").map(|sym| *sym);
        let SP_get_memb_info = __library.get(b"SP_get_memb_info\0").map(|sym| *sym);
        let SP_get_vs_sets_info = __library
            .get(b"SP_get_vs_sets_info\0")
            .map(|sym| *sym);
        let SP_get_vs_set_members = __library
            .get(b"SP_get_vs_set_members\0")
            .map(|sym| *sym);
        let SP_scat_get_memb_info = __library
            .get(b"SP_scat_get_memb_info\0")
            .map(|sym| *sym);
        let SP_scat_get_vs_sets_info = __library
            .get(b"SP_scat_get_vs_sets_info\0")
            .map(|sym| *sym);
        let SP_scat_get_vs_set_members = __library
            .get(b"SP_scat_get_vs_set_members\0")
            .map(|sym| *sym);
        let SP_poll = __library.get(b"SP_poll\0").map(|sym| *sym);
        let SP_equal_group_ids = __library.get(b"SP_equal_group_ids\0").map(|sym| *sym);
        let SP_strerror = __library.get(b"SP_strerror\0").map(|sym| *sym);
        let SP_error = __library.get(b"SP_error\0").map(|sym| *sym);
        Ok(Spread {
            __library,
            SP_version,
            SP_set_auth_method,
            SP_set_auth_methods,
            SP_connect,
            SP_connect_timeout,
            SP_disconnect,
            SP_kill,
            SP_join,
            SP_leave,
            SP_multicast,
            SP_scat_multicast,
            SP_multigroup_multicast,
            SP_multigroup_scat_multicast,
            SP_receive,
            SP_scat_receive,
            SP_get_memb_info,
            SP_get_vs_sets_info,
            SP_get_vs_set_members,
            SP_scat_get_memb_info,
            SP_scat_get_vs_sets_info,
            SP_scat_get_vs_set_members,
            SP_poll,
            SP_equal_group_ids,
            SP_strerror,
            SP_error,
        })
    }
    /// The library's version; 0 if a pointer is NULL, else 1.
    pub unsafe fn SP_version(
        &self,
        major_version: *mut ::core::ffi::c_int,
        minor_version: *mut ::core::ffi::c_int,
        patch_version: *mut ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self
            .SP_version
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(major_version, minor_version, patch_version)
    }
    /// Authenticate later connections of this process with one method; 1 if it was taken.
    pub unsafe fn SP_set_auth_method(
        &self,
        name: *const ::core::ffi::c_char,
        function: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: ::core::ffi::c_int,
                arg2: *mut ::core::ffi::c_void,
            ) -> ::core::ffi::c_int,
        >,
        data: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int {
        (self
            .SP_set_auth_method
            .as_ref()
            .expect("Expected function, got error."))(name, function, data)
    }
    /// Authenticate later connections of this process with several methods; 1 if they were taken.
    pub unsafe fn SP_set_auth_methods(
        &self,
        count: ::core::ffi::c_int,
        names: *mut *const ::core::ffi::c_char,
        functions: *mut ::core::option::Option<
            unsafe extern "C" fn(
                arg1: ::core::ffi::c_int,
                arg2: *mut ::core::ffi::c_void,
            ) -> ::core::ffi::c_int,
        >,
        data: *mut *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int {
        (self
            .SP_set_auth_methods
            .as_ref()
            .expect("Expected function, got error."))(count, names, functions, data)
    }
    /// Connect, however long it takes.
    pub unsafe fn SP_connect(
        &self,
        spread_name: *const ::core::ffi::c_char,
        private_name: *const ::core::ffi::c_char,
        priority: ::core::ffi::c_int,
        group_membership: ::core::ffi::c_int,
        mbox: *mut mailbox,
        private_group: *mut ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self
            .SP_connect
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(
            spread_name,
            private_name,
            priority,
            group_membership,
            mbox,
            private_group,
        )
    }
    /// Connect within a time; (0, 0) sets none.
    pub unsafe fn SP_connect_timeout(
        &self,
        spread_name: *const ::core::ffi::c_char,
        private_name: *const ::core::ffi::c_char,
        priority: ::core::ffi::c_int,
        group_membership: ::core::ffi::c_int,
        mbox: *mut mailbox,
        private_group: *mut ::core::ffi::c_char,
        time_out: sp_time,
    ) -> ::core::ffi::c_int {
        (self
            .SP_connect_timeout
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(
            spread_name,
            private_name,
            priority,
            group_membership,
            mbox,
            private_group,
            time_out,
        )
    }
    /// End the session: the daemon is told.
    pub unsafe fn SP_disconnect(&self, mbox: mailbox) -> ::core::ffi::c_int {
        (self.SP_disconnect.as_ref().expect("Expected function, got error."))(mbox)
    }
    /// Release the session without a word to the daemon.
    pub unsafe fn SP_kill(&self, mbox: mailbox) {
        (self.SP_kill.as_ref().expect("Expected function, got error."))(mbox)
    }
    /// Ask to be a member of a group.
    pub unsafe fn SP_join(
        &self,
        mbox: mailbox,
        group: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.SP_join.as_ref().expect("Expected function, got error."))(mbox, group)
    }
    /// Ask to be no member of a group any more.
    pub unsafe fn SP_leave(
        &self,
        mbox: mailbox,
        group: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self.SP_leave.as_ref().expect("Expected function, got error."))(mbox, group)
    }
    /// Send to one group; the length of what was sent.
    pub unsafe fn SP_multicast(
        &self,
        mbox: mailbox,
        service_type: service,
        group: *const ::core::ffi::c_char,
        mess_type: ::core::ffi::c_short,
        mess_len: ::core::ffi::c_int,
        mess: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self
            .SP_multicast
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(mbox, service_type, group, mess_type, mess_len, mess)
    }
    /// Send pieces to one group.
    pub unsafe fn SP_scat_multicast(
        &self,
        mbox: mailbox,
        service_type: service,
        group: *const ::core::ffi::c_char,
        mess_type: ::core::ffi::c_short,
        scat_mess: *const scatter,
    ) -> ::core::ffi::c_int {
        (self
            .SP_scat_multicast
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(mbox, service_type, group, mess_type, scat_mess)
    }
    /// Send to several groups; who is in more than one of them receives it once.
    pub unsafe fn SP_multigroup_multicast(
        &self,
        mbox: mailbox,
        service_type: service,
        num_groups: ::core::ffi::c_int,
        groups: *const [::core::ffi::c_char; 32usize],
        mess_type: ::core::ffi::c_short,
        mess_len: ::core::ffi::c_int,
        mess: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self
            .SP_multigroup_multicast
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(mbox, service_type, num_groups, groups, mess_type, mess_len, mess)
    }
    /// Send pieces to several groups.
    pub unsafe fn SP_multigroup_scat_multicast(
        &self,
        mbox: mailbox,
        service_type: service,
        num_groups: ::core::ffi::c_int,
        groups: *const [::core::ffi::c_char; 32usize],
        mess_type: ::core::ffi::c_short,
        scat_mess: *const scatter,
    ) -> ::core::ffi::c_int {
        (self
            .SP_multigroup_scat_multicast
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(mbox, service_type, num_groups, groups, mess_type, scat_mess)
    }
    /// Wait for the next message; the length of its body. `service_type` is input too: 0 or `DROP_RECV`.
    pub unsafe fn SP_receive(
        &self,
        mbox: mailbox,
        service_type: *mut service,
        sender: *mut ::core::ffi::c_char,
        max_groups: ::core::ffi::c_int,
        num_groups: *mut ::core::ffi::c_int,
        groups: *mut [::core::ffi::c_char; 32usize],
        mess_type: *mut ::core::ffi::c_short,
        endian_mismatch: *mut ::core::ffi::c_int,
        max_mess_len: ::core::ffi::c_int,
        mess: *mut ::core::ffi::c_char,
    ) -> ::core::ffi::c_int {
        (self
            .SP_receive
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(
            mbox,
            service_type,
            sender,
            max_groups,
            num_groups,
            groups,
            mess_type,
            endian_mismatch,
            max_mess_len,
            mess,
        )
    }
    /// Wait for the next message, its body to be spread over pieces of memory.
    pub unsafe fn SP_scat_receive(
        &self,
        mbox: mailbox,
        service_type: *mut service,
        sender: *mut ::core::ffi::c_char,
        max_groups: ::core::ffi::c_int,
        num_groups: *mut ::core::ffi::c_int,
        groups: *mut [::core::ffi::c_char; 32usize],
        mess_type: *mut ::core::ffi::c_short,
        endian_mismatch: *mut ::core::ffi::c_int,
        scat_mess: *mut scatter,
    ) -> ::core::ffi::c_int {
        (self
            .SP_scat_receive
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(
            mbox,
            service_type,
            sender,
            max_groups,
            num_groups,
            groups,
            mess_type,
            endian_mismatch,
            scat_mess,
        )
    }
    /// Read a membership message's body.
    pub unsafe fn SP_get_memb_info(
        &self,
        memb_mess: *const ::core::ffi::c_char,
        service_type: service,
        memb_info: *mut membership_info,
    ) -> ::core::ffi::c_int {
        (self
            .SP_get_memb_info
            .as_ref()
            .expect("Expected function, got error."))(memb_mess, service_type, memb_info)
    }
    /// The virtual-synchrony sets of a membership message, and which is the receiver's own.
    pub unsafe fn SP_get_vs_sets_info(
        &self,
        memb_mess: *const ::core::ffi::c_char,
        vs_sets: *mut vs_set_info,
        num_vs_sets: ::core::ffi::c_int,
        my_vs_set_index: *mut ::core::ffi::c_uint,
    ) -> ::core::ffi::c_int {
        (self
            .SP_get_vs_sets_info
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(memb_mess, vs_sets, num_vs_sets, my_vs_set_index)
    }
    /// The names of one virtual-synchrony set.
    pub unsafe fn SP_get_vs_set_members(
        &self,
        memb_mess: *const ::core::ffi::c_char,
        vs_set: *const vs_set_info,
        member_names: *mut [::core::ffi::c_char; 32usize],
        member_names_count: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self
            .SP_get_vs_set_members
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(memb_mess, vs_set, member_names, member_names_count)
    }
    /// `SP_get_memb_info` of a body in pieces.
    pub unsafe fn SP_scat_get_memb_info(
        &self,
        memb_mess_scat: *const scatter,
        service_type: service,
        memb_info: *mut membership_info,
    ) -> ::core::ffi::c_int {
        (self
            .SP_scat_get_memb_info
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(memb_mess_scat, service_type, memb_info)
    }
    /// `SP_get_vs_sets_info` of a body in pieces.
    pub unsafe fn SP_scat_get_vs_sets_info(
        &self,
        memb_mess_scat: *const scatter,
        vs_sets: *mut vs_set_info,
        num_vs_sets: ::core::ffi::c_int,
        my_vs_set_index: *mut ::core::ffi::c_uint,
    ) -> ::core::ffi::c_int {
        (self
            .SP_scat_get_vs_sets_info
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(memb_mess_scat, vs_sets, num_vs_sets, my_vs_set_index)
    }
    /// `SP_get_vs_set_members` of a body in pieces.
    pub unsafe fn SP_scat_get_vs_set_members(
        &self,
        memb_mess_scat: *const scatter,
        vs_set: *const vs_set_info,
        member_names: *mut [::core::ffi::c_char; 32usize],
        member_names_count: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int {
        (self
            .SP_scat_get_vs_set_members
            .as_ref()
            .expect(
                "Expected function, got error.",
            ))(memb_mess_scat, vs_set, member_names, member_names_count)
    }
    /// How many bytes can be read at once: not whether that is a whole message.
    pub unsafe fn SP_poll(&self, mbox: mailbox) -> ::core::ffi::c_int {
        (self.SP_poll.as_ref().expect("Expected function, got error."))(mbox)
    }
    /// Whether two ids are those of one membership: 1 or 0.
    pub unsafe fn SP_equal_group_ids(
        &self,
        g1: group_id,
        g2: group_id,
    ) -> ::core::ffi::c_int {
        (self
            .SP_equal_group_ids
            .as_ref()
            .expect("Expected function, got error."))(g1, g2)
    }
    /// A result in words.
    pub unsafe fn SP_strerror(
        &self,
        error: ::core::ffi::c_int,
    ) -> *const ::core::ffi::c_char {
        (self.SP_strerror.as_ref().expect("Expected function, got error."))(error)
    }
    /// Print a result in words.
    pub unsafe fn SP_error(&self, error: ::core::ffi::c_int) {
        (self.SP_error.as_ref().expect("Expected function, got error."))(error)
    }
}
