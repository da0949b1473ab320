/** The error of an OrderChecker: which rule was broken, and the transcripts that show it. */

const { named } = require('../index.js');
const { transcript } = require('./transcript.js');

class OrderError extends Error {
  /** @param {{ rule: string, text: string, lives: import('./life.js').Life[], groups: string[], at: number }} fault */
  constructor(fault) {
    const { rule, text, lives, groups, at } = fault;
    super(`${text} (rule ${rule})\n${transcript(fault)}`);
    this.code = 'ERR_SPREAD_ORDER';
    this.rule = rule;
    this.sessions = lives.map(({ label }) => label);
    this.group = groups[0];
    this.index = lives[0].forgotten + at;
  }
}
Object.defineProperty(OrderError.prototype, 'name', {
  __proto__: null,
  value: 'OrderError',
  configurable: true,
  writable: true,
});
named('OrderError', OrderError);

module.exports = { OrderError };
