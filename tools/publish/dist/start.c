/*
 * The entry point of a movable binary. The kernel takes a program's dynamic
 * linker from an absolute path only, so this binary names none. It is entered
 * here, maps the dynamic linker in ../lib/bindery next to it, completes what
 * the kernel has put on the stack for a dynamic linker, and continues there as
 * if the kernel had done so. The process remains that of bin/node:
 * /proc/self/exe names it, and nothing is left in the environment.
 *
 * This runs before relocation: no libraries, no pointers in static data, and no
 * functions that the compiler could take from elsewhere.
 */

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#define LINKER "../lib/bindery/ld-linux-x86-64.so.2"
/* The linker finds the stack as the kernel left it; rdx would be a function
 * to call at exit. */
__asm__(".text\n"
        ".globl bindery_start\n"
        ".hidden bindery_start\n"
        ".type bindery_start, @function\n"
        "bindery_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rbx\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call bindery_load\n"
        "  mov %rbx, %rsp\n"
        "  xor %edx, %edx\n"
        "  jmp *%rax\n"
        ".size bindery_start, . - bindery_start\n");
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#define LINKER "../lib/bindery/ld-linux-aarch64.so.1"
__asm__(".text\n"
        ".globl bindery_start\n"
        ".hidden bindery_start\n"
        ".type bindery_start, %function\n"
        "bindery_start:\n"
        "  bti j\n"
        "  mov x29, #0\n"
        "  mov x30, #0\n"
        "  mov x0, sp\n"
        "  bl bindery_load\n"
        "  mov x16, x0\n"
        "  mov x0, #0\n"
        "  mov x30, #0\n"
        "  br x16\n"
        ".size bindery_start, . - bindery_start\n");
#else
#error "the start code is written for amd64 and arm64"
#endif

/* The program's own start, which the linker jumps to when everything is
   mapped. */
extern __attribute__((visibility("hidden"))) const char _start[];
/* The first byte of this binary in memory; the static linker defines it. */
extern __attribute__((visibility("hidden"))) const Elf64_Ehdr __ehdr_start;

enum { MOST_HEADERS = 64, LONGEST_PATH = 4096, FAILED = 127 };

static char linker[LONGEST_PATH + sizeof(LINKER)];
/* The program headers plus the two that a program without PT_INTERP lacks. */
static Elf64_Phdr headers[MOST_HEADERS + 2];

static intptr_t call(intptr_t number,
                     intptr_t a,
                     intptr_t b,
                     intptr_t c,
                     intptr_t d,
                     intptr_t e,
                     intptr_t f) {
#if defined(__x86_64__)
  intptr_t result;
  register intptr_t r10 __asm__("r10") = d;
  register intptr_t r8 __asm__("r8") = e;
  register intptr_t r9 __asm__("r9") = f;
  __asm__ volatile(
      "syscall"
      : "=a"(result)
      : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
      : "rcx", "r11", "memory");
  return result;
#else
  register intptr_t x8 __asm__("x8") = number;
  register intptr_t x0 __asm__("x0") = a;
  register intptr_t x1 __asm__("x1") = b;
  register intptr_t x2 __asm__("x2") = c;
  register intptr_t x3 __asm__("x3") = d;
  register intptr_t x4 __asm__("x4") = e;
  register intptr_t x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
#endif
}

static int failed(intptr_t result) {
  return result < 0 && result > -4096;
}

static void print(const char* text) {
  intptr_t length = 0;
  while (text[length] != '\0') length++;
  call(SYS_write, 2, (intptr_t)text, length, 0, 0, 0);
}

static __attribute__((noreturn)) void fail(const char* what,
                                           const char* remedy) {
  print("node: ");
  print(linker);
  print(what);
  print("; ");
  print(remedy);
  print("\n");
  for (;;) call(SYS_exit_group, FAILED, 0, 0, 0, 0, 0);
}

static const char UNPACK[] =
    "unpack the whole of its package again and keep bin and lib together";
static const char MEMORY[] =
    "give the process more memory or address space (ulimit -v)";

/* Finds the path of the dynamic linker next to this binary. */
static void find_linker(void) {
  static const char name[] = LINKER;
  intptr_t length = call(SYS_readlinkat,
                         AT_FDCWD,
                         (intptr_t) "/proc/self/exe",
                         (intptr_t)linker,
                         LONGEST_PATH,
                         0,
                         0);
  if (failed(length))
    fail("/proc/self/exe cannot be read", "mount /proc and start it again");
  if (length == LONGEST_PATH) {
    linker[0] = '\0';
    fail("the path of this program is too long",
         "unpack its package in another folder");
  }
  while (length > 0 && linker[length - 1] != '/') length--;
  for (size_t i = 0; i < sizeof(name); i++) {
    __asm__ volatile("" ::: "memory"); /* Or the compiler would call memcpy. */
    linker[length + i] = name[i];
  }
}

static uintptr_t down(uintptr_t value, uintptr_t unit) {
  return value & ~(unit - 1);
}

static uintptr_t up(uintptr_t value, uintptr_t unit) {
  return down(value + unit - 1, unit);
}

static int protection(const Elf64_Phdr* segment) {
  return (segment->p_flags & PF_R ? PROT_READ : 0) |
         (segment->p_flags & PF_W ? PROT_WRITE : 0) |
         (segment->p_flags & PF_X ? PROT_EXEC : 0);
}

/*
 * The part of a segment beyond its file is zero: the rest of the last page of
 * the file, up to the end of the page because the linker allocates memory from
 * there, and separate pages.
 */
static void clear_rest(uintptr_t base,
                       const Elf64_Phdr* segment,
                       uintptr_t page) {
  uintptr_t from = base + segment->p_vaddr + segment->p_filesz;
  uintptr_t to = base + segment->p_vaddr + segment->p_memsz;
  uintptr_t whole = up(from, page);
  for (volatile char* at = (char*)from; (uintptr_t)at < whole; at++) *at = 0;
  if (to <= whole) return;
  if (failed(call(SYS_mmap,
                  whole,
                  to - whole,
                  protection(segment),
                  MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS,
                  -1,
                  0)))
    fail(" found no memory", MEMORY);
}

/* Maps the dynamic linker where the kernel wants it. Returns its base
 * address and stores its entry point. */
static uintptr_t map_linker(uintptr_t page, uintptr_t* entry) {
  /* The headers are adjacent, at the very beginning of the file. */
  static union {
    Elf64_Ehdr head;
    char bytes[sizeof(Elf64_Ehdr) + MOST_HEADERS * sizeof(Elf64_Phdr)];
  } file;
  const Elf64_Ehdr* head = &file.head;
  intptr_t fd = call(
      SYS_openat, AT_FDCWD, (intptr_t)linker, O_RDONLY | O_CLOEXEC, 0, 0, 0);
  if (failed(fd)) fail(" cannot be opened", UNPACK);
  intptr_t length =
      call(SYS_read, fd, (intptr_t)file.bytes, sizeof(file.bytes), 0, 0, 0);
  if (length < (intptr_t)sizeof(Elf64_Ehdr) ||
      head->e_ident[EI_MAG0] != ELFMAG0 || head->e_ident[EI_MAG1] != ELFMAG1 ||
      head->e_ident[EI_MAG2] != ELFMAG2 || head->e_ident[EI_MAG3] != ELFMAG3 ||
      head->e_type != ET_DYN || head->e_machine != MACHINE ||
      head->e_phentsize != sizeof(Elf64_Phdr) || head->e_phnum > MOST_HEADERS ||
      head->e_phoff + head->e_phnum * sizeof(Elf64_Phdr) > (uintptr_t)length)
    fail(" is not a dynamic linker of this machine", UNPACK);

  const Elf64_Phdr* segments = (const Elf64_Phdr*)(file.bytes + head->e_phoff);
  uintptr_t low = UINTPTR_MAX;
  uintptr_t high = 0;
  uintptr_t alignment = page;
  for (int i = 0; i < head->e_phnum; i++) {
    const Elf64_Phdr* segment = &segments[i];
    if (segment->p_type != PT_LOAD) continue;
    if (down(segment->p_vaddr, page) < low) low = down(segment->p_vaddr, page);
    if (up(segment->p_vaddr + segment->p_memsz, page) > high)
      high = up(segment->p_vaddr + segment->p_memsz, page);
    if (segment->p_align > alignment) alignment = segment->p_align;
  }
  if (high <= low) fail(" has nothing to load", UNPACK);

  /* The whole span is reserved first, so that nothing else is mapped into
   * it. What alignment leaves over is given back. */
  uintptr_t size = high - low;
  uintptr_t spare = alignment - page;
  intptr_t room = call(
      SYS_mmap, 0, size + spare, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (failed(room)) fail(" found no memory", MEMORY);
  uintptr_t start = up(room, alignment);
  if (start > (uintptr_t)room) call(SYS_munmap, room, start - room, 0, 0, 0, 0);
  if (start - room < spare)
    call(SYS_munmap, start + size, spare - (start - room), 0, 0, 0, 0);
  uintptr_t base = start - low;
  for (int i = 0; i < head->e_phnum; i++) {
    const Elf64_Phdr* segment = &segments[i];
    if (segment->p_type != PT_LOAD) continue;
    uintptr_t from = down(segment->p_vaddr, page);
    uintptr_t before = segment->p_vaddr - from;
    if (failed(call(SYS_mmap,
                    base + from,
                    before + segment->p_filesz,
                    protection(segment),
                    MAP_PRIVATE | MAP_FIXED,
                    fd,
                    segment->p_offset - before)))
      fail(" cannot be mapped", UNPACK);
    if (segment->p_memsz > segment->p_filesz) clear_rest(base, segment, page);
  }
  call(SYS_close, fd, 0, 0, 0, 0, 0);
  *entry = base + head->e_entry;
  return base;
}

/*
 * The linker finds the program's address through PT_PHDR and needs a PT_INTERP,
 * in this order. The kernel would act on a PT_INTERP in the file.
 */
static int complete_headers(void) {
  uintptr_t base = (uintptr_t)&__ehdr_start;
  const Elf64_Phdr* own = (const Elf64_Phdr*)(base + __ehdr_start.e_phoff);
  if (__ehdr_start.e_phnum > MOST_HEADERS)
    fail(" does not fit this program", UNPACK);
  headers[0].p_type = PT_PHDR;
  headers[0].p_flags = PF_R;
  headers[0].p_vaddr = headers[0].p_paddr = (uintptr_t)headers - base;
  headers[0].p_align = sizeof(uintptr_t);
  headers[1].p_type = PT_INTERP;
  headers[1].p_flags = PF_R;
  headers[1].p_vaddr = headers[1].p_paddr = (uintptr_t)linker - base;
  headers[1].p_filesz = headers[1].p_memsz = sizeof(linker);
  headers[1].p_align = 1;
  int count = 2;
  for (int i = 0; i < __ehdr_start.e_phnum; i++) {
    if (own[i].p_type == PT_PHDR || own[i].p_type == PT_INTERP) continue;
    const volatile uint64_t* from = (const volatile uint64_t*)&own[i];
    volatile uint64_t* to = (volatile uint64_t*)&headers[count++];
    for (size_t word = 0; word < sizeof(Elf64_Phdr) / sizeof(uint64_t); word++)
      to[word] = from[word];
  }
  headers[0].p_filesz = headers[0].p_memsz = count * sizeof(Elf64_Phdr);
  return count;
}

/* Called with the stack as the kernel left it. Returns where to continue. */
__attribute__((visibility("hidden"), used)) uintptr_t bindery_load(
    uintptr_t* stack) {
  uintptr_t* at = stack + 1 + stack[0] + 1;
  while (*at != 0) at++;
  Elf64_auxv_t* vector = (Elf64_auxv_t*)(at + 1);
  uintptr_t page = 4096;
  for (Elf64_auxv_t* entry = vector; entry->a_type != AT_NULL; entry++) {
    if (entry->a_type == AT_PAGESZ) page = entry->a_un.a_val;
    /* In that case, the linker does not load libraries from next to the
     * program: anyone who can hard-link the program could supply their own. */
    if (entry->a_type == AT_SECURE && entry->a_un.a_val != 0)
      fail("it has the set-user-ID bit or capabilities of its own",
           "take them away and give them to the process, as `capsh --addamb` "
           "or systemd's AmbientCapabilities do");
  }
  find_linker();
  uintptr_t entry_point;
  uintptr_t base = map_linker(page, &entry_point);
  int count = complete_headers();
  for (Elf64_auxv_t* entry = vector; entry->a_type != AT_NULL; entry++) {
    if (entry->a_type == AT_PHDR) entry->a_un.a_val = (uintptr_t)headers;
    if (entry->a_type == AT_PHNUM) entry->a_un.a_val = count;
    if (entry->a_type == AT_BASE) entry->a_un.a_val = base;
    if (entry->a_type == AT_ENTRY) entry->a_un.a_val = (uintptr_t)_start;
  }
  return entry_point;
}
