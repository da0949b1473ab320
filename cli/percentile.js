/** Returns the value that this share of sorted values does not exceed: one of them, by nearest rank. */
function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

module.exports = { percentile };
