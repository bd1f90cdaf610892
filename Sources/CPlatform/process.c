#define _GNU_SOURCE
#include "CPlatform.h"

#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>

int llmos_memory_file(void) { return memfd_create("llmos", MFD_CLOEXEC); }

static char *none[] = {NULL};
static char **arguments = none;

// The C library calls constructors with what main is called with.
__attribute__((constructor)) static void keep_arguments(int count, char **words) {
  if (count > 0) arguments = words;
}

char **llmos_arguments(void) { return arguments; }

const char *llmos_executed_file(void) { return (const char *)getauxval(AT_EXECFN); }

// In the static programs the linker puts this in the place of the runtime's own (scripts/build.sh): that looks for a
// program of its own that prints the stack after a crash, beside an executable that it finds in /proc, and aborts where
// there is none. None is shipped.
char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name);
char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name) {
  (void)name;
  return NULL;
}
