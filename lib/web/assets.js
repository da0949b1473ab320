/**
 * The page's files, built from page/ when they are first served. scripts/packages/bundle.js builds them into the package, which
 * has this file with their texts in place of this one.
 */

const path = require('node:path');

let built;

/** Returns path → { type, body }. */
function assets() {
  built ??= build().assets;
  return built;
}

/** Builds the page; also returns the files that went into it. */
function build() {
  const { buildSync } = require('esbuild');
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: path.join(__dirname, '..', '..'),
    entryPoints: ['lib/web/page/app.mjs', 'lib/web/page/app.css'],
    outdir: 'out',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    target: 'es2022',
    logLevel: 'error',
  });
  const textOf = (name) => outputFiles.find((file) => file.path.endsWith(name)).text;
  const { html, icon } = require('./page/frame.js');
  return {
    inputs: Object.keys(metafile.inputs),
    assets: {
      '/': { type: 'text/html; charset=utf-8', body: html },
      '/app.js': { type: 'text/javascript; charset=utf-8', body: textOf('app.js') },
      '/app.css': { type: 'text/css; charset=utf-8', body: textOf('app.css') },
      '/icon.svg': { type: 'image/svg+xml', body: icon },
    },
  };
}

module.exports = { assets, build };
