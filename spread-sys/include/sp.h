/*
 * The documented C interface of the Spread Toolkit's client library, version 4 and 5, as this project declares it:
 * written from our description of the interface (docs of the project), so that bindings can be made and C programs
 * compiled on a machine that has no Spread. The library's own sp.h is what counts where there is one: abi_check.c
 * says at build time whether the two agree.
 */
#ifndef SPREAD_SYS_SP_H
#define SPREAD_SYS_SP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define int16 short
#define int32 int

/* ---- numbers ---- */

/* Of the header, major << 24 | minor << 16 | patch. SP_version() tells the library's. */
#define SPREAD_VERSION (5 << 24)
#define DEFAULT_SPREAD_PORT 4803

/* Fields with their NUL, except MAX_PRIVATE_NAME. */
#define MAX_GROUP_NAME 32
#define MAX_PRIVATE_NAME 10
#define MAX_PROC_NAME 20
#define MAX_CLIENT_SCATTER_ELEMENTS 100

#define LOW_PRIORITY 0
#define MEDIUM_PRIORITY 1
#define HIGH_PRIORITY 2

/* ---- the type word ---- */

#define UNRELIABLE_MESS 0x00000001
#define RELIABLE_MESS 0x00000002
#define FIFO_MESS 0x00000004
#define CAUSAL_MESS 0x00000008
#define AGREED_MESS 0x00000010
#define SAFE_MESS 0x00000020
#define REGULAR_MESS 0x0000003f
#define SELF_DISCARD 0x00000040

#define CAUSED_BY_JOIN 0x00000100
#define CAUSED_BY_LEAVE 0x00000200
#define CAUSED_BY_DISCONNECT 0x00000400
#define CAUSED_BY_NETWORK 0x00000800
#define REG_MEMB_MESS 0x00001000
#define TRANSITION_MESS 0x00002000
#define MEMBERSHIP_MESS 0x00003f00

#define REJECT_MESS 0x00400000
/* Input of SP_receive: what does not fit is cut off. */
#define DROP_RECV 0x01000000

/* Not for applications. */
#define RESERVED 0x003fc000
#define ENDIAN_RESERVED 0x80000080

#define Is_unreliable_mess(word) ((word) & UNRELIABLE_MESS)
#define Is_reliable_mess(word) ((word) & RELIABLE_MESS)
#define Is_fifo_mess(word) ((word) & FIFO_MESS)
#define Is_causal_mess(word) ((word) & CAUSAL_MESS)
#define Is_agreed_mess(word) ((word) & AGREED_MESS)
#define Is_safe_mess(word) ((word) & SAFE_MESS)
#define Is_self_discard(word) ((word) & SELF_DISCARD)
#define Is_reject_mess(word) ((word) & REJECT_MESS)
#define Is_regular_mess(word) (!Is_reject_mess(word) && ((word) & REGULAR_MESS) != 0)
#define Is_membership_mess(word) (!Is_reject_mess(word) && ((word) & MEMBERSHIP_MESS) != 0)
#define Is_reg_memb_mess(word) ((word) & REG_MEMB_MESS)
#define Is_transition_mess(word) ((word) & TRANSITION_MESS)
#define Is_caused_join_mess(word) ((word) & CAUSED_BY_JOIN)
#define Is_caused_leave_mess(word) ((word) & CAUSED_BY_LEAVE)
#define Is_caused_disconnect_mess(word) ((word) & CAUSED_BY_DISCONNECT)
#define Is_caused_network_mess(word) ((word) & CAUSED_BY_NETWORK)
/* A leaver's own notice has the cause and neither kind of membership. */
#define Is_self_leave(word) (((word) & (CAUSED_BY_LEAVE | REG_MEMB_MESS | TRANSITION_MESS)) == CAUSED_BY_LEAVE)

/* ---- results ---- */

#define ACCEPT_SESSION 1
#define ILLEGAL_SPREAD (-1)
#define COULD_NOT_CONNECT (-2)
#define REJECT_QUOTA (-3)
#define REJECT_NO_NAME (-4)
#define REJECT_ILLEGAL_NAME (-5)
#define REJECT_NOT_UNIQUE (-6)
#define REJECT_VERSION (-7)
#define CONNECTION_CLOSED (-8)
#define REJECT_AUTH (-9)
#define ILLEGAL_SESSION (-11)
#define ILLEGAL_SERVICE (-12)
#define ILLEGAL_MESSAGE (-13)
#define ILLEGAL_GROUP (-14)
#define BUFFER_TOO_SHORT (-15)
#define GROUPS_TOO_SHORT (-16)
#define MESSAGE_TOO_LONG (-17)
#define NET_ERROR_ON_SESSION (-18)
#define SP_BUG (-19)
#define ILLEGAL_TIME (-20)

/* ---- types ---- */

/** A session: the descriptor of its socket. */
typedef int mailbox;

/** A type word. */
typedef int service;

/** A span of time. Both parts have the same sign, and a second has less than a million of `usec`. */
typedef struct sp_time {
    /** Whole seconds. */
    long sec;
    /** Microseconds. */
    long usec;
} sp_time;

/** One piece of memory. */
typedef struct scat_element {
    /** Where it begins. */
    char *buf;
    /** Its length in bytes. */
    size_t len;
} scat_element;

/** A body in pieces. */
typedef struct scatter {
    /** How many of the elements are in use. */
    size_t num_elements;
    /** The pieces, in order. */
    scat_element elements[MAX_CLIENT_SCATTER_ELEMENTS];
} scatter;

/** Which membership of a group: equal in all three numbers is the same one. */
typedef struct group_id {
    /** The numbers. */
    int32 id[3];
} group_id;

/** A virtual-synchrony set within a membership message. */
typedef struct vs_set_info {
    /** How many names it has. */
    unsigned int num_members;
    /** Where its names begin in the body. */
    unsigned int members_offset;
} vs_set_info;

/** What a membership message says. */
typedef struct membership_info {
    /** The membership it tells of. */
    group_id gid;
    /** Who joined, left or disconnected; empty for the other causes. */
    char changed_member[MAX_GROUP_NAME];
    /** How many virtual-synchrony sets there are. */
    unsigned int num_vs_sets;
    /** The receiver's own. */
    vs_set_info my_vs_set;
} membership_info;

/* ---- functions ---- */

/** The library's version; 0 if a pointer is NULL, else 1. */
int SP_version(int *major_version, int *minor_version, int *patch_version);

/** Authenticate later connections of this process with one method; 1 if it was taken. */
int SP_set_auth_method(const char *name, int (*function)(int, void *), void *data);

/** Authenticate later connections of this process with several methods; 1 if they were taken. */
int SP_set_auth_methods(int count, const char *names[], int (*functions[])(int, void *), void *data[]);

/** Connect, however long it takes. */
int SP_connect(const char *spread_name, const char *private_name, int priority, int group_membership, mailbox *mbox,
               char *private_group);

/** Connect within a time; (0, 0) sets none. */
int SP_connect_timeout(const char *spread_name, const char *private_name, int priority, int group_membership,
                       mailbox *mbox, char *private_group, sp_time time_out);

/** End the session: the daemon is told. */
int SP_disconnect(mailbox mbox);

/** Release the session without a word to the daemon. */
void SP_kill(mailbox mbox);

/** Ask to be a member of a group. */
int SP_join(mailbox mbox, const char *group);

/** Ask to be no member of a group any more. */
int SP_leave(mailbox mbox, const char *group);

/** Send to one group; the length of what was sent. */
int SP_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type, int mess_len,
                 const char *mess);

/** Send pieces to one group. */
int SP_scat_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type,
                      const scatter *scat_mess);

/** Send to several groups; who is in more than one of them receives it once. */
int SP_multigroup_multicast(mailbox mbox, service service_type, int num_groups, const char groups[][MAX_GROUP_NAME],
                            int16 mess_type, int mess_len, const char *mess);

/** Send pieces to several groups. */
int SP_multigroup_scat_multicast(mailbox mbox, service service_type, int num_groups,
                                 const char groups[][MAX_GROUP_NAME], int16 mess_type, const scatter *scat_mess);

/** Wait for the next message; the length of its body. `service_type` is input too: 0 or `DROP_RECV`. */
int SP_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME], int max_groups, int *num_groups,
               char groups[][MAX_GROUP_NAME], int16 *mess_type, int *endian_mismatch, int max_mess_len, char *mess);

/** Wait for the next message, its body to be spread over pieces of memory. */
int SP_scat_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME], int max_groups, int *num_groups,
                    char groups[][MAX_GROUP_NAME], int16 *mess_type, int *endian_mismatch, scatter *scat_mess);

/** Read a membership message's body. */
int SP_get_memb_info(const char *memb_mess, const service service_type, membership_info *memb_info);

/** The virtual-synchrony sets of a membership message, and which is the receiver's own. */
int SP_get_vs_sets_info(const char *memb_mess, vs_set_info *vs_sets, int num_vs_sets, unsigned int *my_vs_set_index);

/** The names of one virtual-synchrony set. */
int SP_get_vs_set_members(const char *memb_mess, const vs_set_info *vs_set, char member_names[][MAX_GROUP_NAME],
                          int member_names_count);

/** `SP_get_memb_info` of a body in pieces. */
int SP_scat_get_memb_info(const scatter *memb_mess_scat, const service service_type, membership_info *memb_info);

/** `SP_get_vs_sets_info` of a body in pieces. */
int SP_scat_get_vs_sets_info(const scatter *memb_mess_scat, vs_set_info *vs_sets, int num_vs_sets,
                             unsigned int *my_vs_set_index);

/** `SP_get_vs_set_members` of a body in pieces. */
int SP_scat_get_vs_set_members(const scatter *memb_mess_scat, const vs_set_info *vs_set,
                               char member_names[][MAX_GROUP_NAME], int member_names_count);

/** How many bytes can be read at once: not whether that is a whole message. */
int SP_poll(mailbox mbox);

/** Whether two ids are those of one membership: 1 or 0. */
int SP_equal_group_ids(group_id g1, group_id g2);

/** A result in words. */
const char *SP_strerror(int error);

/** Print a result in words. */
void SP_error(int error);

#ifdef __cplusplus
}
#endif

#endif
