/** A session's own state, out of the way of those who look at it. */

const { Context } = require('./context.js');
const { Memberships } = require('./memberships.js');

const kState = Symbol('cspread.state');

class State {
  /** The session itself: held, or let go for the garbage collector (lib/dropped.js). */
  #held;
  #reference;
  /** As lib/options.js makes them. */
  options;
  /** Who hears of what comes: lib/classic.js or lib/modern.js. */
  reporter;
  /** Where it was opened; until it is connected. */
  site;
  /** What the session is opened in, and its listeners run in. */
  context = new Context();
  /** The native session; another one after each reconnect. */
  id = 0;
  /** 'connecting', 'connected', 'reconnecting', 'disconnecting' or 'closed'. */
  phase = 'connecting';
  /** Whether it was told that the session is connected. */
  told = false;
  encoding = 'utf8';
  name = undefined;
  privateGroup = undefined;
  address = undefined;
  daemonVersion = undefined;
  memberships = new Memberships();

  // Those who wait, each a function(error, value).
  /** Called once nothing waits to be sent. */
  onEmpty = [];
  /** Called once the session may send again. */
  onDrain = [];
  /** Called once the session is over. */
  onClosed = [];
  /** A ping's number → who waits for its pong. */
  pings = new Map();

  // Sending: lib/sending.js.
  aboveHighWater = false;
  /** Own messages that were sent and have not come back; only with a send window. */
  underWay = 0;
  /** Those of them that were sent as 'reliable'. */
  reliableUnderWay = 0;
  windowFull = false;

  /** Whether the last message found somebody who listened: lib/events.js. */
  heard = false;

  // Delivering: lib/flow.js.
  paused = false;
  /** Nothing holds deliveries back any more: the session is ending. */
  flowing = false;
  /** What came while the session was paused, { item, bytes }, and its bytes. */
  backlog = [];
  backlogBytes = 0;
  /** The iterators: lib/takers.js. */
  takers = [];
  /** Calls of their next() that wait for what comes. */
  hungry = 0;
  /** Bytes that they were given and have not taken. */
  untakenBytes = 0;
  /** Those of them, and of what was kept, that came with the batch under way. */
  batchBytes = 0;
  /** Those are more than the bound, and nothing more is read. */
  full = false;
  /** Called once iterators have room for another connection. */
  onRoom = undefined;
  /** The connection has ended, and what came before it is still to be delivered. */
  ending = false;
  heldBack = false;
  /** What native code was last told that JavaScript keeps. */
  toldBytes = 0;

  /** lib/auth.js, while the handshake lasts. */
  authenticator = undefined;
  /** lib/reconnect.js, if the session is to reconnect. */
  reconnecting = undefined;
  /** Views that were delivered. */
  viewChanges = 0;
  /** Views of groups that this session has not asked for. */
  strayViews = 0;
  /** What earlier connections have come to: lib/stats.js. */
  earlier = undefined;

  /** Whether this session holds the process. */
  holding = false;
  refed = true;

  /** `site` is where the program opened the session. */
  constructor(session, options, reporter, site) {
    this.#held = session;
    this.options = options;
    this.reporter = reporter;
    this.site = site;
    this.name = options.name;
  }

  get session() {
    return this.#held ?? this.#reference?.deref();
  }

  get isHeld() {
    return this.#held !== undefined;
  }

  /** Keeps the session, which somebody is to be called for. */
  hold(session) {
    this.#held = session;
  }

  letGo() {
    this.#reference ??= new WeakRef(this.#held);
    this.#held = undefined;
  }

  /** What calls go to: nothing, until it is told that the session is connected, and from its end on. */
  get openId() {
    return this.phase === 'connected' ? this.id : 0;
  }

  get engine() {
    return this.options.engine;
  }
}

module.exports = { State, kState };
