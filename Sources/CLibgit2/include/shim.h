#ifndef LLMOS_CLIBGIT2_SHIM_H
#define LLMOS_CLIBGIT2_SHIM_H

#include <git2.h>
#include <git2/sys/repository.h>
#include <stddef.h>

/* Whose a repository is, libgit2 asks since the versions that answered CVE-2022-24765 and CVE-2022-29187: 1.3.1, 1.4.3. */
#define LLMOS_GIT_IS_SINCE(minor, revision) \
  (LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR > (minor) || \
   (LIBGIT2_VER_MINOR == (minor) && LIBGIT2_VER_REVISION >= (revision)))
#define LLMOS_GIT_ASKS_FOR_OWNER \
  (LIBGIT2_VER_MINOR == 3 ? LLMOS_GIT_IS_SINCE(3, 1) : LLMOS_GIT_IS_SINCE(4, 3))

/// Whether libgit2 refuses a repository of another user by itself.
static inline int llmos_git_asks_for_owner(void) { return LLMOS_GIT_ASKS_FOR_OWNER; }

/* Swift imports no variadic functions: one inline wrapper for each option that is set. */

/// Lets repositories with extensions open that change nothing of what we read (`GIT_OPT_SET_EXTENSIONS`): sparse checkouts
/// bring the first, partial clones the second, `git worktree add --relative-paths` the fourth. The names are in lower case,
/// as libgit2 compares them, and are copied. The last one, where it is asked for, says where references lie: who asks knows
/// that they lie in files.
static inline int llmos_git_allow_extensions(int has_reference_files) {
#if LLMOS_GIT_IS_SINCE(3, 0)
  const char *names[] = {"worktreeconfig",    "partialclone",        "preciousobjects",
                         "relativeworktrees", "submodulepathconfig", "refstorage"};
  return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, sizeof names / sizeof *names - (has_reference_files ? 0 : 1));
#else
  /* It opens none with an extension: git's plumbing is the way. */
  (void)has_reference_files;
  return 0;
#endif
}

/// Whether a repository of another user is refused (`GIT_OPT_SET_OWNER_VALIDATION`).
static inline int llmos_git_validate_owner(int enabled) {
#if LLMOS_GIT_ASKS_FOR_OWNER
  return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
#else
  (void)enabled;
  return 0;
#endif
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

/// The bytes of an object's name: 20 of SHA-1, 32 of SHA-256. Only a libgit2 that knows both says so in the name itself.
static inline int llmos_git_oid_width(const git_oid *oid) {
#ifdef GIT_OID_SHA256_SIZE
  return oid->type == GIT_OID_SHA256 ? GIT_OID_SHA256_SIZE : GIT_OID_SHA1_SIZE;
#else
  (void)oid;
  return GIT_OID_RAWSZ;
#endif
}

/// Says of how many bytes an object's name is.
static inline void llmos_git_set_oid_width(git_oid *oid, int width) {
#ifdef GIT_OID_SHA256_SIZE
  oid->type = width == GIT_OID_SHA256_SIZE ? GIT_OID_SHA256 : GIT_OID_SHA1;
#else
  (void)oid;
  (void)width;
#endif
}

/// The bytes of the names of a repository's objects.
static inline int llmos_git_repository_width(git_repository *repository) {
#ifdef GIT_OID_SHA256_SIZE
  return git_repository_oid_type(repository) == GIT_OID_SHA256 ? GIT_OID_SHA256_SIZE : GIT_OID_SHA1_SIZE;
#else
  (void)repository;
  return GIT_OID_RAWSZ;
#endif
}

/// Lets a repository's commit-graph file be unread (`git_odb_set_commit_graph`).
static inline int llmos_git_forget_commit_graph(git_repository *repository) {
#if LLMOS_GIT_IS_SINCE(2, 0)
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
