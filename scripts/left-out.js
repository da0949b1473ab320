/**
 * Tests that a runtime other than Node cannot pass, and why: runtime → file → test → reason. `npm run test:runtimes` prints
 * them, and fails if one passes.
 */

module.exports = { Deno: {}, Bun: {} };
