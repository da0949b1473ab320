/**
 * Serves a registry of this version's packages, for installing them as users will. It has other platforms' packages
 * too, without their native code: npm reads their manifests, and some managers download them.
 */

const fs = require('node:fs');
const http = require('node:http');
const here = require('../../lib/native/platform.js');
const { pack, packPlatform } = require('./pack.js');
const platforms = require('./platforms.js');

/** Packs into `folder`, and serves it. Resolves with { url, close() }. */
async function registry(folder) {
  const { main, platform } = pack(folder);
  const others = Object.keys(platforms).filter((name) => name !== here);
  const packed = [main, platform, ...others.map((name) => packPlatform(name, undefined, folder))];
  const packages = new Map(packed.map((account) => [account.name, account]));

  const server = http.createServer((request, response) => {
    const [, name, tarball] = /^\/(.*?)(\.tgz)?$/.exec(request.url);
    const account = packages.get(name);
    if (account === undefined) {
      response.writeHead(404).end('{}');
    } else if (tarball) {
      response.end(fs.readFileSync(account.file));
    } else {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(about(account)));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;

  /** Returns a registry's document of a package. */
  function about({ name, version, manifest, integrity, shasum }) {
    const dist = { tarball: `${url}/${name}.tgz`, integrity, shasum };
    return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } };
  }

  return { url, close: () => server.close() };
}

module.exports = { registry };
