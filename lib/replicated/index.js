/** `require('cspread/replicated')`: state that every member of a group has, over the public interface of a session. */

const { Election } = require('./election.js');
const { Locks } = require('./locks.js');
const { ReplicatedMap } = require('./map.js');
const { Replica, replicate } = require('./replica.js');
const { Requests } = require('./requests.js');

module.exports = { Election, Locks, Replica, ReplicatedMap, Requests, replicate };
