/** The formats of `listen`: text for people, JSON for scripts, and transcripts, to compare what two members saw. */

const { textOf } = require('../contents.js');
const { hanging, plural } = require('../layout.js');
const { dim, escaped, harmless, hue } = require('../terminal.js');

function contents(data) {
  const text = textOf(data);
  return text === undefined ? { base64: data.toString('base64') } : { data: text };
}

function fieldsOf(delivery) {
  const { kind, group } = delivery;
  switch (kind) {
    case 'message':
    case 'reject': {
      const { groups, sender, data, type, service } = delivery;
      return { kind, group, groups, sender, type, service, ...contents(data) };
    }
    case 'membership': {
      const { cause, member, joined, left, view } = delivery;
      return { kind, group, cause, member, joined, left, members: view?.members ?? [] };
    }
    default:
      return { kind, group };
  }
}

/** Formats a delivery as a JSON object; with the time at which it came, if there is one. */
function asJson(delivery, { time }) {
  const at = time ? { time: time.toISOString() } : {};
  return escaped(JSON.stringify({ ...at, ...fieldsOf(delivery) }));
}

const clock = (time) => `${dim([time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':'))} `;

const two = (number) => String(number).padStart(2, '0');

/** Formats a delivery as lines for people. */
function asText(delivery, { time, showGroup }) {
  const where = `${time ? clock(time) : ''}${showGroup ? `${dim(delivery.group)} ` : ''}`;
  switch (delivery.kind) {
    case 'message': {
      const { sender, data } = delivery;
      return `${where}${hue(sender)(sender)} ${hanging(harmless(textOf(data) ?? plural(data.length, 'byte')))}`;
    }
    case 'membership': {
      const { cause, member, view, joined, left } = delivery;
      const who = member ?? [...joined.map((one) => `+${one}`), ...left.map((one) => `-${one}`)].join(' ');
      return `${where}${dim(`* ${cause}${who ? ` ${who}` : ''}: ${view ? view.members.join(' ') : 'left'}`)}`;
    }
    default:
      return `${where}${dim(`* ${delivery.kind}`)}`;
  }
}

/**
 * Formats a delivery as a line that has what all members see alike, and nothing that only this one sees: from a view that
 * both are in, two members' transcripts are the same, until the network parts them.
 */
function asTranscript(delivery) {
  const { kind, group } = delivery;
  switch (kind) {
    case 'message':
    case 'reject': {
      const { groups, sender, data, type, service } = delivery;
      const { data: text, base64 } = contents(data);
      const what = text === undefined ? `base64 ${base64}` : escaped(JSON.stringify(text));
      return `${kind} ${groups.join(',')} ${sender} ${service} ${type} ${what}`;
    }
    case 'membership':
      return delivery.view === null
        ? `left ${group}`
        : `view ${group} ${delivery.view.id} ${delivery.view.members.join(' ')}`;
    default:
      return `${kind} ${group} ${delivery.id}`;
  }
}

module.exports = { asJson, asText, asTranscript };
