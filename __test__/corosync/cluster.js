/**
 * Several nodes on one machine, each with a Corosync: a network namespace each, and a bridge in another, on which any nodes can
 * be parted. For use inside the namespaces of scripts/test-corosync.js, where all of it vanishes with the process.
 */

const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const readline = require('node:readline');

/** On a tmpfs of these namespaces alone. */
const DIRECTORY = '/dev/shm/nodes';

const run = (command, ...args) =>
  execFileSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
const ip = (text) => run('ip', ...text.split(' '));
const nft = (text) => execFileSync('ip', ['netns', 'exec', 'hub', 'nft', '-f', '-'], { input: text });

/** A process that is a member of a group, and what it prints: the example `events` of corosync-sys. */
class Member {
  #child;
  #events = [];
  #waiting = () => {};

  constructor(node, group) {
    this.#child = spawn('ip', ['netns', 'exec', `n${node}`, process.env.CSPREAD_COROSYNC_EVENTS, group]);
    this.#child.stderr.pipe(process.stderr);
    this.closed = once(this.#child, 'close').then(() => this.#take({ closed: true }));
    readline.createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(JSON.parse(line)));
  }

  #take(event) {
    this.#events.push(event);
    this.#waiting();
  }

  /** Resolves with the next events, as far as the first that has `is`. */
  async until(is) {
    let at = -1;
    for (;;) {
      at = this.#events.findIndex(is);
      if (at >= 0) {
        return this.#events.splice(0, at + 1);
      }
      if (this.#events.some(({ closed }) => closed)) {
        throw new Error(`the member has ended: ${JSON.stringify(this.#events)}`);
      }
      await new Promise((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /** Resolves with the next events, as far as the view of these nodes. */
  view(...nodes) {
    return this.until(({ view }) => view !== undefined && `${view.map(([node]) => node)}` === `${nodes}`);
  }

  command(text) {
    this.#child.stdin.write(`${text}\n`);
  }

  kill() {
    this.#child.kill('SIGKILL');
    return this.closed;
  }
}

class Cluster {
  #nodes;
  #corosyncs = new Map();
  #members = [];

  /** Sets up the namespaces and starts a Corosync in each. */
  constructor(count) {
    this.#nodes = Array.from({ length: count }, (_, at) => at + 1);
    for (const directory of ['/run', '/dev/shm']) {
      run('mount', '-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', directory);
    }
    ip('netns add hub');
    ip('-n hub link add br0 type bridge forward_delay 0 stp_state 0');
    ip('-n hub link set br0 up');
    nft(`table bridge lab {
      set apart { type ifname . ifname; }
      chain parted { type filter hook forward priority 0; iifname . oifname @apart drop; }
    }
    `);
    for (const node of this.#nodes) {
      ip(`netns add n${node}`);
      ip(`-n n${node} link set lo up`);
      ip(`-n hub link add p${node} type veth peer name e0 netns n${node}`);
      ip(`-n hub link set p${node} master br0 up`);
      ip(`-n n${node} addr add 10.77.0.${node}/24 dev e0`);
      ip(`-n n${node} link set e0 up`);
      fs.mkdirSync(`${DIRECTORY}/n${node}`, { recursive: true });
      fs.writeFileSync(`${DIRECTORY}/n${node}/corosync.conf`, this.#configuration(node));
      this.start(node);
    }
  }

  #configuration(node) {
    const entries = this.#nodes.map((each) =>
      ['  node {', `    ring0_addr: 10.77.0.${each}`, `    nodeid: ${each}`, `    name: node${each}`, '  }'].join('\n'),
    );
    return `system {
  state_dir: ${DIRECTORY}/n${node}
  sched_rr: no
  move_to_root_cgroup: no
}
totem {
  version: 2
  cluster_name: test
  transport: knet
  crypto_cipher: none
  crypto_hash: none
  token: 1000
}
nodelist {
${entries.join('\n')}
}
logging {
  to_syslog: no
  to_stderr: no
  to_logfile: yes
  logfile: ${DIRECTORY}/n${node}/log
}
`;
  }

  /** Starts the node's Corosync, with a /run of its own, since it keeps the number of its process there. */
  start(node) {
    const command = `mount -t tmpfs tmpfs /run && exec corosync -f -c ${DIRECTORY}/n${node}/corosync.conf`;
    const child = spawn('ip', ['netns', 'exec', `n${node}`, 'sh', '-c', command], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#corosyncs.set(node, { child, ended: once(child, 'exit') });
  }

  /** Sends a signal to the node's Corosync: SIGTERM for a planned stop, SIGSTOP for a hang. */
  signal(node, name) {
    this.#corosyncs.get(node).child.kill(name);
  }

  /** Resolves once the node's Corosync has ended. */
  ended(node) {
    return this.#corosyncs.get(node).ended;
  }

  /** Starts a member on the node, as soon as its Corosync answers. */
  async join(node, group = 'test') {
    for (;;) {
      const member = new Member(node, group);
      this.#members.push(member);
      const [first] = await member.until(() => true);
      if (first.me !== undefined) {
        return member;
      }
      await member.closed;
      if (!first.error?.includes('CS_ERR_LIBRARY') && !first.error?.includes('CS_ERR_TRY_AGAIN')) {
        throw new Error(JSON.stringify(first));
      }
    }
  }

  /** Starts a member on every node; resolves when all of them are in one view. */
  async joinAll() {
    const members = await Promise.all(this.#nodes.map((node) => this.join(node)));
    await Promise.all(members.map((member) => member.view(...this.#nodes)));
    return members;
  }

  /** Parts the nodes, in one step; without parts, heals all. */
  partition(...parts) {
    const partOf = (node) => parts.findIndex((part) => part.includes(node));
    const pairs = this.#nodes.flatMap((one) =>
      this.#nodes.filter((other) => partOf(one) !== partOf(other)).map((other) => `"p${one}" . "p${other}"`),
    );
    const add = pairs.length > 0 ? `add element bridge lab apart { ${pairs.join(', ')} }\n` : '';
    nft(`flush set bridge lab apart\n${add}`);
  }

  /** Ends all processes. */
  async stop() {
    for (const { child } of this.#corosyncs.values()) {
      child.kill('SIGKILL');
    }
    await Promise.all([
      ...this.#members.map((member) => member.kill()),
      ...[...this.#corosyncs.values()].map((c) => c.ended),
    ]);
  }
}

module.exports = { Cluster };
