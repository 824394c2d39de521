// Sends or receives datagrams on the loopback interface, as fast as it can, or
// only lets them arrive. Usage: datagrams send|receive|sink <port> <size>
// <seconds> [segment size]. Prints what it did as JSON.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define BATCH 64
#define UDP_SEGMENT_OPTION 103

static char data[65536];

static double computed(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report(long count, double start, double used) {
  printf("{\"count\":%ld,\"took\":%.6f,\"computed\":%.6f}\n",
         count, (now() - start) / 1e9, computed() - used);
}

static void send_all(int fd, size_t size, double seconds, int segment) {
  struct iovec vector = {data, size};
  struct mmsghdr messages[BATCH];
  memset(messages, 0, sizeof(messages));
  for (int i = 0; i < BATCH; i++) {
    messages[i].msg_hdr.msg_iov = &vector;
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  if (segment > 0) {
    check(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT_OPTION, &segment,
                     sizeof(segment)), "UDP_SEGMENT");
  }
  long each = segment > 0 ? (size + segment - 1) / segment : 1;
  long count = 0;
  double used = computed();
  double start = now();
  while (now() < start + seconds * 1e9) {
    count += each * check(sendmmsg(fd, messages, BATCH, 0), "sendmmsg");
  }
  report(count, start, used);
}

static void receive_all(int fd, double seconds) {
  struct timeval limit = {5, 0};
  check(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)),
        "SO_RCVTIMEO");
  long count = 0;
  double start = 0;
  double used = 0;
  do {
    struct sockaddr_in peer;
    struct iovec vector = {data, sizeof(data)};
    struct msghdr header = {.msg_name = &peer, .msg_namelen = sizeof(peer),
                            .msg_iov = &vector, .msg_iovlen = 1};
    check(recvmsg(fd, &header, 0), "recvmsg");
    if (count++ > 0) continue;
    start = now();
    used = computed();
  } while (now() < start + seconds * 1e9);
  report(count, start, used);
}

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  int fd = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  double seconds = atof(argv[4]);
  if (strcmp(argv[1], "send") == 0) {
    check(connect(fd, (struct sockaddr*)&address, sizeof(address)), "connect");
    send_all(fd, atoi(argv[3]), seconds, argc > 5 ? atoi(argv[5]) : 0);
    return 0;
  }
  check(bind(fd, (struct sockaddr*)&address, sizeof(address)), "bind");
  if (strcmp(argv[1], "receive") == 0) {
    receive_all(fd, seconds);
  } else {
    usleep(seconds * 1e6);
    report(0, now(), computed());
  }
  return 0;
}
