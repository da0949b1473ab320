/**
 * Two transcripts side by side, with the first difference: what two sessions were delivered about some groups, from the
 * last view on that both had before it.
 */

const { Change, Farewell, Signal } = require('./life.js');

const BEFORE = 4;
const AFTER = 6;
const WIDTH = 46;

/** Returns the text of a fault's transcripts: of one session, or of two. */
function transcript({ lives: [one, other], groups, at, otherAt }) {
  const left = linesOf(one, groups);
  if (other === undefined) {
    const last = left.findLastIndex(({ place }) => place <= at);
    const from = Math.max(0, last - 2 * BEFORE);
    const rows = left.slice(from, last + 1).map(({ place, text }, index) => {
      return `${from + index === last ? '>' : ' '} ${number(one, place)}  ${text}`;
    });
    return ['', `${' '.repeat(10)}${one.label}`, ...rows].join('\n');
  }
  const right = linesOf(other, groups);
  return besides(one, left, other, right, common(left, right, at) ?? [placeOf(left, at), placeOf(right, otherAt)]);
}

function besides(one, left, other, right, [leftFrom, rightFrom]) {
  let differs = 0;
  while (left[leftFrom + differs] !== undefined && left[leftFrom + differs].key === right[rightFrom + differs]?.key) {
    differs += 1;
  }
  const rows = ['', `${' '.repeat(10)}${cut(one.label).padEnd(WIDTH)}   ${other.label}`];
  for (let row = Math.max(0, differs - BEFORE); row <= differs + AFTER; row += 1) {
    const [its, others] = [left[leftFrom + row], right[rightFrom + row]];
    if (its !== undefined || others !== undefined) {
      const place = its === undefined ? ' '.repeat(6) : number(one, its.place);
      const mark = row === differs ? '>' : ' ';
      const between = row === differs ? '|' : ' ';
      rows.push(`${mark} ${place}  ${(its?.text ?? '').padEnd(WIDTH)} ${between} ${others?.text ?? ''}`.trimEnd());
    }
  }
  return rows.join('\n');
}

/** Returns where the last view is that both had before the fault. */
function common(left, right, at) {
  for (let index = left.findLastIndex(({ place }) => place < at); index >= 0; index -= 1) {
    if (left[index].isView) {
      const place = right.findLastIndex(({ key }) => key === left[index].key);
      if (place >= 0) {
        return [index, place];
      }
    }
  }
  return undefined;
}

function placeOf(lines, at) {
  return Math.max(
    0,
    lines.findIndex(({ place }) => place === at),
  );
}

/** Returns the lines about these groups: { place, key, text, isView }; equal keys are the same. */
function linesOf(life, groups) {
  const lines = [];
  life.log.forEach((item, place) => {
    if (item.groups.some((group) => groups.includes(group))) {
      lines.push({ place, key: keyOf(item), text: cut(textOf(item)), isView: item instanceof Change });
    }
  });
  return lines;
}

function keyOf(item) {
  if (item instanceof Change) {
    return item.view;
  }
  return item instanceof Signal || item instanceof Farewell ? textOf(item) : item.root;
}

function textOf(item) {
  if (item instanceof Change) {
    const { group, id, members } = item.view;
    return `view of ${group} ${id}, ${item.cause}: ${members.join(' ')}`;
  }
  if (item instanceof Signal) {
    return `signal in ${item.groups[0]} ${item.id}`;
  }
  if (item instanceof Farewell) {
    return `left ${item.groups[0]}`;
  }
  const { service, groups, sender, preview, bytes, type } = item;
  return `${service} to ${groups.join(',')} from ${sender}: ${JSON.stringify(preview)}, ${bytes} bytes, type ${type}`;
}

function number(life, place) {
  return String(life.forgotten + place).padStart(6);
}

function cut(text) {
  return text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text;
}

module.exports = { transcript };
