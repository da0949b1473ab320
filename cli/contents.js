/** What a message says, if it is UTF-8; else nothing. */
function textOf(data) {
  const text = data.toString();
  return Buffer.from(text).equals(data) ? text : undefined;
}

module.exports = { textOf };
