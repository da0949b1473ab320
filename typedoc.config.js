/** The API reference: of the types of each entry point. */

const { exports: entries } = require('./package.json');

module.exports = {
  name: 'cspread',
  includeVersion: true,
  entryPoints: Object.values(entries).flatMap(({ types }) => types ?? []),
  out: 'docs/api',
  readme: 'none',
  disableSources: true,
  githubPages: false,
  intentionallyNotDocumented: ['index.export=.prototype'],
  intentionallyNotExported: ['EventName', 'Listener', 'SessionClass', 'SessionInstance', 'Told'],
  externalSymbolLinkMappings: {
    '@types/node': {
      'EventEmitter.defaultMaxListeners': 'https://nodejs.org/api/events.html#eventsdefaultmaxlisteners',
    },
  },
  treatWarningsAsErrors: true,
  validation: { notDocumented: true },
};
