/** A session's internal state, kept off the session object. */

const { Context } = require('../shared/context.js');
const { Holder } = require('../native/holder.js');
const { Memberships } = require('./memberships.js');

const kState = Symbol('cspread.state');

class State {
  /** The session itself: retained, or let go for the garbage collector (lib/session/dropped.js). */
  #retained;
  #reference;
  /** The options, as lib/session/options.js makes them. */
  options;
  /** The reporter: lib/classic/reporter.js or lib/modern/reporter.js. */
  reporter;
  /** Where the program opened the session; until it is connected. */
  site;
  /** The async context in which the session was opened, and its listeners run. */
  context = new Context();
  /** The native session; another one after each reconnect. */
  id = 0;
  /** 'connecting', 'connected', 'reconnecting', 'disconnecting' or 'closed'. */
  phase = 'connecting';
  /** Whether the reporter knows that the session is connected. */
  isAnnounced = false;
  encoding = 'utf8';
  name = undefined;
  privateGroup = undefined;
  address = undefined;
  daemonVersion = undefined;
  memberships = new Memberships();

  // Waiters, each a function(error, value).
  /** Called once nothing waits to be sent. */
  onEmpty = [];
  /** Called once the session may send again. */
  onDrain = [];
  /** Called once the session is over. */
  onClosed = [];
  /** A ping's number → the waiter for its pong. */
  pings = new Map();

  // Sending: lib/session/sending.js.
  aboveHighWater = false;
  /** Own messages that were sent and have not come back; only with a send window. */
  underWay = 0;
  /** Those of them that were sent as 'reliable'. */
  reliableUnderWay = 0;
  windowFull = false;

  /** Whether the last message had a listener: lib/stream/events.js. */
  heard = false;

  // Delivering: lib/stream/flow.js.
  paused = false;
  /** Whether nothing holds deliveries back any more, since the session is ending. */
  flowing = false;
  /** Deliveries kept while the session was paused, { item, bytes }, and their bytes. */
  backlog = [];
  backlogBytes = 0;
  /** The iterators: lib/stream/takers.js. */
  takers = [];
  /** Calls of their next() that wait. */
  hungry = 0;
  /** Bytes that they were given and have not taken. */
  untakenBytes = 0;
  /** Those of them, and of what was kept, that came with the batch under way. */
  batchBytes = 0;
  /** Whether those exceed the bound, so that reading has stopped. */
  full = false;
  /** Called once iterators have room for another connection. */
  onRoom = undefined;
  /** Whether the connection has ended while earlier deliveries are still to come. */
  ending = false;
  heldBack = false;
  /** The kept bytes last reported to native code. */
  reportedBytes = 0;

  /** lib/session/auth.js, while the handshake lasts. */
  authenticator = undefined;
  /** lib/modern/reconnect.js, if the session is to reconnect. */
  reconnecting = undefined;
  /** Views that were delivered. */
  viewChanges = 0;
  /** Views of groups that this session has not asked for. */
  strayViews = 0;
  /** The figures of earlier connections: lib/session/stats.js. */
  earlier = undefined;

  /** Keeps the process alive. */
  holder = new Holder();
  /** Functions that see everything, if there are any: lib/session/observe.js. */
  observers = undefined;

  /** `site` is where the program opened the session. */
  constructor(session, options, reporter, site) {
    this.#retained = session;
    this.options = options;
    this.reporter = reporter;
    this.site = site;
    this.name = options.name;
  }

  get session() {
    return this.#retained ?? this.#reference?.deref();
  }

  get isRetained() {
    return this.#retained !== undefined;
  }

  /** Keeps the session from the garbage collector, since it has something to call. */
  retain(session) {
    this.#retained = session;
  }

  letGo() {
    this.#reference ??= new WeakRef(this.#retained);
    this.#retained = undefined;
  }

  /** Returns the native session for calls; none before the reporter knows of the connection, and after its end. */
  get openId() {
    return this.phase === 'connected' ? this.id : 0;
  }

  get engine() {
    return this.options.engine;
  }
}

module.exports = { State, kState };
