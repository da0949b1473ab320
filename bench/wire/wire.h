/* What the C programs of the benchmark share: sockets, clocks, and the stamp that makes every payload tell its place. */
#ifndef WIRE_H
#define WIRE_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Processor time of this process, in seconds. */
static inline double spent(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1e-6;
}

/* A place in the stream, as four letters: payloads may pass through what takes them for text. lib/payload.js is alike. */
static inline void put_place(unsigned char *at, uint32_t place) {
  for (int i = 0; i < 4; i++) at[i] = 48 + ((place >> (6 * i)) & 63);
}

static inline int has_place(const unsigned char *at, uint32_t place) {
  for (int i = 0; i < 4; i++)
    if (at[i] != 48 + ((place >> (6 * i)) & 63)) return 0;
  return 1;
}

static inline void stamp(unsigned char *payload, int size, uint32_t place) {
  put_place(payload, place);
  put_place(payload + size - 4, ~place);
}

static inline void check(const unsigned char *payload, int size, uint32_t place) {
  if (!has_place(payload, place) || !has_place(payload + size - 4, ~place)) {
    fprintf(stderr, "a message is not number %u\n", place);
    exit(6);
  }
}

static inline void fill(unsigned char *payload, int size) {
  for (int i = 0; i < size; i++) payload[i] = 48 + (i * 31 + 7) % 64;
}

static inline void quick(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* Refused on a Unix socket, which needs none. */
}

static inline int dial(const char *where) {
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int local = where[0] == '/', fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
  if (local) strncpy(un.sun_path, where, sizeof un.sun_path - 1);
  else in.sin_port = htons(atoi(where));
  if (connect(fd, local ? (void *)&un : (void *)&in, local ? sizeof un : sizeof in)) die("connect");
  quick(fd);
  return fd;
}

/* Listens at a path or at any port, and says where. */
static inline int open_at(const char *where) {
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int local = where[0] == '/', fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
  if (local) strncpy(un.sun_path, where, sizeof un.sun_path - 1);
  if (bind(fd, local ? (void *)&un : (void *)&in, local ? sizeof un : sizeof in) || listen(fd, 512)) die("listen");
  socklen_t length = sizeof in;
  if (!local) getsockname(fd, (void *)&in, &length);
  if (local) printf("%s\n", where);
  else printf("%d\n", ntohs(in.sin_port));
  fflush(stdout);
  return fd;
}

static inline int take(int listener) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) die("accept");
  quick(fd);
  return fd;
}

static inline void put(int fd, const void *bytes, size_t length) {
  for (const char *at = bytes; length > 0;) {
    ssize_t done = write(fd, at, length);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) exit(0); /* The other side has what it wanted. */
    at += done;
    length -= done;
  }
}
#endif
