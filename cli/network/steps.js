/** Takes the steps of a script on a network: a SpreadNetwork, or what has its methods. */

const { setTimeout: delay } = require('node:timers/promises');

/** A step that failed: the network is not as the script has it, or refused the step. */
class StepError extends Error {
  constructor({ line, text }, reason, options) {
    super(`${line === undefined ? '' : `line ${line}: `}${text}: ${reason}`, options);
    this.line = line;
  }
}

const TAKE = {
  part: ({ network }, { parts }) => network.partition(...parts),
  heal: ({ network }) => network.heal(),
  kill: ({ network }, { daemon }) => network.kill(daemon),
  start: ({ network }, { daemon }) => network.start(daemon),
  hang: ({ network, hanging }, { daemon, ms, noticed }) => {
    hanging.push(network.hang(daemon, ms, { noticed }));
  },
  latency: ({ network }, { options }) => network.latency(options),
  wait: (_, { ms }) => delay(ms),
  settled: ({ network }) => network.settled(),
  'expect-view': ({ network }, { daemon, members }) => {
    const found = network.view(daemon)?.members.join(',') ?? 'no view';
    if (found !== members.join(',')) {
      throw new Error(`it has ${found}`);
    }
  },
};

class Steps {
  #on;

  constructor(network) {
    this.#on = { network, hanging: [] };
  }

  /** Takes one step. Resolves when the network is as it says; rejects with a StepError. */
  async take(step) {
    try {
      await TAKE[step.step](this.#on, step);
    } catch (error) {
      throw new StepError(step, error.message, { cause: error });
    }
  }

  /** Resolves when no daemon hangs any more. */
  async end() {
    await Promise.all(this.#on.hanging.splice(0));
  }
}

module.exports = { StepError, Steps };
