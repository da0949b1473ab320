/** Whether figures rise: a straight line through samples, and how sure its slope is. */

/** The slope of the line of least squares through [[x, y], …], and its standard error. */
function slope(samples) {
  const count = samples.length;
  const mean = (index) => samples.reduce((sum, sample) => sum + sample[index], 0) / count;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of samples) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  const rise = xy / xx;
  return { rise, error: Math.sqrt(Math.max(0, yy - rise * xy) / (count - 2) / xx) };
}

/** The least value within each stretch of `width`: what comes and goes in between is no leak. */
function floors(samples, width) {
  const least = new Map();
  for (const [x, y] of samples) {
    const stretch = Math.floor(x / width);
    least.set(stretch, Math.min(y, least.get(stretch) ?? Number.POSITIVE_INFINITY));
  }
  return Array.from(least, ([stretch, y]) => [(stretch + 0.5) * width, y]);
}

/**
 * The trend of [[x, y], …] after the first third: { rise, error, isRising }. It rises if it does by more than `most`, and
 * by more than chance explains (two standard errors).
 */
function trend(samples, most) {
  const span = samples.at(-1)[0] - samples[0][0];
  const later = samples.filter(([x]) => x >= samples[0][0] + span / 3);
  const { rise, error } = slope(floors(later, span / 60));
  return { rise, error, isRising: rise - 2 * error > most };
}

module.exports = { slope, trend };
