#define _GNU_SOURCE
#include "CPlatform.h"

int llmos_spawn_change_directory(posix_spawn_file_actions_t *actions, const char *path) {
  return posix_spawn_file_actions_addchdir_np(actions, path);
}
