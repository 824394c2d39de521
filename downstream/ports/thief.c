// Tries to take the port that it is told, like a program that has the same
// number in its configuration. For each input line `<address> <port>`, it keeps
// trying to bind and listen, alternating between without and with SO_REUSEADDR,
// until it has the port or an empty line says that the round is over. Then it
// prints how it got the port, `plain`, `reuse` or `nothing`, and releases it.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int taken(const struct sockaddr_in* address, int reuse) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) {
    perror("socket");
    exit(1);
  }
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
  if (bind(fd, (const struct sockaddr*)address, sizeof(*address)) == 0 &&
      listen(fd, 511) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

// Reads without a buffer, so that poll(2) sees all pending input.
static int read_line(char* line, size_t size) {
  size_t length = 0;
  while (length < size - 1 && read(STDIN_FILENO, line + length, 1) == 1) {
    if (line[length] == '\n') break;
    length++;
  }
  line[length] = '\0';
  return length > 0;
}

int main(void) {
  char line[64];
  while (read_line(line, sizeof(line))) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    char* port = strchr(line, ' ');
    if (port == NULL) return 1;
    *port++ = '\0';
    address.sin_port = htons((uint16_t)atoi(port));
    if (inet_pton(AF_INET, line, &address.sin_addr) != 1) return 1;

    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    const char* how = "nothing";
    int fd = -1;
    for (int reuse = 0; fd < 0 && poll(&input, 1, 0) == 0; reuse = !reuse) {
      fd = taken(&address, reuse);
      if (fd >= 0) how = reuse ? "reuse" : "plain";
    }
    read_line(line, sizeof(line));
    if (fd >= 0) close(fd);
    printf("%s\n", how);
    fflush(stdout);
  }
  return 0;
}
