/** `cspread network`: a network of daemons in one process, steered at a prompt or by a script. */

const fs = require('node:fs');
const { screen } = require('./chat/screen.js');
const { Failed, Usage } = require('./failures.js');
const { wrap } = require('./layout.js');
const { STEPS, ScriptError, parseScript, parseStep } = require('./network/script.js');
const { StepError, Steps } = require('./network/steps.js');
const { integer } = require('./options.js');
const { bold, dim, green, hue, interrupted, yellow } = require('./terminal.js');

const options = {
  script: { type: 'string', argument: 'FILE', about: 'takes the steps of a file, - for stdin, and ends' },
  seed: { type: 'string', argument: 'NUMBER', about: "fixes the network's choices; 1 by default" },
  'detect-after': {
    type: 'string',
    argument: 'MS',
    about: 'time until a loss is noticed, 50 by default; a real network takes 2500',
  },
};

const examples = [
  ['cspread network one two three', 'starts three daemons, and takes steps at a prompt'],
  ['cspread network one two three --script cut.txt', 'takes the steps of a file; exit status 1 if one fails'],
];

/** What only the prompt knows. */
const COMMANDS = {
  views: ['views', 'shows what each daemon has installed'],
  help: ['help', 'shows this list'],
  quit: ['quit', 'ends; so do Ctrl-D and Ctrl-C'],
};

/** What a step means, for help. */
const MEANS = {
  part: 'parts the network; a daemon that is not named is alone',
  heal: 'unites it',
  kill: 'ends a daemon; its clients lose their connections',
  start: 'starts it again, on the same port',
  hang: 'makes a daemon stand still for a time',
  latency: 'delays what daemons send each other',
  wait: 'waits',
  settled: 'waits until nothing is under way',
  'expect-view': 'fails unless a daemon has this view',
};

/** Names that the script language can write. */
const NAME = /^[^\s|=,#]+$/;

async function run({ values, positionals: daemons }) {
  const odd = daemons.find((name) => !NAME.test(name));
  if (odd !== undefined) {
    throw new Usage(`a daemon's name has none of | = , # and no blank: '${odd}'`);
  }
  const seed = integer(values, 'seed', undefined, 0);
  const detectAfter = integer(values, 'detect-after', undefined, 0, 2 ** 31 - 1);
  // Faults of a script are found before anything starts.
  const steps = values.script === undefined ? undefined : read(values.script, daemons);
  const network = await start({ daemons, seed, detectAfter });
  try {
    await (steps === undefined ? prompted(network) : scripted(network, steps));
  } finally {
    await network.stop();
  }
}

function read(file, daemons) {
  let text;
  try {
    text = fs.readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Failed(`cannot read the script: ${error.message}`);
  }
  try {
    return parseScript(text, daemons);
  } catch (error) {
    throw error instanceof ScriptError ? new Failed(`${file}: ${error.message}`) : error;
  }
}

async function start(given) {
  const { SpreadNetwork } = require('../lib/testing/index.js');
  try {
    return await SpreadNetwork.start(given);
  } catch (error) {
    throw /^ERR_(?!SPREAD_)/.test(error.code) ? new Usage(error.message) : error;
  }
}

const shown = (name) => hue(name)(name);

/** Says where the daemons are, and from now on what each installs. */
function introduce(network, say) {
  for (const name of network.daemons) {
    say(`${shown(name)} ${network.address(name)}`);
  }
  network.on('view', ({ daemon, members }) => say(viewOf(daemon, members)));
}

function viewOf(daemon, members) {
  return `${dim('*')} ${shown(daemon)} ${dim('has')} ${members.map(shown).join(' ')}`;
}

async function scripted(network, steps) {
  introduce(network, console.log);
  const taker = new Steps(network);
  const asked = interrupted().then(() => {
    throw new Failed('interrupted', 130);
  });
  for (const step of steps) {
    console.log(`${green('>')} ${step.text}`);
    await Promise.race([taken(taker, step), asked]);
  }
  await Promise.race([taker.end(), asked]);
}

async function taken(taker, step) {
  try {
    await taker.take(step);
  } catch (error) {
    throw error instanceof StepError ? new Failed(error.message) : error;
  }
}

async function prompted(network) {
  const { daemons } = network;
  const { lines, say, prompt } = screen((line) => completions(line, daemons));
  introduce(network, say);
  say(dim('help lists the steps'));
  lines.setPrompt(`${bold('network')} `);
  lines.on('SIGINT', () => lines.close());
  interrupted().then(() => lines.close());
  prompt();
  const taker = new Steps(network);
  // A step at a time: a line that is typed meanwhile waits.
  for await (const line of lines) {
    if (line.trim() === 'quit') {
      break;
    }
    try {
      await obey(line, { network, taker, say });
    } catch (error) {
      if (!(error instanceof ScriptError || error instanceof StepError)) {
        throw error;
      }
      say(yellow(error.message));
    }
    prompt();
  }
  lines.close();
}

async function obey(line, { network, taker, say }) {
  switch (line.trim()) {
    case 'views':
      for (const name of network.daemons) {
        say(viewOf(name, network.view(name)?.members ?? []));
      }
      return;
    case 'help':
      for (const [step, [usage]] of Object.entries({ ...STEPS, ...COMMANDS })) {
        say(wrap(MEANS[step] ?? COMMANDS[step][1], `  ${bold(usage.padEnd(42))} `, ' '.repeat(45)));
      }
      return;
    default: {
      const step = parseStep(line, network.daemons);
      if (step !== undefined) {
        await taker.take(step);
      }
    }
  }
}

/** Returns Tab's completions of a line: steps, and then daemons. */
function completions(line, daemons) {
  const begun = /[^\s|=,]*$/.exec(line)[0];
  const words = begun === line.trimStart() ? [...Object.keys(STEPS), ...Object.keys(COMMANDS)] : daemons;
  return [words.filter((word) => word.startsWith(begun)).map((word) => `${word} `), begun];
}

module.exports = {
  summary: 'runs a network of daemons in one process, to part and to heal',
  usage: 'DAEMON…',
  options,
  examples,
  positionals: { least: 1, most: 64 },
  run,
};
