#ifndef LLMOS_CLIBGIT2_SHIM_H
#define LLMOS_CLIBGIT2_SHIM_H

#include <git2.h>
#include <git2/sys/repository.h>
#include <stddef.h>

/* Swift imports no variadic functions: one inline wrapper for each option that is set. */

/// Lets repositories with extensions open that change nothing of what we read (`GIT_OPT_SET_EXTENSIONS`): sparse checkouts
/// bring the first, partial clones the second, `git worktree add --relative-paths` the fourth. The names are in lower case,
/// as libgit2 compares them, and are copied. The last one, where it is asked for, says where references lie: who asks knows
/// that they lie in files.
static inline int llmos_git_allow_extensions(int has_reference_files) {
  const char *names[] = {"worktreeconfig",    "partialclone",        "preciousobjects",
                         "relativeworktrees", "submodulepathconfig", "refstorage"};
  return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, sizeof names / sizeof *names - (has_reference_files ? 0 : 1));
}

/// Whether a repository of another user is refused (`GIT_OPT_SET_OWNER_VALIDATION`).
static inline int llmos_git_validate_owner(int enabled) {
  return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

/// Object ids that we write in a tree were just written or read by us: looking each up again costs a
/// file access an object (`GIT_OPT_ENABLE_STRICT_OBJECT_CREATION`).
static inline int llmos_git_strict_objects(int enabled) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, enabled);
}

/// How many bytes of commits and trees are kept in memory after they were read, in all (`GIT_OPT_SET_CACHE_MAX_SIZE`).
static inline int llmos_git_limit_cache(ptrdiff_t bytes) {
  return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, bytes);
}

/// Lets a repository's commit-graph file be unread (`git_odb_set_commit_graph`).
static inline int llmos_git_forget_commit_graph(git_repository *repository) {
#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 2
  git_odb *odb;
  int status = git_repository_odb(&odb, repository);
  if (status < 0) return status;
  status = git_odb_set_commit_graph(odb, NULL);
  git_odb_free(odb);
  return status;
#else
  return 0;
#endif
}

#endif
