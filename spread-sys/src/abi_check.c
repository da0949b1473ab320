/*
 * What the bindings take for granted of sp.h, for a C compiler to check against the header that is included: compiled,
 * never linked. build.rs compiles it against an installed header, tests/abi.rs against the crate's own.
 *
 * The expected values that an EXPECT_ macro names can be overridden, to show that the check does fail.
 */
#include "sp.h"

#include <stddef.h>

#ifndef EXPECT_MAX_GROUP_NAME
#define EXPECT_MAX_GROUP_NAME 32
#endif
#ifndef EXPECT_BUFFER_TOO_SHORT
#define EXPECT_BUFFER_TOO_SHORT (-15)
#endif
#ifndef EXPECT_SIZE_OF_MEMBERSHIP_INFO
#define EXPECT_SIZE_OF_MEMBERSHIP_INFO 56
#endif
#ifndef EXPECT_OFFSET_OF_MY_VS_SET
#define EXPECT_OFFSET_OF_MY_VS_SET 48
#endif

#define TEXT_(value) #value
#define TEXT(value) TEXT_(value)
#define CONSTANT(name, value) _Static_assert((name) == (value), #name " is not " TEXT(value))
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "sizeof(" #type ") is not " TEXT(bytes))
#define OFFSET(type, field, bytes) \
    _Static_assert(offsetof(type, field) == (bytes), #type "." #field " is not at " TEXT(bytes))
#define FIELD(type, field, bytes) \
    _Static_assert(sizeof(((type *)0)->field) == (bytes), #type "." #field " has not " TEXT(bytes) " bytes")
/* A pointer to the function must have exactly this type. */
#define FUNCTION(name, result, ...) \
    _Static_assert(_Generic(&name, result (*)(__VA_ARGS__): 1, default: 0), #name " has another type")

/* ---- constants ---- */

_Static_assert(SPREAD_VERSION >= (4 << 24), "the header is older than 4.0");
CONSTANT(DEFAULT_SPREAD_PORT, 4803);
CONSTANT(MAX_GROUP_NAME, EXPECT_MAX_GROUP_NAME);
CONSTANT(MAX_PRIVATE_NAME, 10);
CONSTANT(MAX_PROC_NAME, 20);
CONSTANT(MAX_CLIENT_SCATTER_ELEMENTS, 100);
CONSTANT(LOW_PRIORITY, 0);
CONSTANT(MEDIUM_PRIORITY, 1);
CONSTANT(HIGH_PRIORITY, 2);

CONSTANT(UNRELIABLE_MESS, 0x00000001);
CONSTANT(RELIABLE_MESS, 0x00000002);
CONSTANT(FIFO_MESS, 0x00000004);
CONSTANT(CAUSAL_MESS, 0x00000008);
CONSTANT(AGREED_MESS, 0x00000010);
CONSTANT(SAFE_MESS, 0x00000020);
CONSTANT(REGULAR_MESS, 0x0000003f);
CONSTANT(SELF_DISCARD, 0x00000040);
CONSTANT(CAUSED_BY_JOIN, 0x00000100);
CONSTANT(CAUSED_BY_LEAVE, 0x00000200);
CONSTANT(CAUSED_BY_DISCONNECT, 0x00000400);
CONSTANT(CAUSED_BY_NETWORK, 0x00000800);
CONSTANT(REG_MEMB_MESS, 0x00001000);
CONSTANT(TRANSITION_MESS, 0x00002000);
CONSTANT(MEMBERSHIP_MESS, 0x00003f00);
CONSTANT(RESERVED, 0x003fc000);
CONSTANT(REJECT_MESS, 0x00400000);
CONSTANT(DROP_RECV, 0x01000000);
CONSTANT(ENDIAN_RESERVED, 0x80000080);

CONSTANT(ACCEPT_SESSION, 1);
CONSTANT(ILLEGAL_SPREAD, -1);
CONSTANT(COULD_NOT_CONNECT, -2);
CONSTANT(REJECT_QUOTA, -3);
CONSTANT(REJECT_NO_NAME, -4);
CONSTANT(REJECT_ILLEGAL_NAME, -5);
CONSTANT(REJECT_NOT_UNIQUE, -6);
CONSTANT(REJECT_VERSION, -7);
CONSTANT(CONNECTION_CLOSED, -8);
CONSTANT(REJECT_AUTH, -9);
CONSTANT(ILLEGAL_SESSION, -11);
CONSTANT(ILLEGAL_SERVICE, -12);
CONSTANT(ILLEGAL_MESSAGE, -13);
CONSTANT(ILLEGAL_GROUP, -14);
CONSTANT(BUFFER_TOO_SHORT, EXPECT_BUFFER_TOO_SHORT);
CONSTANT(GROUPS_TOO_SHORT, -16);
CONSTANT(MESSAGE_TOO_LONG, -17);
CONSTANT(NET_ERROR_ON_SESSION, -18);
CONSTANT(SP_BUG, -19);

/* ---- types; those of machine words in words, the others in bytes ---- */

SIZE(int16, 2);
SIZE(int32, 4);
SIZE(mailbox, 4);
SIZE(service, 4);

SIZE(sp_time, 2 * sizeof(long));
OFFSET(sp_time, sec, 0);
OFFSET(sp_time, usec, sizeof(long));

SIZE(scat_element, 2 * sizeof(size_t));
OFFSET(scat_element, buf, 0);
FIELD(scat_element, buf, sizeof(char *));
OFFSET(scat_element, len, sizeof(size_t));
FIELD(scat_element, len, sizeof(size_t));

SIZE(scatter, 201 * sizeof(size_t));
OFFSET(scatter, num_elements, 0);
FIELD(scatter, num_elements, sizeof(size_t));
OFFSET(scatter, elements, sizeof(size_t));
FIELD(scatter, elements, 200 * sizeof(size_t));

SIZE(group_id, 12);
FIELD(group_id, id, 12);

SIZE(vs_set_info, 8);
OFFSET(vs_set_info, num_members, 0);
FIELD(vs_set_info, num_members, 4);
OFFSET(vs_set_info, members_offset, 4);
FIELD(vs_set_info, members_offset, 4);

SIZE(membership_info, EXPECT_SIZE_OF_MEMBERSHIP_INFO);
OFFSET(membership_info, gid, 0);
OFFSET(membership_info, changed_member, 12);
FIELD(membership_info, changed_member, 32);
OFFSET(membership_info, num_vs_sets, 44);
FIELD(membership_info, num_vs_sets, 4);
OFFSET(membership_info, my_vs_set, EXPECT_OFFSET_OF_MY_VS_SET);

/* ---- functions ---- */

typedef int (*method)(int, void *);
typedef char name[32];

FUNCTION(SP_version, int, int *, int *, int *);
FUNCTION(SP_set_auth_method, int, const char *, method, void *);
FUNCTION(SP_connect, int, const char *, const char *, int, int, mailbox *, char *);
FUNCTION(SP_connect_timeout, int, const char *, const char *, int, int, mailbox *, char *, sp_time);
FUNCTION(SP_disconnect, int, mailbox);
FUNCTION(SP_kill, void, mailbox);
FUNCTION(SP_join, int, mailbox, const char *);
FUNCTION(SP_leave, int, mailbox, const char *);
FUNCTION(SP_multicast, int, mailbox, service, const char *, int16, int, const char *);
FUNCTION(SP_scat_multicast, int, mailbox, service, const char *, int16, const scatter *);
FUNCTION(SP_multigroup_multicast, int, mailbox, service, int, const name *, int16, int, const char *);
FUNCTION(SP_multigroup_scat_multicast, int, mailbox, service, int, const name *, int16, const scatter *);
FUNCTION(SP_receive, int, mailbox, service *, char *, int, int *, name *, int16 *, int *, int, char *);
FUNCTION(SP_scat_receive, int, mailbox, service *, char *, int, int *, name *, int16 *, int *, scatter *);
FUNCTION(SP_get_memb_info, int, const char *, service, membership_info *);
FUNCTION(SP_get_vs_sets_info, int, const char *, vs_set_info *, int, unsigned int *);
FUNCTION(SP_get_vs_set_members, int, const char *, const vs_set_info *, name *, int);
FUNCTION(SP_poll, int, mailbox);
FUNCTION(SP_equal_group_ids, int, group_id, group_id);
FUNCTION(SP_error, void, int);

/* What an early version 4 need not have; the bindings do without it there. */
#if SPREAD_VERSION >= (5 << 24)
CONSTANT(ILLEGAL_TIME, -20);
FUNCTION(SP_set_auth_methods, int, int, const char **, method *, void **);
FUNCTION(SP_scat_get_memb_info, int, const scatter *, service, membership_info *);
FUNCTION(SP_scat_get_vs_sets_info, int, const scatter *, vs_set_info *, int, unsigned int *);
FUNCTION(SP_scat_get_vs_set_members, int, const scatter *, const vs_set_info *, name *, int);
FUNCTION(SP_strerror, const char *, int);
#endif
