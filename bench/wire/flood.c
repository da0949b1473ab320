/* A publisher that knows no protocol: it sends a script's bytes, and repeats a chunk of messages, with new stamps.
 *
 *   flood WHERE SCRIPT CHUNK STRIDE OFFSET SIZE WINDOW [RATE]
 *
 * SCRIPT is a file of steps (length, bytes), an answer awaited after each. CHUNK is a file of whole messages of STRIDE
 * bytes, with a payload of SIZE bytes at OFFSET in each; if it is empty, nothing is sent, and what comes is dropped.
 * Each byte at stdin allows WINDOW/4 messages more, its end is the end. With RATE, so many messages a second. */
#include "wire.h"

static unsigned char *slurp(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) die(path);
  fseek(file, 0, SEEK_END);
  *length = ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(*length + 1);
  if (fread(bytes, 1, *length, file) != *length) die(path);
  fclose(file);
  return bytes;
}

static void introduce(int fd, const char *path) {
  static char answer[65536];
  size_t length;
  unsigned char *script = slurp(path, &length);
  for (size_t at = 0; at + 4 <= length;) {
    uint32_t step;
    memcpy(&step, script + at, 4);
    put(fd, script + at + 4, step);
    at += 4 + step;
    struct pollfd wait = {fd, POLLIN, 0};
    if (poll(&wait, 1, 5000) <= 0 || recv(fd, answer, sizeof answer, 0) <= 0) {
      fprintf(stderr, "flood: no answer\n");
      exit(4);
    }
  }
}

int main(int argc, char **argv) {
  if (argc < 8) return 2;
  signal(SIGPIPE, SIG_IGN);
  static char scratch[262144];
  size_t length;
  unsigned char *chunk = slurp(argv[3], &length);
  long stride = atol(argv[4]), offset = atol(argv[5]), size = atol(argv[6]), window = atol(argv[7]);
  double rate = argc > 8 ? atof(argv[8]) : 0, begun;
  long per = stride > 0 ? length / stride : 0, sent = 0, allowed = window;
  int fd = dial(argv[1]);
  introduce(fd, argv[2]);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  printf("ready\n");
  fflush(stdout);
  begun = now();
  for (size_t at = 0;;) {
    long due = rate > 0 ? (long)((now() - begun) * rate) : allowed;
    int can = per > 0 && (at > 0 || sent + per <= due);
    struct pollfd fds[2] = {{fd, POLLIN | (can ? POLLOUT : 0), 0}, {0, POLLIN, 0}};
    poll(fds, 2, rate > 0 ? 1 : 1000);
    if (fds[1].revents) {
      ssize_t credits = read(0, scratch, sizeof scratch);
      if (credits <= 0) return 0;
      allowed += credits * (window / 4);
    }
    if (fds[0].revents & (POLLIN | POLLHUP) && recv(fd, scratch, sizeof scratch, 0) == 0) {
      if (per == 0 || rate > 0) return 0; /* A receiver that is not waited for may lag. */
      fprintf(stderr, "flood: the server closed\n");
      return 4;
    }
    if (can && fds[0].revents & POLLOUT) {
      if (at == 0)
        for (long i = 0; i < per; i++) stamp(chunk + i * stride + offset, size, sent + i);
      ssize_t done = send(fd, chunk + at, length - at, 0);
      if (done < 0 && errno != EAGAIN) die("send");
      if (done > 0) at += done;
      if (at == length) {
        at = 0;
        sent += per;
      }
    }
  }
}
