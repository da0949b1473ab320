/**
 * The handlers that a program has not set. They do nothing; with CSPREAD_CLASSIC_LOG=1 they print a line each on
 * standard error, where node-cspread's printed on the console. They are on the prototype, so that
 * `const old = session.onError` returns a function.
 */

const process = require('node:process');
const { inspect } = require('node:util');

/** Longest text of a payload that is printed. */
const MOST_PRINTED = 200;

function quiet() {}

/** Handler → the line for it. */
const LINES = {
  dataHandler: (group, sender, data) => `${sender} says to ${group}: ${show(data)}`,
  memberJoinedGroup: (group, member) => `${member} has joined ${group}`,
  memberLeftGroup: (group, member) => `${member} has left ${group}`,
  leaveCausedByDisconnect: (group, member) => `${member} of ${group} has disconnected`,
  leaveCausedByNetwork: (group, member) => `${member} of ${group} was cut off by the network`,
  onFailedToConnect: (text) => `not connected: ${text}`,
  onDisconnect: (text) => `the connection is lost: ${text}`,
  onError: (text) => `refused: ${text}`,
};

function show(data) {
  return inspect(data, { breakLength: Number.POSITIVE_INFINITY, maxStringLength: MOST_PRINTED });
}

function printing(line) {
  // One line, without terminal control characters: names and texts come from elsewhere.
  return (...args) => process.stderr.write(`${`cspread: ${line(...args)}`.replace(/\p{Cc}+/gu, ' ')}\n`);
}

const isPrinting = process.env.CSPREAD_CLASSIC_LOG === '1';

/** Handler → its default. */
const DEFAULTS = Object.fromEntries(
  Object.entries(LINES).map(([name, line]) => [name, isPrinting ? printing(line) : quiet]),
);

module.exports = { DEFAULTS, quiet };
