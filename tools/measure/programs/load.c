// The load generator for accept.cjs. Opens many short connections to one port
// on the loopback interface, a number of them at a time. Each one waits for one
// byte and the end, and is then reset. That leaves nothing behind on either
// side, not even TIME_WAIT, so the ports never run out. Prints the elapsed
// seconds and the CPU time of this process.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT = 60, EVENTS = 256 };

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void check(int result, const char* what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static void open_one(int queue, const struct sockaddr_in* address) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  check(fd, "socket");
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)),
        "setsockopt");
  // On the loopback interface the handshake is complete when this returns, as
  // long as there are fewer open connections than the server's backlog holds.
  check(connect(fd, (const struct sockaddr*)address, sizeof(*address)),
        "connect");
  // Reported once per connection, when the byte has arrived as well.
  struct epoll_event event = {.events = EPOLLRDHUP, .data.fd = fd};
  check(epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static void close_one(int fd) {
  char bytes[2];
  if (recv(fd, bytes, sizeof(bytes), 0) != 1) {
    fprintf(stderr, "error: a connection was not answered with one byte\n");
    exit(1);
  }
  check(close(fd), "close");
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: load <port> <connections> <at once>\n");
    return 2;
  }
  long count = atol(argv[2]);
  long at_once = atol(argv[3]);
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(atoi(argv[1]));
  // The signal ends the process if a connection is never answered.
  alarm(LIMIT);

  double start = now(CLOCK_MONOTONIC);
  int queue = epoll_create1(0);
  check(queue, "epoll_create1");
  long opened = 0;
  for (; opened < count && opened < at_once; opened++) open_one(queue, &address);
  for (long closed = 0; closed < count;) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(queue, events, EVENTS, -1);
    check(ready, "epoll_wait");
    for (int i = 0; i < ready; i++, closed++) {
      close_one(events[i].data.fd);
      if (opened == count) continue;
      open_one(queue, &address);
      opened++;
    }
  }
  double took = now(CLOCK_MONOTONIC) - start;
  printf("{\"took\": %f, \"computed\": %f}\n", took,
         now(CLOCK_PROCESS_CPUTIME_ID));
  return 0;
}
