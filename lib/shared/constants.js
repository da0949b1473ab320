/** Spread's constants, under Spread's names. They are on the module, on the class and on every session. */

module.exports = Object.freeze({
  // Services of a message: exactly one, alone or with SELF_DISCARD.
  UNRELIABLE_MESS: 0x00000001,
  RELIABLE_MESS: 0x00000002,
  FIFO_MESS: 0x00000004,
  CAUSAL_MESS: 0x00000008,
  AGREED_MESS: 0x00000010,
  SAFE_MESS: 0x00000020,
  /** Mask of the six services. */
  REGULAR_MESS: 0x0000003f,
  /** The sending session does not get the message. */
  SELF_DISCARD: 0x00000040,
  DROP_RECV: 0x01000000,

  // Kinds of membership messages.
  REG_MEMB_MESS: 0x00001000,
  TRANSITION_MESS: 0x00002000,
  CAUSED_BY_JOIN: 0x00000100,
  CAUSED_BY_LEAVE: 0x00000200,
  CAUSED_BY_DISCONNECT: 0x00000400,
  CAUSED_BY_NETWORK: 0x00000800,
  /** Mask of the membership bits. */
  MEMBERSHIP_MESS: 0x00003f00,
  REJECT_MESS: 0x00400000,

  // Priorities of a connection; no daemon treats them differently.
  LOW_PRIORITY: 0,
  MEDIUM_PRIORITY: 1,
  HIGH_PRIORITY: 2,

  DEFAULT_SPREAD_PORT: 4803,
  MAX_GROUP_NAME: 32,
  MAX_PRIVATE_NAME: 10,
  MAX_PROC_NAME: 20,

  // Results.
  ACCEPT_SESSION: 1,
  ILLEGAL_SPREAD: -1,
  COULD_NOT_CONNECT: -2,
  REJECT_QUOTA: -3,
  REJECT_NO_NAME: -4,
  REJECT_ILLEGAL_NAME: -5,
  REJECT_NOT_UNIQUE: -6,
  REJECT_VERSION: -7,
  CONNECTION_CLOSED: -8,
  REJECT_AUTH: -9,
  ILLEGAL_SESSION: -11,
  ILLEGAL_SERVICE: -12,
  ILLEGAL_MESSAGE: -13,
  ILLEGAL_GROUP: -14,
  BUFFER_TOO_SHORT: -15,
  GROUPS_TOO_SHORT: -16,
  MESSAGE_TOO_LONG: -17,
  NET_ERROR_ON_SESSION: -18,
});
