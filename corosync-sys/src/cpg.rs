//! One life in a closed process group: a handle of libcpg, from joining until it is dropped.

use std::any::Any;
use std::cell::Cell;
use std::ffi::c_void;
use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::{ptr, slice};

use crate::bindings::cpg as c;
use crate::error::Error;
use crate::library::Libraries;

/// The longest message. libcpg cuts longer ones than 1,047,552 bytes into several, which a change of the group parts.
pub const MAX_MESSAGE: usize = 512 * 1024;

/// A member of a group: a process on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The node's id in Corosync's configuration.
    pub nodeid: u32,
    /// The process, as its own node numbers it.
    pub pid: u32,
}

/// A member that came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The member.
    pub address: Address,
    /// The reason.
    pub reason: Reason,
}

/// The reason of a change of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The process joined.
    Join,
    /// The process left.
    Leave,
    /// The network lost its node.
    NodeDown,
    /// The network found its node.
    NodeUp,
    /// The process ended, or its Corosync was stopped.
    ProcDown,
    /// Another number than `cpg.h` has.
    Other(u32),
}

/// What Corosync reports, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callback<'a> {
    /// A message. Its bytes are whatever a member, or another process that calls itself one, has sent.
    Deliver {
        /// Its sender.
        from: Address,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A change of the group.
    Group {
        /// The members from here on.
        members: &'a [Address],
        /// The members that are lost.
        left: &'a [Changed],
        /// The members that are new.
        joined: &'a [Changed],
    },
    /// A change of the ring, which comes after the changes of the group that it causes.
    Ring {
        /// The ring's nodes.
        nodes: &'a [u32],
    },
}

/// A handle that is a member of one group. When it is dropped, the others see a process that ended.
#[derive(Debug)]
pub struct Cpg {
    libraries: &'static Libraries,
    handle: c::cpg_handle_t,
    descriptor: RawFd,
    nodeid: u32,
}

impl Cpg {
    /// Takes a new handle and asks to be a member of the group; the change of the group that has this process among
    /// the joined ones confirms it.
    pub fn join(libraries: &'static Libraries, group: &str) -> Result<Cpg, Error> {
        let name = name_of(group)?;
        let mut model = c::cpg_model_v1_data_t {
            model: c::cpg_model_t_CPG_MODEL_V1,
            cpg_deliver_fn: Some(on_deliver),
            cpg_confchg_fn: Some(on_group_change),
            cpg_totem_confchg_fn: Some(on_ring_change),
            flags: 0,
        };
        let mut handle = 0;
        // SAFETY: the model's structure begins with the member that all models have, and the library copies it; the
        // callbacks have the types that it declares, and live as long as the program.
        let answer = unsafe {
            let model = (&raw mut model).cast();
            libraries.cpg.cpg_model_initialize(&mut handle, c::cpg_model_t_CPG_MODEL_V1, model, ptr::null_mut())
        };
        Error::check("cpg_model_initialize", answer)?;
        // From here on the handle is finalized when `cpg` is dropped.
        let mut cpg = Cpg { libraries, handle, descriptor: -1, nodeid: 0 };
        // SAFETY: it writes one number.
        let answer = unsafe { libraries.cpg.cpg_fd_get(handle, &mut cpg.descriptor) };
        Error::check("cpg_fd_get", answer)?;
        // SAFETY: it writes one number.
        let answer = unsafe { libraries.cpg.cpg_local_get(handle, &mut cpg.nodeid) };
        Error::check("cpg_local_get", answer)?;
        // SAFETY: it reads the name, which says its own length.
        let answer = unsafe { libraries.cpg.cpg_join(handle, &raw const name) };
        Error::check("cpg_join", answer)?;
        Ok(cpg)
    }

    /// Returns this member.
    pub fn address(&self) -> Address {
        Address { nodeid: self.nodeid, pid: std::process::id() }
    }

    /// Sends one message, made of these parts, to all members, this one too. It waits for the local Corosync's answer.
    pub fn send(&mut self, parts: &[IoSlice<'_>]) -> Result<(), Error> {
        let length = parts.iter().map(|part| part.len()).sum();
        if length > MAX_MESSAGE {
            return Err(Error::TooLong { length, max: MAX_MESSAGE });
        }
        // SAFETY: an IoSlice has the form of an iovec; the library reads as many as it is given, and keeps none.
        let answer = unsafe {
            let agreed = c::cpg_guarantee_t_CPG_TYPE_AGREED;
            self.libraries.cpg.cpg_mcast_joined(self.handle, agreed, parts.as_ptr().cast(), parts.len() as u32)
        };
        Error::check("cpg_mcast_joined", answer)
    }

    /// Hands the next callback to `take`, if one waits, and returns whether one did. Never waits: the descriptor
    /// ([`AsFd`]) is readable when there is something to dispatch. What `take` is given lives until it returns.
    pub fn dispatch(&mut self, take: &mut dyn FnMut(Callback<'_>)) -> Result<bool, Error> {
        let mut call = Call { take, panic: None };
        CALL.set((&raw mut call).cast());
        // SAFETY: the callbacks run on this thread, inside the call, and find `call` where CALL points to.
        let answer =
            unsafe { self.libraries.cpg.cpg_dispatch(self.handle, c::cs_dispatch_flags_t_CS_DISPATCH_ONE_NONBLOCKING) };
        CALL.set(ptr::null_mut());
        if let Some(panic) = call.panic {
            resume_unwind(panic);
        }
        match Error::check("cpg_dispatch", answer) {
            Err(error) if error.is_try_again() => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// Leaves the group: the others see that, and not a process that ended. The handle is of no further use.
    pub fn leave(self, group: &str) -> Result<(), Error> {
        let name = name_of(group)?;
        // SAFETY: it reads the name, which says its own length.
        let answer = unsafe { self.libraries.cpg.cpg_leave(self.handle, &raw const name) };
        Error::check("cpg_leave", answer)
    }
}

impl AsFd for Cpg {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the library keeps it open until the handle is finalized, which is when `self` is dropped.
        unsafe { BorrowedFd::borrow_raw(self.descriptor) }
    }
}

impl Drop for Cpg {
    fn drop(&mut self) {
        // SAFETY: nothing uses the handle after this. Its answer changes nothing: the connection is gone either way.
        unsafe { self.libraries.cpg.cpg_finalize(self.handle) };
    }
}

fn name_of(group: &str) -> Result<c::cpg_name, Error> {
    let mut name = c::cpg_name::default();
    if group.is_empty() || group.len() > name.value.len() {
        return Err(Error::GroupName(group.len()));
    }
    name.length = group.len() as u32;
    for (to, from) in name.value.iter_mut().zip(group.bytes()) {
        *to = from as std::ffi::c_char;
    }
    Ok(name)
}

/// A call of [`Cpg::dispatch`].
struct Call<'a, 'b> {
    take: &'a mut (dyn FnMut(Callback<'_>) + 'b),
    panic: Option<Box<dyn Any + Send>>,
}

thread_local! {
    /// The call that this thread is in.
    static CALL: Cell<*mut c_void> = const { Cell::new(ptr::null_mut()) };
}

/// Hands a callback to the call that this thread is in. A panic waits until the library's frames are left.
fn hand(callback: Callback<'_>) {
    // SAFETY: `Cpg::dispatch` set it for this thread, its `Call` outlives the library's call, and nothing else uses it
    // meanwhile; outside of such a call it is null.
    let Some(call) = (unsafe { CALL.get().cast::<Call<'_, '_>>().as_mut() }) else { return };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (call.take)(callback))) {
        call.panic = Some(panic);
    }
}

/// Borrows an array of the library.
///
/// # Safety
/// `first` points to `length` values, or `length` is 0; they live as long as the callback.
unsafe fn list<'a, T>(first: *const T, length: usize) -> &'a [T] {
    if first.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(first, length) }
}

unsafe extern "C" fn on_deliver(
    _handle: c::cpg_handle_t,
    _group: *const c::cpg_name,
    nodeid: u32,
    pid: u32,
    message: *mut c_void,
    length: usize,
) {
    // SAFETY: the library passes a message and its length, and keeps it until the callback returns.
    let bytes = unsafe { list(message.cast::<u8>().cast_const(), length) };
    hand(Callback::Deliver { from: Address { nodeid, pid }, bytes });
}

unsafe extern "C" fn on_group_change(
    _handle: c::cpg_handle_t,
    _group: *const c::cpg_name,
    members: *const c::cpg_address,
    members_length: usize,
    left: *const c::cpg_address,
    left_length: usize,
    joined: *const c::cpg_address,
    joined_length: usize,
) {
    // SAFETY: the library passes three lists with their lengths, and keeps them until the callback returns.
    let lists = unsafe { [list(members, members_length), list(left, left_length), list(joined, joined_length)] };
    let members: Vec<_> = lists[0].iter().map(|member| changed(member).address).collect();
    let [left, joined] = [lists[1], lists[2]].map(|list| list.iter().map(changed).collect::<Vec<_>>());
    hand(Callback::Group { members: &members, left: &left, joined: &joined });
}

unsafe extern "C" fn on_ring_change(
    _handle: c::cpg_handle_t,
    _ring: c::cpg_ring_id,
    nodes_length: u32,
    nodes: *const u32,
) {
    // SAFETY: the library passes a list with its length, and keeps it until the callback returns.
    hand(Callback::Ring { nodes: unsafe { list(nodes, nodes_length as usize) } });
}

fn changed(member: &c::cpg_address) -> Changed {
    let reason = match member.reason {
        c::cpg_reason_t_CPG_REASON_JOIN => Reason::Join,
        c::cpg_reason_t_CPG_REASON_LEAVE => Reason::Leave,
        c::cpg_reason_t_CPG_REASON_NODEDOWN => Reason::NodeDown,
        c::cpg_reason_t_CPG_REASON_NODEUP => Reason::NodeUp,
        c::cpg_reason_t_CPG_REASON_PROCDOWN => Reason::ProcDown,
        other => Reason::Other(other),
    };
    Changed { address: Address { nodeid: member.nodeid, pid: member.pid }, reason }
}
