/**
 * The other packages that the command line uses. In a clone they are in node_modules; scripts/packages/pack.js bundles them into
 * this file, so that the published package depends on none. Each is loaded when it is first used.
 */

module.exports = {
  /** Returns the columns that a text takes on a terminal. */
  get stringWidth() {
    return require('string-width').default;
  },
  /** Cuts a text to so many columns, and keeps its colours. */
  get cliTruncate() {
    return require('cli-truncate').default;
  },
  /** Returns the number of letters in which two words differ. */
  get distance() {
    return require('fastest-levenshtein').distance;
  },
};
