import Glibc
import Synchronization

/// Ctrl-C and requests to end (`SIGINT`, `SIGTERM`, `SIGHUP`), for a command that must put something back or end
/// its children first.
public enum Interrupts {
  private static let flag = Atomic<Bool>(false)

  /// Whether one has come since they are watched.
  public static var hasCome: Bool { flag.load(ordering: .relaxed) }

  /// From here on such a signal no longer ends this process; it is remembered.
  public static func watch() {
    flag.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in Interrupts.flag.store(true, ordering: .relaxed) }
    }
  }

  /// Takes back what a parent may have handed on: where `SIGCHLD` is ignored, the system forgets how children ended
  /// (waitpid(2)).
  public static func restoreChildSignal() { signal(SIGCHLD, SIG_DFL) }
}
