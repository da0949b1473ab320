/** Which engine the suite runs on. */

const onLibspread = process.env.CSPREAD_ENGINE === 'libspread';

/** Returns the pattern of an error's text: the C library reports no more than a number. */
function said(pattern) {
  return onLibspread ? /./ : pattern;
}

module.exports = { onLibspread, said };
