import Core
import Glibc

extension Identity {
  /// Who called this process. A hook's stdin is never a terminal: there its stderr is looked at.
  public static func current() -> Identity {
    Identity(environment: System.environment, onTerminal: isatty(0) == 1 || isatty(2) == 1)
  }
}
