/** `require('cspread/testing')`: for the tests of services that use Spread. */

const { SpreadNetwork } = require('../index.js');
const { OrderChecker } = require('./order-checker.js');
const { OrderError } = require('./order-error.js');

module.exports = { OrderChecker, OrderError, SpreadNetwork };
