#ifndef LLMOS_CPLATFORM_H
#define LLMOS_CPLATFORM_H

#include <spawn.h>

/// Lets a child start in another directory. The C library shows it only to those who ask for its own extensions,
/// which Swift's Glibc module does not (posix_spawn_file_actions_addchdir_np(3)).
int llmos_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path);

#endif
