/** Which engine the suite runs on. */

const onLibspread = process.env.CSPREAD_ENGINE === 'libspread';

/** What an error's text says: the C library tells no more than a number. */
function said(pattern) {
  return onLibspread ? /./ : pattern;
}

module.exports = { onLibspread, said };
