/** Formats a private group for people: `#anna#localhost` as anna, `#anna#node1` as anna@node1. */
function shortName(member) {
  const [, name, daemon] = member.split('#');
  return daemon === 'localhost' ? name : `${name}@${daemon}`;
}

module.exports = { shortName };
