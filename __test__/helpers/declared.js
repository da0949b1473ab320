/** What index.d.ts declares, beside what there is: types as the compiler reads them, and live objects. */

const { EventEmitter } = require('node:events');
const path = require('node:path');
const ts = require('typescript');

const FILE = path.join(__dirname, '..', '..', 'index.d.ts');

/** What every emitter has of its own. */
const OF_EMITTERS = new Set(Reflect.ownKeys(new EventEmitter()));

const program = ts.createProgram([FILE], { strict: true, lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'] });
const checker = program.getTypeChecker();

/** All that the module exports, by name: the compiler's symbols. */
const exported = new Map(
  checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(FILE))).map((it) => [it.name, it]),
);

/** The type by this name in the namespace. */
function typeOf(name) {
  return checker.getDeclaredTypeOfSymbol(exported.get(name));
}

const isOurs = (symbol) => symbol?.declarations?.some((it) => it.getSourceFile().fileName === FILE) ?? false;

/** A symbol-named property's symbol, or the name. */
function keyOf({ name }) {
  const known = /^__@(\w+)@/.exec(name);
  return known === null ? name : Symbol[known[1]];
}

/** The properties that index.d.ts itself declares: key → { type, isOptional }. */
function propertiesOf(type) {
  const own = checker.getPropertiesOfType(type).filter(isOurs);
  return new Map(
    own.map((it) => [
      keyOf(it),
      { type: checker.getTypeOfSymbol(it), isOptional: (it.flags & ts.SymbolFlags.Optional) !== 0 },
    ]),
  );
}

/** What somebody finds on an object, but for what Node's own classes give it. */
function keysOf(value) {
  const keys = new Set(Reflect.ownKeys(value).filter((key) => !OF_EMITTERS.has(key) && isSeen(value, key)));
  const isNative = (it) =>
    it === null || it === Object.prototype || it === EventEmitter.prototype || it === Error.prototype;
  for (let it = Object.getPrototypeOf(value); !isNative(it); it = Object.getPrototypeOf(it)) {
    for (const key of Reflect.ownKeys(it)) {
      keys.add(key);
    }
  }
  for (const key of ['constructor', Symbol.for('nodejs.util.inspect.custom')]) {
    keys.delete(key);
  }
  return keys;
}

const isSeen = (value, key) => Object.getOwnPropertyDescriptor(value, key).enumerable;

/** Where a value is not what a type says, in words; nothing if it is. */
function differences(value, type, where = 'it') {
  if (type.isUnion()) {
    const each = type.types.map((one) => differences(value, one, where));
    return each.some((found) => found.length === 0) ? [] : each.sort((a, b) => a.length - b.length)[0];
  }
  const simple = simpleDifference(value, type);
  if (simple !== undefined) {
    return simple ? [] : [`${where} is ${String(value)}, and declared as ${checker.typeToString(type)}`];
  }
  if (checker.isArrayType(type) || checker.isTupleType(type)) {
    return Array.isArray(value) ? ofArray(value, type, where) : [`${where} is no array`];
  }
  if (type.getCallSignatures().length > 0) {
    return typeof value === 'function' ? [] : [`${where} is no function`];
  }
  if (typeof value !== 'object' || value === null) {
    return [`${where} is ${String(value)}, and declared as ${checker.typeToString(type)}`];
  }
  return isOurs(type.symbol ?? type.aliasSymbol) ? ofObject(value, type, where) : [];
}

/** Whether it is a value of a type that has no properties; undefined for the others. */
function simpleDifference(value, type) {
  const { flags } = type;
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) {
    return true;
  }
  if (type.isStringLiteral() || type.isNumberLiteral()) {
    return value === type.value;
  }
  if (flags & ts.TypeFlags.BooleanLiteral) {
    return String(value) === type.intrinsicName;
  }
  const kinds = { String: 'string', TemplateLiteral: 'string', Number: 'number', Boolean: 'boolean' };
  const kind = Object.keys(kinds).find((name) => flags & ts.TypeFlags[name]);
  if (kind !== undefined) {
    return typeof value === kinds[kind];
  }
  if (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) {
    return value === undefined;
  }
  return flags & ts.TypeFlags.Null ? value === null : undefined;
}

function ofArray(value, type, where) {
  const items = checker.getTypeArguments(type);
  if (checker.isTupleType(type) && items.length !== value.length) {
    return [`${where} has ${value.length} items, and is declared with ${items.length}`];
  }
  return value.flatMap((item, index) =>
    differences(item, items[checker.isTupleType(type) ? index : 0], `${where}[${index}]`),
  );
}

function ofObject(value, type, where) {
  const declared = propertiesOf(type);
  const found = [];
  for (const [key, { type: its, isOptional }] of declared) {
    const name = `${where}.${String(key)}`;
    if (key in value) {
      found.push(...differences(value[key], its, name));
    } else if (!isOptional) {
      found.push(`${name} is declared, and there is none`);
    }
  }
  for (const key of keysOf(value)) {
    if (!declared.has(key)) {
      found.push(`${where}.${String(key)} is there, and not declared`);
    }
  }
  return found;
}

module.exports = { differences, exported, propertiesOf, typeOf };
