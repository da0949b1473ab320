/* The yardstick's other end: frames of 48 bytes, a group of 32 and a payload, with nobody between.
 *
 *   raw serve WHERE SIZE N   floods N connections alike, from when all are there
 *   raw sink WHERE           takes frames to "bench…" and checks their places; one to another group is given back
 *   raw echo WHERE           gives back all it gets
 *   raw relay WHERE          gives what one of two connections says to the other: first and second, third and fourth …
 *
 * WHERE is a path, or 0 for any port; it prints which. */
#include "wire.h"

enum { HEADER = 48, GROUP = 32, FRAME = HEADER + GROUP, CHUNK = 65536, MOST = 1024 };

static void serve(int listener, int size, int count) {
  size_t length = FRAME + size;
  int per = CHUNK / length < 1 ? 1 : CHUNK / length;
  unsigned char *chunk = calloc(per, length);
  for (int i = 0; i < per; i++) {
    unsigned char *frame = chunk + i * length;
    uint32_t type = 0x80000090, hint = 0x80000180;
    int groups = 1;
    memcpy(frame, &type, 4);
    strcpy((char *)frame + 4, "#raw#localhost");
    memcpy(frame + 36, &groups, 4);
    memcpy(frame + 40, &hint, 4);
    memcpy(frame + 44, &size, 4);
    strcpy((char *)frame + HEADER, "bench");
    fill(frame + FRAME, size);
  }
  int fds[MOST];
  for (int i = 0; i < count; i++) fds[i] = take(listener);
  for (uint32_t place = 0;; place += per) {
    for (int i = 0; i < per; i++) stamp(chunk + i * length + FRAME, size, place + i);
    for (int i = 0; i < count; i++) put(fds[i], chunk, per * length);
  }
}

static void sink(int listener) {
  int fd = take(listener);
  static unsigned char buffer[1 << 20];
  size_t have = 0;
  uint32_t place = 0;
  for (;;) {
    ssize_t got = recv(fd, buffer + have, sizeof buffer - have, 0);
    if (got <= 0) return;
    have += got;
    size_t at = 0;
    while (have - at >= HEADER) {
      int size;
      memcpy(&size, buffer + at + 44, 4);
      if (have - at < (size_t)FRAME + size) break;
      if (!strncmp((char *)buffer + at + HEADER, "bench", 5)) check(buffer + at + FRAME, size, place++);
      else put(fd, buffer + at, FRAME + size);
      at += FRAME + size;
    }
    have -= at;
    memmove(buffer, buffer + at, have);
  }
}

/* Each connection has a partner; for an echo that is itself. */
static void pass(int listener, int echo) {
  static char buffer[1 << 18];
  struct pollfd fds[MOST] = {{.fd = listener, .events = POLLIN}};
  int count = 1;
  for (;;) {
    if (poll(fds, count, -1) < 0) die("poll");
    for (int i = 1; i < count; i++) {
      int partner = echo ? i : ((i - 1) ^ 1) + 1;
      if (!fds[i].revents || partner >= count) continue;
      ssize_t got = recv(fds[i].fd, buffer, sizeof buffer, 0);
      if (got <= 0) exit(0);
      put(fds[partner].fd, buffer, got);
    }
    if (fds[0].revents && count < MOST) fds[count++] = (struct pollfd){.fd = take(listener), .events = POLLIN};
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  signal(SIGPIPE, SIG_IGN);
  int listener = open_at(argv[2]);
  if (!strcmp(argv[1], "serve")) serve(listener, atoi(argv[3]), atoi(argv[4]));
  else if (!strcmp(argv[1], "sink")) sink(listener);
  else pass(listener, !strcmp(argv[1], "echo"));
  return 0;
}
