/** Where a clone has its build. A published package has none, and the packer empties this list. */

const path = require('node:path');
const platform = require('./platform.js');

/** Returns the files. A function, since a bundle may have no `__dirname`. */
const builds = () => [path.join(__dirname, '..', '..', 'native', `cspread.${platform}.node`)];

module.exports = { builds };
