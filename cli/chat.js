/** `cspread chat`: sends lines to groups, and shows their messages and membership changes. */

const { unlessFlooded } = require('./chat/flood.js');
const { aligned, plain } = require('./chat/shown.js');
const { screen } = require('./chat/screen.js');
const { Usage, isLost } = require('./failures.js');
const { flow, wrap } = require('./layout.js');
const { library } = require('./library.js');
const { RECONNECTING, announce, lostForGood, reconnecting } = require('./losses.js');
const { shortName } = require('./names.js');
const { CONNECTING, SERVICES, connecting, group } = require('./options.js');
const { bold, dim, hue, interrupted, yellow } = require('./terminal.js');

const examples = [
  ['cspread chat room', 'joins under a name that the daemon chooses'],
  ['cspread chat room --name anna', 'joins as anna'],
];

/** The commands: lines that begin with /. */
const COMMANDS = {
  join: { takes: 'GROUP', does: 'joins a group, and sends to it', run: join },
  leave: { takes: '[GROUP]', does: 'leaves a group', run: leave },
  to: { takes: 'GROUP|MEMBER', does: 'sends there from now on', run: talkTo },
  service: { takes: 'SERVICE', does: SERVICES.join(', '), run: service },
  who: { takes: '', does: 'lists the members', run: who },
  help: { takes: '', does: 'shows this list', run: help },
  quit: { takes: '', does: 'ends; so do Ctrl-D and Ctrl-C', run: (chat) => chat.end() },
};

async function join(chat, name) {
  await chat.session.join(group(name));
  chat.target = name;
}

async function leave(chat, name = chat.target) {
  if (name === undefined) {
    throw new Usage('not in a group');
  }
  await chat.session.leave(group(name));
  if (chat.target === name) {
    chat.target = chat.session.groups.keys().next().value;
  }
}

/** Sets the target: a group, a private group, or the short name of a member of a joined group. */
function talkTo(chat, name) {
  const member = everybody(chat.session).find((one) => shortName(one) === name);
  chat.target = name.startsWith('#') || chat.session.groups.has(name) ? name : (member ?? group(name));
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
    const names = members.map((member) => hue(member)(shortName(member)));
    say(flow(names, `${bold(name)} `, '  ', ' '));
  }
  if (session.groups.size === 0) {
    say(dim('* not in a group: /join GROUP'));
  }
}

function help({ say }) {
  for (const [name, { takes, does }] of Object.entries(COMMANDS)) {
    say(wrap(does, `  ${bold(`/${name} ${takes}`.padEnd(17))} `, ' '.repeat(20)));
  }
}

/** Returns the members of all groups that this session is in. */
function everybody(session) {
  return [...new Set([...session.groups.values()].flatMap(({ members }) => members))];
}

/** Returns Tab's completions of a line: commands and their arguments. */
function completions(session, line) {
  const [, command, rest] = /^\/(\w+) +(.*)$/.exec(line) ?? [];
  const groups = [...session.groups.keys()];
  const words = {
    leave: groups,
    to: [...groups, ...everybody(session).map(shortName)],
    service: SERVICES,
  };
  const [begun, choices] =
    command === undefined ? [line, Object.keys(COMMANDS).map((name) => `/${name} `)] : [rest, words[command] ?? []];
  return [choices.filter((word) => word.startsWith(begun)), begun];
}

async function obey(chat, line) {
  const [, name, argument] = /^\/(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
  if (name === undefined) {
    if (chat.target === undefined) {
      throw new Usage('no group to send to: /join GROUP or /to GROUP first');
    }
    if (!chat.session.send(chat.target, line, { service: chat.service })) {
      await chat.session.drained();
    }
    return;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new Usage(`unknown command /${name}: /help lists the commands`);
  }
  if (/^[A-Z]/.test(command.takes) && argument === '') {
    throw new Usage(`missing argument: /${name} ${command.takes}`);
  }
  await command.run(chat, argument || undefined);
}

/** Returns the prompt: the target, and its number of members. */
function promptOf({ session, target }) {
  const count = session.groups.get(target)?.members.length;
  const where = target?.startsWith('#') ? shortName(target) : (target ?? 'nobody');
  return `${bold(shortName(session.privateGroup))} ${dim(`→ ${where}${count ? ` (${count})` : ''}`)} `;
}

/** Calls `take` with each line, one after the other, and resolves once there are no more. */
async function eachLine(lines, first, take) {
  const queue = [...first];
  let isOver = false;
  let wake = () => {};
  lines.on('line', (line) => {
    queue.push(line);
    wake();
  });
  lines.on('close', () => {
    isOver = true;
    wake();
  });
  while (queue.length > 0 || !isOver) {
    if (queue.length > 0) {
      await take(queue.shift());
    } else {
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  }
}

async function run({ values, positionals: [name] }) {
  const first = name && group(name);
  const session = await library().connect({ ...connecting(values), ...reconnecting(values) });
  const { lines, say, prompt, takeBack, isTerminal } = screen((line) => completions(session, line));
  const chat = { session, say, service: 'agreed', target: undefined, end: () => lines.close() };
  const refresh = () => {
    lines.setPrompt(promptOf(chat));
    prompt();
  };
  const show = (delivery) => {
    lines.setPrompt(promptOf(chat));
    say(isTerminal ? aligned(delivery, chat) : plain(delivery));
  };
  const heard = session.consume(isTerminal ? unlessFlooded(session, say, show) : show);
  // A lost connection ends the chat; awaiting `heard` below throws its error.
  heard.catch(() => {}).finally(() => lines.close());
  announce(session, (text) => {
    say(yellow(wrap(`* ${text}`, '', '  ')));
    refresh();
  });
  const lost = lostForGood(session);
  lost.catch(() => session.disconnect());
  if (isTerminal) {
    say(dim(wrap(`${session.address} as ${shortName(session.privateGroup)}; /help lists the commands`, '', '')));
  }
  lines.on('SIGINT', () => lines.close());
  interrupted().then(() => lines.close());
  lines.on('line', (line) => {
    if (!line.startsWith('/')) {
      takeBack(line);
    }
    prompt();
  });
  refresh();
  // Lines read before the group is joined wait for the join.
  await eachLine(lines, first ? [`/join ${first}`] : [], async (line) => {
    if (line.trim() !== '') {
      await obey(chat, line).catch((error) => {
        if (session.state === 'reconnecting') {
          say(yellow('* not connected: not done'));
        } else if (session.state !== 'closed' && !isLost(error)) {
          say(yellow(`* ${error.message}`));
        }
      });
    }
    refresh();
  });
  if (isTerminal) {
    process.stdout.write('\n');
  }
  // A round trip: the last messages arrive before the end. If the connection is lost, `heard` rejects.
  await session.ping({ signal: AbortSignal.timeout(2000) }).catch(() => {});
  await session.disconnect();
  await heard;
  // Rejects if it was lost.
  await Promise.race([lost, undefined]);
}

module.exports = {
  summary: 'chats in groups: messages and membership changes',
  usage: '[GROUP]',
  positionals: { least: 0, most: 1 },
  notes: ['Lines that begin with / are commands: /join, /leave, /to, /service, /who, /help, /quit.'],
  options: { ...CONNECTING, ...RECONNECTING },
  examples,
  run,
};
