/** `require('cspread/replicated')`: state that every member of a group has, over the public interface of a session. */

const { Election } = require('./election.js');
const { LargeMessages } = require('./large.js');
const { Locks } = require('./locks.js');
const { ReplicatedMap } = require('./map.js');
const { replicate } = require('./replica.js');
const { Requests } = require('./requests.js');
const { Shards } = require('./shards.js');

module.exports = { Election, LargeMessages, Locks, ReplicatedMap, Requests, Shards, replicate };
