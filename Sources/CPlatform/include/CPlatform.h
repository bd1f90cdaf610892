#ifndef LLMOS_CPLATFORM_H
#define LLMOS_CPLATFORM_H

#include <spawn.h>

/// Lets a child start in another directory. The C library shows it only to those who ask for its own extensions,
/// which Swift's Glibc module does not (posix_spawn_file_actions_addchdir_np(3)).
int llmos_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path);

/// A file in memory, of no file system, that no child inherits (memfd_create(2)); -1 and errno when there is none.
int llmos_memory_file(void);

/// The words of the command line as the C library hands them over: Swift's runtime would look for them in /proc.
/// The last is NULL.
char **llmos_arguments(void);

/// The file that was executed, as whoever did so has named it (getauxval(3), AT_EXECFN); NULL where that is not told.
const char *llmos_executed_file(void);

#endif
