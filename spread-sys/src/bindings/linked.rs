// Made by bindgen from include/sp.h: run regenerate.sh, do not edit.

use super::*;

unsafe extern "C" {
    /// The library's version; 0 if a pointer is NULL, else 1.
    pub fn SP_version(
        major_version: *mut ::core::ffi::c_int,
        minor_version: *mut ::core::ffi::c_int,
        patch_version: *mut ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Authenticate later connections of this process with one method; 1 if it was taken.
    pub fn SP_set_auth_method(
        name: *const ::core::ffi::c_char,
        function: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: ::core::ffi::c_int,
                arg2: *mut ::core::ffi::c_void,
            ) -> ::core::ffi::c_int,
        >,
        data: *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Authenticate later connections of this process with several methods; 1 if they were taken.
    pub fn SP_set_auth_methods(
        count: ::core::ffi::c_int,
        names: *mut *const ::core::ffi::c_char,
        functions: *mut ::core::option::Option<
            unsafe extern "C" fn(
                arg1: ::core::ffi::c_int,
                arg2: *mut ::core::ffi::c_void,
            ) -> ::core::ffi::c_int,
        >,
        data: *mut *mut ::core::ffi::c_void,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Connect, however long it takes.
    pub fn SP_connect(
        spread_name: *const ::core::ffi::c_char,
        private_name: *const ::core::ffi::c_char,
        priority: ::core::ffi::c_int,
        group_membership: ::core::ffi::c_int,
        mbox: *mut mailbox,
        private_group: *mut ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Connect within a time; (0, 0) sets none.
    pub fn SP_connect_timeout(
        spread_name: *const ::core::ffi::c_char,
        private_name: *const ::core::ffi::c_char,
        priority: ::core::ffi::c_int,
        group_membership: ::core::ffi::c_int,
        mbox: *mut mailbox,
        private_group: *mut ::core::ffi::c_char,
        time_out: sp_time,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// End the session: the daemon is told.
    pub fn SP_disconnect(mbox: mailbox) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Release the session without a word to the daemon.
    pub fn SP_kill(mbox: mailbox);
}
unsafe extern "C" {
    /// Ask to be a member of a group.
    pub fn SP_join(
        mbox: mailbox,
        group: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Ask to be no member of a group any more.
    pub fn SP_leave(
        mbox: mailbox,
        group: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Send to one group; the length of what was sent.
    pub fn SP_multicast(
        mbox: mailbox,
        service_type: service,
        group: *const ::core::ffi::c_char,
        mess_type: ::core::ffi::c_short,
        mess_len: ::core::ffi::c_int,
        mess: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Send pieces to one group.
    pub fn SP_scat_multicast(
        mbox: mailbox,
        service_type: service,
        group: *const ::core::ffi::c_char,
        mess_type: ::core::ffi::c_short,
        scat_mess: *const scatter,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Send to several groups; who is in more than one of them receives it once.
    pub fn SP_multigroup_multicast(
        mbox: mailbox,
        service_type: service,
        num_groups: ::core::ffi::c_int,
        groups: *const [::core::ffi::c_char; 32usize],
        mess_type: ::core::ffi::c_short,
        mess_len: ::core::ffi::c_int,
        mess: *const ::core::ffi::c_char,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Send pieces to several groups.
    pub fn SP_multigroup_scat_multicast(
        mbox: mailbox,
        service_type: service,
        num_groups: ::core::ffi::c_int,
        groups: *const [::core::ffi::c_char; 32usize],
        mess_type: ::core::ffi::c_short,
        scat_mess: *const scatter,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Wait for the next message; the length of its body. `service_type` is input too: 0 or `DROP_RECV`.
    pub fn SP_receive(
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
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Wait for the next message, its body to be spread over pieces of memory.
    pub fn SP_scat_receive(
        mbox: mailbox,
        service_type: *mut service,
        sender: *mut ::core::ffi::c_char,
        max_groups: ::core::ffi::c_int,
        num_groups: *mut ::core::ffi::c_int,
        groups: *mut [::core::ffi::c_char; 32usize],
        mess_type: *mut ::core::ffi::c_short,
        endian_mismatch: *mut ::core::ffi::c_int,
        scat_mess: *mut scatter,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Read a membership message's body.
    pub fn SP_get_memb_info(
        memb_mess: *const ::core::ffi::c_char,
        service_type: service,
        memb_info: *mut membership_info,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// The virtual-synchrony sets of a membership message, and which is the receiver's own.
    pub fn SP_get_vs_sets_info(
        memb_mess: *const ::core::ffi::c_char,
        vs_sets: *mut vs_set_info,
        num_vs_sets: ::core::ffi::c_int,
        my_vs_set_index: *mut ::core::ffi::c_uint,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// The names of one virtual-synchrony set.
    pub fn SP_get_vs_set_members(
        memb_mess: *const ::core::ffi::c_char,
        vs_set: *const vs_set_info,
        member_names: *mut [::core::ffi::c_char; 32usize],
        member_names_count: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// `SP_get_memb_info` of a body in pieces.
    pub fn SP_scat_get_memb_info(
        memb_mess_scat: *const scatter,
        service_type: service,
        memb_info: *mut membership_info,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// `SP_get_vs_sets_info` of a body in pieces.
    pub fn SP_scat_get_vs_sets_info(
        memb_mess_scat: *const scatter,
        vs_sets: *mut vs_set_info,
        num_vs_sets: ::core::ffi::c_int,
        my_vs_set_index: *mut ::core::ffi::c_uint,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// `SP_get_vs_set_members` of a body in pieces.
    pub fn SP_scat_get_vs_set_members(
        memb_mess_scat: *const scatter,
        vs_set: *const vs_set_info,
        member_names: *mut [::core::ffi::c_char; 32usize],
        member_names_count: ::core::ffi::c_int,
    ) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// How many bytes can be read at once: not whether that is a whole message.
    pub fn SP_poll(mbox: mailbox) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// Whether two ids are those of one membership: 1 or 0.
    pub fn SP_equal_group_ids(g1: group_id, g2: group_id) -> ::core::ffi::c_int;
}
unsafe extern "C" {
    /// A result in words.
    pub fn SP_strerror(error: ::core::ffi::c_int) -> *const ::core::ffi::c_char;
}
unsafe extern "C" {
    /// Print a result in words.
    pub fn SP_error(error: ::core::ffi::c_int);
}
