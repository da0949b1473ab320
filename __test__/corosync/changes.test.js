/** Three real Corosyncs: the callbacks of each event, and the change that corosync-sys makes of them. */

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { Cluster } = require('./cluster.js');

/** Events in short: `-3 NodeDown`, `+3 Join`, `ring 1,2`, `stay 1,2 of view 1,2`, `view 1,2,3`. */
function short(events) {
  const nodes = (list) => list.map(([node]) => node);
  return events.map(({ group, left, joined, ring, view, stay }) => {
    if (group !== undefined) {
      const all = [
        ...left.map(([node, why]) => `-${node} ${why}`),
        ...joined.map(([node, why]) => `+${node} ${why}`),
      ].sort();
      return all.join(' ');
    }
    if (ring !== undefined) {
      return `ring ${ring}`;
    }
    assert.ok(view, 'no other event');
    return stay === null ? `view ${nodes(view)}` : `stay ${nodes(stay)} of view ${nodes(view)}`;
  });
}

describe('three nodes', { timeout: 120_000 }, () => {
  let cluster;
  let members;

  before(async () => {
    cluster = new Cluster(3);
    members = await cluster.joinAll();
  });

  after(() => cluster?.stop());

  /** The member on this node sees these until its view of `nodes`; a ring change alone may come before. */
  const sees = async (node, nodes, expected) => {
    const seen = short(await members[node - 1].view(...nodes));
    const from = seen.findIndex((text) => !text.startsWith('ring'));
    assert.deepEqual(seen.slice(from), expected);
  };

  test('a process leaves, joins and is killed: no ring change', async () => {
    members[2].command('leave');
    for (const node of [1, 2]) {
      await sees(node, [1, 2], ['-3 Leave', 'stay 1,2 of view 1,2']);
    }
    await members[2].closed;
    members[2] = await cluster.join(3);
    for (const node of [1, 2, 3]) {
      await sees(node, [1, 2, 3], ['+3 Join', 'view 1,2,3']);
    }
    await members[2].kill();
    for (const node of [1, 2]) {
      await sees(node, [1, 2], ['-3 ProcDown', 'stay 1,2 of view 1,2']);
    }
    members[2] = await cluster.join(3);
    for (const node of [1, 2, 3]) {
      await sees(node, [1, 2, 3], ['+3 Join', 'view 1,2,3']);
    }
  });

  test('messages come in one order, up to the bound in size', async () => {
    members[0].command('fill 524288');
    members[0].command('fill 524289');
    assert.deepEqual((await members[0].until(({ sent }) => sent === 'all')).at(-1), { sent: 'all' });
    const isRefused = ({ sent }) => sent !== undefined && sent !== 'all';
    const events = await members[0].until(isRefused);
    assert.match(events.at(-1).sent, /524289 bytes: 524288 are the most/);
    for (const [at, member] of members.entries()) {
      member.command(`send from ${at}`);
    }
    const orders = await Promise.all(
      members.map(async (member) => {
        const texts = [];
        while (texts.length < 3) {
          const [{ text, bytes }] = (await member.until((event) => event.text !== undefined)).slice(-1);
          texts.push(...(bytes === 524288 ? [] : [text]));
        }
        return texts;
      }),
    );
    assert.deepEqual([...orders[0]].sort(), ['from 0', 'from 1', 'from 2']);
    assert.deepEqual(orders, [orders[0], orders[0], orders[0]]);
  });

  test('the nodes have the names of the configuration', async () => {
    members[1].command('nodes');
    const [{ nodes }] = (await members[1].until((event) => event.nodes !== undefined)).slice(-1);
    assert.deepEqual(nodes, [
      [1, 'node1'],
      [2, 'node2'],
      [3, 'node3'],
    ]);
  });

  test('a cut and a merge are one change each, at the ring change', async () => {
    cluster.partition([1, 2], [3]);
    for (const node of [1, 2]) {
      await sees(node, [1, 2], ['-3 NodeDown', 'ring 1,2', 'stay 1,2 of view 1,2']);
    }
    await sees(3, [3], ['-1 NodeDown -2 NodeDown', 'ring 3', 'stay 3 of view 3']);
    cluster.partition();
    for (const node of [1, 2]) {
      await sees(node, [1, 2, 3], ['+3 NodeUp', 'ring 1,2,3', 'view 1,2,3']);
    }
    await sees(3, [1, 2, 3], ['+1 NodeUp +2 NodeUp', 'ring 1,2,3', 'view 1,2,3']);
  });

  test('a node that changes sides goes on alone', async () => {
    cluster.partition([1, 2], [3]);
    await Promise.all([members[0].view(1, 2), members[1].view(1, 2), members[2].view(3)]);
    cluster.partition([1], [2, 3]);
    const seen = short(await members[1].view(2, 3));
    assert.deepEqual(
      seen.filter((text) => /^[-+]/.test(text)),
      ['-1 NodeDown', '+3 NodeUp'],
    );
    // Both in one ring change, or a ring of its own between them.
    assert.ok(['stay 2 of view 2,3', 'view 2,3'].includes(seen.at(-1)), `${seen}`);
    assert.equal(seen.filter((text) => text.startsWith('stay 2 of')).length, 1, `${seen}`);
    cluster.partition();
    await Promise.all(members.map((member) => member.view(1, 2, 3)));
  });

  test('a Corosync that hangs is lost, and comes back through a loss of all others', async () => {
    cluster.signal(2, 'SIGSTOP');
    for (const node of [1, 3]) {
      await sees(node, [1, 3], ['-2 NodeDown', 'ring 1,3', 'stay 1,3 of view 1,3']);
    }
    cluster.signal(2, 'SIGCONT');
    for (const node of [1, 3]) {
      const seen = short(await members[node - 1].view(1, 2, 3));
      assert.equal(seen.at(-1), 'view 1,2,3', `${seen}`);
    }
    const seen = short(await members[1].view(1, 2, 3));
    assert.equal(seen.filter((text) => text.startsWith('stay 2 of view')).length, 1, `${seen}`);
  });

  test('a planned stop of a Corosync ends its member with an error; a new handle serves later', async () => {
    cluster.signal(3, 'SIGTERM');
    for (const node of [1, 2]) {
      const seen = short(await members[node - 1].view(1, 2));
      // The process is lost, or the node: whichever Corosync comes to first.
      assert.ok(seen.includes('-3 ProcDown') !== seen.includes('-3 NodeDown'), `${seen}`);
      assert.equal(seen.at(-1), 'stay 1,2 of view 1,2');
    }
    const events = await members[2].until(({ error }) => error !== undefined);
    assert.match(events.at(-1).error, /^cpg_dispatch: CS_ERR_LIBRARY/);
    await cluster.ended(3);
    cluster.start(3);
    members[2] = await cluster.join(3);
    await Promise.all(members.map((member) => member.view(1, 2, 3)));
  });

  test('a Corosync that is killed is a node that is lost', async () => {
    cluster.signal(3, 'SIGKILL');
    for (const node of [1, 2]) {
      const seen = short(await members[node - 1].view(1, 2));
      assert.deepEqual(seen.slice(-3), ['-3 NodeDown', 'ring 1,2', 'stay 1,2 of view 1,2'], `${seen}`);
    }
  });
});
