/** One real Corosync: a network of one, and several processes on it. */

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { Cluster } = require('./cluster.js');

describe('one node', { timeout: 60_000 }, () => {
  let cluster;

  before(() => {
    cluster = new Cluster(1);
  });

  after(() => cluster?.stop());

  test('a member is alone in its view, and gets what it sends', async () => {
    const member = await cluster.join(1, 'alone');
    const events = await member.view(1);
    assert.deepEqual(events.at(-1).stay, null);
    member.command('send hello');
    const [{ text, bytes }] = (await member.until((event) => event.text !== undefined)).slice(-1);
    assert.deepEqual([text, bytes], ['hello', 5]);
  });

  test('two processes of one node are two members', async () => {
    const one = await cluster.join(1, 'two');
    await one.view(1);
    const other = await cluster.join(1, 'two');
    const [{ view }] = (await one.view(1, 1)).slice(-1);
    assert.deepEqual((await other.view(1, 1)).at(-1).view, view);
    assert.notEqual(view[0][1], view[1][1]);
    await other.kill();
    const [{ stay }] = (await one.view(1)).slice(-1);
    assert.equal(stay.length, 1);
  });

  test('the messages of a group stay in it', async () => {
    const [here, there] = await Promise.all([cluster.join(1, 'here'), cluster.join(1, 'there')]);
    await Promise.all([here.view(1), there.view(1)]);
    there.command('send there');
    here.command('send here');
    const [{ text }] = (await here.until((event) => event.text !== undefined)).slice(-1);
    assert.equal(text, 'here');
  });
});
