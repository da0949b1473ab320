/** The library that writes the text. scripts/packages/bundle.js bundles it, so that the published package depends on none. */

module.exports = {
  Registry: require('prom-client/lib/registry.js'),
  Counter: require('prom-client/lib/counter.js'),
  Gauge: require('prom-client/lib/gauge.js'),
  Histogram: require('prom-client/lib/histogram.js'),
};
