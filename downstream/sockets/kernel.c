// Prints what the kernel reports for the socket with descriptor 3: the value of
// each option named by an argument, `<level>:<name>`, one per line.

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    int level = 0;
    int name = 0;
    int value = 0;
    socklen_t size = sizeof(value);
    if (sscanf(argv[i], "%d:%d", &level, &name) != 2) return 1;
    if (getsockopt(3, level, name, &value, &size) != 0) {
      fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
      return 1;
    }
    printf("%d\n", value);
  }
  return 0;
}
