/* The C client: the same work through a C library of Spread, which is loaded at run time.
 *
 *   spread LIBRARY WORK ADDRESS SIZE SECONDS WARM WINDOW [N]
 *
 * WORK is receive, fanout (N connections), send, loop, pingpong; or flood, with a group in place of SECONDS, for whose
 * messages each byte at stdin allows WINDOW/4 more. It prints "begin" when it begins to measure, and then figures as
 * lib/meter.js has them. */
#include "wire.h"
#include <dlfcn.h>
#include <sys/wait.h>

enum { NAME = 32, AGREED = 0x10, ACCEPTED = 1, MOST = 128, LONGEST = 200000 };
typedef char names[NAME];

static int (*sp_connect)(const char *, const char *, int, int, int *, char *);
static int (*sp_join)(int, const char *);
static int (*sp_multicast)(int, int, const char *, short, int, const char *);
static int (*sp_receive)(int, int *, char *, int, int *, names *, short *, int *, int, char *);
static int (*sp_poll)(int);

static const char *address;
static int size;
static double seconds, warm;
static long window;
static unsigned char *payload;
static char own[NAME], group[NAME], buffer[LONGEST];

static void load(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  *(void **)&sp_connect = dlsym(library, "SP_connect");
  *(void **)&sp_join = dlsym(library, "SP_join");
  *(void **)&sp_multicast = dlsym(library, "SP_multicast");
  *(void **)&sp_receive = dlsym(library, "SP_receive");
  *(void **)&sp_poll = dlsym(library, "SP_poll");
  if (!sp_connect || !sp_join || !sp_multicast || !sp_receive || !sp_poll) exit(1);
}

static int open_session(void) {
  static int count;
  char name[32];
  int box;
  snprintf(name, sizeof name, "c%d-%d", getpid() % 100000, count++ % 1000);
  int code = sp_connect(address, name, 0, 0, &box, own);
  if (code != ACCEPTED) {
    fprintf(stderr, "connect: %d\n", code);
    exit(1);
  }
  return box;
}

static void cast(int box, const char *to, uint32_t place) {
  stamp(payload, size, place);
  if (sp_multicast(box, AGREED, to, 0, size, (char *)payload) < 0) exit(5);
}

static void get(int box, uint32_t place) {
  static names groups[8];
  static char sender[NAME];
  int service = 0, count, endian;
  short type;
  int got = sp_receive(box, &service, sender, 8, &count, groups, &type, &endian, sizeof buffer, buffer);
  if (got != size) {
    fprintf(stderr, "receive: %d\n", got);
    exit(1);
  }
  check((unsigned char *)buffer, size, place);
}

/* From `warm` seconds on, for `seconds`: the count, time and cost of what happened between. */
static double began, cpu_before;
static long before;
static int measuring;

static int is_over(long count) {
  double t = now();
  if (began == 0) began = t;
  if (!measuring && t - began >= warm) {
    measuring = 1;
    began = t;
    cpu_before = spent();
    before = count;
    printf("begin\n");
    fflush(stdout);
  } else if (measuring && t - began >= seconds) {
    double dt = t - began;
    long done = count - before;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("{\"messages\":%ld,\"seconds\":%f,\"rate\":%f,\"cpu\":%f,\"memory\":%ld}\n", done, dt, done / dt,
           (spent() - cpu_before) * 1e6 / done, use.ru_maxrss * 1024);
    fflush(stdout);
    return 1;
  }
  return 0;
}

static void flood(int credits) {
  char scratch[4096];
  int box = open_session();
  long allowed = window;
  printf("ready\n");
  fflush(stdout);
  for (long sent = 0;; sent++) {
    while (sent >= allowed) {
      ssize_t got = read(credits, scratch, sizeof scratch);
      if (got <= 0) exit(0);
      allowed += got * (window / 4);
    }
    cast(box, group, sent);
  }
}

/* A child floods, and is allowed more when the slowest of all has had a quarter of the window. */
static void receive(int connections) {
  int boxes[MOST], credits[2];
  long counts[MOST] = {0}, total = 0, quarter = window / 4, given = 0;
  struct pollfd fds[MOST];
  for (int i = 0; i < connections; i++) {
    boxes[i] = open_session();
    sp_join(boxes[i], group);
    fds[i] = (struct pollfd){boxes[i], POLLIN, 0};
  }
  usleep(200000);
  if (pipe(credits)) die("pipe");
  pid_t child = fork();
  if (child == 0) {
    close(credits[1]);
    if (!freopen("/dev/null", "w", stdout)) die("freopen");
    flood(credits[0]);
  }
  for (;;) {
    if (connections > 1) poll(fds, connections, 5000);
    for (int i = 0; i < connections; i++) {
      if (connections > 1 && !fds[i].revents) continue;
      int round = 0;
      do {
        get(boxes[i], counts[i]++);
        total++;
      } while (++round < 64 && (connections == 1 || sp_poll(boxes[i]) > 0));
    }
    long slowest = counts[0];
    for (int i = 1; i < connections; i++) slowest = counts[i] < slowest ? counts[i] : slowest;
    for (; slowest >= (given + 1) * quarter; given++)
      if (write(credits[1], "c", 1) < 0) break;
    if (is_over(total)) break;
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

static void loop(void) {
  int box = open_session();
  sp_join(box, group);
  usleep(100000);
  for (long sent = 0, got = 0;;) {
    while (sent - got < window) cast(box, group, sent++);
    for (long until = got + window / 2; got < until; got++) get(box, got);
    if (is_over(got)) return;
  }
}

static void send_all(void) {
  int box = open_session();
  char end[NAME];
  snprintf(end, sizeof end, "e%d", getpid());
  sp_join(box, end);
  for (long sent = 0; !is_over(sent);)
    for (int i = 0; i < 200; i++) cast(box, group, sent++);
}

static int ascending(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return x < y ? -1 : x > y;
}

static void pingpong(void) {
  char back[NAME];
  snprintf(back, sizeof back, "p%d", getpid());
  pid_t child = fork();
  if (child == 0) {
    int box = open_session();
    sp_join(box, group);
    for (uint32_t place = 0;; place++) {
      get(box, place);
      cast(box, back, place);
    }
  }
  int box = open_session();
  sp_join(box, back);
  usleep(300000);
  long most = 4000000, count = 0;
  double *took = malloc(most * sizeof *took), start = now();
  for (uint32_t place = 0;; place++) {
    double t = now();
    if (t - start >= warm + seconds || count == most) break;
    cast(box, group, place);
    get(box, place);
    if (t - start >= warm) took[count++] = (now() - t) * 1e6;
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  qsort(took, count, sizeof *took, ascending);
  printf("{\"messages\":%ld,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f}\n", count, took[count / 2],
         took[(long)(count * 0.99)], took[(long)(count * 0.999)]);
}

int main(int argc, char **argv) {
  if (argc < 8) return 2;
  alarm(120);
  signal(SIGPIPE, SIG_IGN);
  load(argv[1]);
  const char *work = argv[2];
  address = argv[3];
  size = atoi(argv[4]);
  seconds = atof(argv[5]);
  warm = atof(argv[6]);
  window = atol(argv[7]);
  payload = malloc(size);
  fill(payload, size);
  snprintf(group, sizeof group, "b%d", getpid());
  if (!strcmp(work, "flood")) {
    snprintf(group, sizeof group, "%s", argv[5]);
    flood(0);
  } else if (!strcmp(work, "receive")) receive(1);
  else if (!strcmp(work, "fanout")) receive(argc > 8 ? atoi(argv[8]) : 10);
  else if (!strcmp(work, "send")) send_all();
  else if (!strcmp(work, "loop")) loop();
  else pingpong();
  return 0;
}
