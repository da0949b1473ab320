/** `cspread chat`: talking in groups, with who comes and goes. */

const readline = require('node:readline');
const { library } = require('./library.js');
const { CONNECTING, SERVICES, connecting, group } = require('./options.js');
const { Usage } = require('./failures.js');
const { visible } = require('./layout.js');
const { bold, dim, harmless, hue, width, yellow } = require('./terminal.js');

const examples = [
  ['cspread chat room', 'under a name that the daemon chooses'],
  ['cspread chat room --name anna', 'under this one'],
];

/** What lines that begin with / do. `say` prints a line. */
const COMMANDS = {
  join: { takes: 'GROUP', does: 'joins, and talks there', run: join },
  leave: { takes: '[GROUP]', does: 'leaves', run: leave },
  to: { takes: 'GROUP|MEMBER', does: 'talks there from now on', run: talkTo },
  service: { takes: 'SERVICE', does: SERVICES.join(', '), run: service },
  who: { takes: '', does: 'who is there', run: who },
  help: { takes: '', does: 'this', run: help },
  quit: { takes: '', does: 'ends; so does Ctrl-D', run: (chat) => chat.end() },
};

async function join(chat, name) {
  await chat.session.join(group(name));
  chat.target = name;
}

async function leave(chat, name = chat.target) {
  await chat.session.leave(group(name));
  if (chat.target === name) {
    chat.target = chat.session.groups.keys().next().value;
  }
}

function talkTo(chat, name) {
  chat.target = name.startsWith('#') ? name : group(name);
}

function service(chat, name) {
  if (!SERVICES.includes(name)) {
    throw new Usage(`/service takes one of ${SERVICES.join(', ')}`);
  }
  chat.service = name;
  chat.say(dim(`* ${name} from now on`));
}

function who({ session, say }) {
  for (const [name, { members }] of session.groups) {
    say(`${bold(name)} ${members.map((member) => hue(member)(short(member))).join(' ')}`);
  }
  if (session.groups.size === 0) {
    say(dim('* in no group: /join GROUP'));
  }
}

function help({ say }) {
  for (const [name, { takes, does }] of Object.entries(COMMANDS)) {
    say(`  ${bold(`/${name} ${takes}`.padEnd(20))} ${does}`);
  }
}

/** `#anna#localhost` as anna@localhost. */
function short(member) {
  const [, name, daemon] = member.split('#');
  return daemon === 'localhost' ? name : `${name}@${daemon}`;
}

function shown(delivery) {
  const { kind, group: where } = delivery;
  switch (kind) {
    case 'message': {
      const { sender, data, service: how } = delivery;
      const color = hue(sender);
      return `${dim(where.startsWith('#') ? 'to you' : where)} ${color(short(sender))}${how === 'agreed' ? '' : dim(` ${how}`)} ${harmless(data.toString())}`;
    }
    case 'membership': {
      const { cause, member, joined, left, view } = delivery;
      const moved = member ? [member] : [...joined, ...left];
      const verb = { join: 'joined', leave: 'left', disconnect: 'is gone', network: 'parted or back: the network' }[
        cause
      ];
      const here = view ? ` (${view.members.length})` : '';
      return dim(`${where} * ${moved.map(short).join(', ')} ${verb}${here}`);
    }
    case 'reject':
      return yellow(`* the daemon rejected a message to ${where}`);
    default:
      return dim(`${where} * the network changes`);
  }
}

/** The prompt below, everything else above. */
function screen() {
  const isTerminal = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  const lines = readline.createInterface({ input: process.stdin, output: isTerminal ? process.stdout : undefined });
  const say = (text) => {
    if (isTerminal) {
      readline.cursorTo(process.stdout, 0);
      readline.clearLine(process.stdout, 0);
    }
    process.stdout.write(`${text}\n`);
    if (isTerminal && !lines.closed) {
      lines.prompt(true);
    }
  };
  return { lines, say, isTerminal };
}

async function obey(chat, line) {
  const [, name, argument] = /^\/(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
  if (name === undefined) {
    if (chat.target === undefined) {
      throw new Usage('nowhere to send that: /join GROUP or /to GROUP first');
    }
    if (!chat.session.send(chat.target, line, { service: chat.service })) {
      await chat.session.drained();
    }
    return;
  }
  const command = COMMANDS[name];
  if (command === undefined) {
    throw new Usage(`there is no /${name}: /help shows what there is`);
  }
  if (/^[A-Z]/.test(command.takes) && argument === '') {
    throw new Usage(`/${name} ${command.takes}`);
  }
  await command.run(chat, argument || undefined);
}

async function run({ values, positionals: [name] }) {
  const first = name && group(name);
  const session = await library().connect(connecting(values));
  const { lines, say, isTerminal } = screen();
  const chat = { session, say, service: 'agreed', target: undefined, end: () => lines.close() };
  const prompt = () => {
    lines.setPrompt(`${bold(short(session.privateGroup))} ${dim(`→ ${chat.target ?? 'nobody'}`)} `);
    if (isTerminal && !lines.closed) {
      lines.prompt(true);
    }
  };
  const heard = session.consume((delivery) => say(shown(delivery)));
  // A lost connection ends the chat; what it says is thrown below.
  heard.catch(() => {}).finally(() => lines.close());
  if (isTerminal) {
    say(dim(`${session.address} as ${session.privateGroup}; /help shows what there is`));
  }
  lines.on('SIGINT', () => lines.close());
  process.once('SIGTERM', () => lines.close());
  // Lines may come before the group is joined: they wait for it.
  const queue = first ? [`/join ${first}`] : [];
  let wake = () => {};
  lines.on('line', (line) => {
    // What is said shows again at its place among all that is said.
    const isSaid = isTerminal && !line.startsWith('/');
    if (isSaid && visible(lines.getPrompt()).length + line.length < width()) {
      readline.moveCursor(process.stdout, 0, -1);
      readline.clearLine(process.stdout, 0);
    }
    queue.push(line);
    wake();
  });
  let isOver = false;
  lines.on('close', () => {
    isOver = true;
    wake();
  });
  prompt();
  for (;;) {
    const line = queue.shift();
    if (line === undefined) {
      if (isOver) {
        break;
      }
      await new Promise((resolve) => {
        wake = resolve;
      });
    } else if (line.trim() !== '') {
      await obey(chat, line).catch((error) => {
        if (session.state === 'closed') {
          throw error;
        }
        say(yellow(`* ${error.message}`));
      });
      prompt();
    }
  }
  if (isTerminal) {
    process.stdout.write('\n');
  }
  // There and back: what was said last is heard before the end. If the connection is lost, `heard` says so.
  await session.ping({ signal: AbortSignal.timeout(2000) }).catch(() => {});
  await session.disconnect();
  await heard;
}

module.exports = {
  summary: 'talks in groups: messages, and who comes and goes',
  usage: '[GROUP]',
  positionals: { least: 0, most: 1 },
  notes: ['Lines that begin with / are commands: /join, /leave, /to, /service, /who, /help, /quit.'],
  options: CONNECTING,
  examples,
  run,
};
