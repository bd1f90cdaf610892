/* The file that git runs as a hook: becomes the gate, under the hook's own name.
 *
 * Each hook is a file of its own, so that a tool which overwrites one in place changes that one alone;
 * hard links to one large executable would all change with it. Without a C library it is 1 kB and
 * starts in no time: a static glibc takes 0.3 ms to begin, a shell 0.9 (docs/adr/0002-hook-files.md).
 *
 * Built by scripts/build.sh; for x86-64 from launcher-x86_64.S, which does the same. When the gate is gone it refuses, and says what to do. */

#include <limits.h>
#include <stddef.h>

#if defined(__aarch64__)

__asm__(".globl _start\n_start: mov x0, sp\n and x1, x0, #-16\n mov sp, x1\n bl begin\n");
enum { WRITE = 64, EXECVE = 221, EXIT = 93, FACCESSAT = 48 };

static long call(long number, const void *a, const void *b, const void *c) {
  register long n __asm__("x8") = number;
  register const void *x __asm__("x0") = a;
  register const void *y __asm__("x1") = b;
  register const void *z __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x) : "r"(n), "r"(y), "r"(z) : "memory");
  return (long)x;
}

#else
#error "no launcher for this processor: the hooks are installed in their shell form"
#endif

/* From the hooks directory. */
static const char gate[] = "/../llmos/bin/llmos-gate";
static const char kept[] = ".llmos-kept/reference-transaction";
static const char transaction[] = "/reference-transaction";
static const char prepared[] = "prepared";
static const char missing[] =
    "llmos-hook: refused: the gate of this repository is gone, so nothing can be decided\n"
    "  next: llmos-hook install\n";

static int ends_in(const char *text, size_t length, const char *end, size_t size) {
  if (length < size) return 0;
  for (size_t i = 0; i < size; i++)
    if (text[length - size + i] != end[i]) return 0;
  return 1;
}

/* What the kernel leaves on the stack: argc, argv, NULL, envp, NULL (System V ABI). */
__attribute__((used, noreturn)) void begin(long *stack) {
  char **argv = (char **)(stack + 1);
  char **envp = argv + stack[0] + 1;
  char path[PATH_MAX];
  size_t length = 0, directory = 0;
  const char *name = stack[0] > 0 ? argv[0] : "";
  for (; name[length] && length < sizeof path - sizeof kept; length++) {
    path[length] = name[length];
    if (name[length] == '/') directory = length;
  }
  /* git tells a transaction several times, and only "prepared" is decided: without a hook that was
   * there before, the other times end here. */
  size_t word = 0;
  while (stack[0] > 1 && argv[1][word]) word++;
  if (ends_in(name, length, transaction, sizeof transaction - 1) && stack[0] > 1 &&
      !ends_in(argv[1], word, prepared, sizeof prepared - 1)) {
    for (size_t i = 0; i < sizeof kept; i++) path[directory + i] = kept[i];
    if (call(FACCESSAT, (const void *)-100, path, NULL) != 0) call(EXIT, NULL, NULL, NULL);
  }
  for (size_t i = 0; i < sizeof gate; i++) path[directory + i] = gate[i];
  call(EXECVE, path, argv, envp);
  call(WRITE, (const void *)2, missing, (const void *)(sizeof missing - 1));
  for (;;) call(EXIT, (const void *)69, NULL, NULL);
}
