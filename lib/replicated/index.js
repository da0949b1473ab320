/** `require('cspread/replicated')`: state that every member of a group has, over the public interface of a session. */

const { Replica, replicate } = require('./replica.js');

module.exports = { Replica, replicate };
