/* Stand-ins for libgit2's network transports.
 *
 * We never open a connection in-process: git does that. In a static link these definitions come
 * ahead of libgit2.a, so that its HTTP, TLS and SSH objects (and what those pull in) stay out of the
 * program, and with them 6 ms of start-up in which the system's CA bundle would be parsed. In a
 * shared link nothing refers to them. The list is that of libgit2 1.5 to 1.9 (docs/compatibility.md):
 * scripts/build.sh tries the static link, runs the result, and otherwise takes the shared library and says so. */

#include <git2.h>
#include <git2/sys/transport.h>
#include <stdbool.h>

bool git_http__expect_continue = false;

int git_mbedtls__set_cert_location(const char *file, const char *path) {
  (void)file;
  (void)path;
  return -1;
}

int git_mbedtls_stream_global_init(void) { return 0; }

int git_openssl__set_cert_location(const char *file, const char *path) {
  (void)file;
  (void)path;
  return -1;
}

int git_openssl_stream_global_init(void) { return 0; }

int git_transport_ssh_global_init(void) { return 0; }

/* Its name from 1.8.4 on. */
int git_transport_ssh_libssh2_global_init(void) { return 0; }

int git_smart_subtransport_http(git_smart_subtransport **out, git_transport *owner, void *param) {
  (void)out;
  (void)owner;
  (void)param;
  return -1;
}

int git_smart_subtransport_ssh(git_smart_subtransport **out, git_transport *owner, void *param) {
  (void)out;
  (void)owner;
  (void)param;
  return -1;
}

int git_transport_ssh_with_paths(git_transport **out, git_remote *owner, void *payload) {
  (void)out;
  (void)owner;
  (void)payload;
  return -1;
}
