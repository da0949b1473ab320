/**
 * What the command line uses of other packages. In a clone they are in node_modules; scripts/pack.js puts them into this
 * very file, so that the published package depends on none. Each is loaded when it is first used.
 */

module.exports = {
  /** Columns that a text takes on a terminal. */
  get stringWidth() {
    return require('string-width').default;
  },
  /** A text cut to so many columns, its colours kept. */
  get cliTruncate() {
    return require('cli-truncate').default;
  },
  /** How many letters two words differ by. */
  get distance() {
    return require('fastest-levenshtein').distance;
  },
};
