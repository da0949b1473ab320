/** cspread/web: a page that shows groups, members, views and messages live. */

const { SpreadDaemon, check, wrongType, wrongValue } = require('../index.js');
const { assets } = require('./assets.js');
const { MOST_WATCHED, Model } = require('./model.js');
const { isLoopback, listen } = require('./server.js');

const NAMES = ['address', 'daemon', 'groups', 'host', 'port', 'token', 'engine'];

const PORT = 8480;

/** Daemons that one page has a session at. */
const MOST_ADDRESSES = 16;

async function serve(options) {
  const given = check.known('options', options, NAMES);
  const { daemon, groups = [], host = '127.0.0.1', port = PORT, token, engine } = given;
  if ((given.address === undefined) === (daemon === undefined)) {
    throw wrongValue('options', 'an object with either address or daemon', options);
  }
  if (daemon !== undefined && !(daemon instanceof SpreadDaemon)) {
    throw wrongType('daemon', 'a SpreadDaemon', daemon);
  }
  const addresses = given.address === undefined ? [] : [given.address].flat();
  if (daemon === undefined && (addresses.length === 0 || addresses.length > MOST_ADDRESSES)) {
    throw wrongValue('address', `one to ${MOST_ADDRESSES} addresses`, given.address);
  }
  const wrong = check.strings('groups', groups).find((group) => !/^[$-~]{1,31}$/.test(group));
  if (wrong !== undefined) {
    throw wrongValue('groups', 'an array of valid group names', wrong);
  }
  if (groups.length > MOST_WATCHED) {
    throw wrongValue('groups', `at most ${MOST_WATCHED} groups`, groups);
  }
  check.string('host', host);
  check.integer('port', port, 0, 65_535);
  if (token !== undefined) {
    check.string('token', token);
  }
  if (!token && !isLoopback(host)) {
    throw wrongValue('token', `a text, since other machines reach ${host}`, token);
  }
  const model = new Model({ addresses, daemon, groups, engine });
  try {
    const { url, port: own, close } = await listen({ host, port, token: token || undefined, assets: assets(), model });
    const end = async () => {
      await close();
      await model.close();
    };
    const fault = await model.fault();
    if (fault !== undefined) {
      await close();
      throw fault;
    }
    return { url, port: own, close: end, [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]: end };
  } catch (error) {
    await model.close();
    throw error;
  }
}

module.exports = { serve };
