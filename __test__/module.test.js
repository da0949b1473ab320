/** What the package exports, and every way to get at it. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, test } = require('node:test');
const constants = require('../lib/shared/constants.js');
const { scripted } = require('./helpers/scripted-session.js');

const root = path.join(__dirname, '..');

/** Each of these prints `true` in an app that has installed the package. */
const FORMS = {
  'require, the class itself': `const SpreadSession = require('cspread'); console.log(typeof SpreadSession === 'function')`,
  'require, its parts': `const { SpreadSession, SpreadDaemon, SpreadError, SAFE_MESS } = require('cspread');
    console.log(SpreadSession === require('cspread') && typeof SpreadDaemon.start === 'function' && SAFE_MESS === 32
      && new SpreadError('ERR_SPREAD_TIMEOUT') instanceof Error)`,
  'require, default': `console.log(require('cspread').default === require('cspread'))`,
};
const ESM_FORMS = {
  'import, the class itself': `import SpreadSession from 'cspread'; console.log(SpreadSession.SAFE_MESS === 32)`,
  'import, its parts': `import { SpreadSession, SpreadDaemon, SpreadError } from 'cspread';
    console.log([SpreadSession, SpreadDaemon, SpreadError].every((it) => typeof it === 'function'))`,
  'import, both': `import cspread, { SpreadSession } from 'cspread'; console.log(cspread === SpreadSession)`,
  'import, all': `import * as all from 'cspread'; console.log(all.default === all.SpreadSession)`,
  'import()': `const all = await import('cspread'); console.log(all.default === all.SpreadSession)`,
  'the package’s own description': `import { createRequire } from 'node:module';
    console.log(createRequire(import.meta.url)('cspread/package.json').name === 'cspread')`,
};

const app = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-app-'));
after(() => fs.rmSync(app, { recursive: true }));
fs.mkdirSync(path.join(app, 'node_modules'));
fs.symlinkSync(root, path.join(app, 'node_modules', 'cspread'), 'junction');
fs.writeFileSync(path.join(app, 'package.json'), '{ "private": true }');

for (const [extension, forms] of Object.entries({ cjs: FORMS, mjs: ESM_FORMS })) {
  for (const [what, code] of Object.entries(forms)) {
    test(what, () => {
      fs.writeFileSync(path.join(app, `app.${extension}`), code);
      const args = ['--unhandled-rejections=strict', `app.${extension}`];
      const said = execFileSync(process.execPath, args, { cwd: app, encoding: 'utf8' });
      assert.equal(said.trim(), 'true');
    });
  }
}

test('nothing but what is exported can be required', () => {
  const code = process.versions.bun ? 'MODULE_NOT_FOUND' : 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  assert.throws(() => require('cspread/lib/native/pump.js'), { code });
});

test('every constant is on the module, the class and each session, and cannot be changed', async (t) => {
  const SpreadSession = require('cspread');
  const { session } = await scripted(t);
  assert.ok(Object.keys(constants).length > 40);
  for (const [name, value] of Object.entries(constants)) {
    for (const [where, target] of Object.entries({ SpreadSession, own: SpreadSession.SpreadSession, session })) {
      assert.equal(target[name], value, `${name} of ${where}`);
      assert.equal(Reflect.set(target, name, 0), false, `${name} of ${where}`);
    }
  }
});

test('the constants have Spread’s numbers', () => {
  const { UNRELIABLE_MESS, RELIABLE_MESS, FIFO_MESS, CAUSAL_MESS, AGREED_MESS, SAFE_MESS, SELF_DISCARD } = constants;
  assert.deepEqual(
    [UNRELIABLE_MESS, RELIABLE_MESS, FIFO_MESS, CAUSAL_MESS, AGREED_MESS, SAFE_MESS, SELF_DISCARD],
    [1, 2, 4, 8, 16, 32, 64],
  );
  const { REGULAR_MESS, MEMBERSHIP_MESS, REG_MEMB_MESS, TRANSITION_MESS, REJECT_MESS } = constants;
  assert.deepEqual(
    [REGULAR_MESS, MEMBERSHIP_MESS, REG_MEMB_MESS, TRANSITION_MESS, REJECT_MESS],
    [0x3f, 0x3f00, 0x1000, 0x2000, 0x400000],
  );
});

test('requiring it opens nothing that holds a process', () => {
  const code = `require('cspread'); process.on('exit', () => console.log(process.getActiveResourcesInfo().length))`;
  const said = execFileSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8' });
  assert.equal(said.trim(), '0');
});
