/** Returns a message's text if it is UTF-8, else undefined. */
function textOf(data) {
  const text = data.toString();
  return Buffer.from(text).equals(data) ? text : undefined;
}

module.exports = { textOf };
