import CPlatform
import Glibc

/// Where programs are.
public enum Program {
  /// The file that PATH leads to for a name; nil when there is none. A directory of that name is none.
  public static func path(of name: String) -> String? {
    (System.environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
      .map { $0 + "/" + name }.first { Files.isExecutable($0) && Files.isRegular($0) }
  }

  /// The running executable's own file; where /proc is not mounted, by the name under which it was executed.
  public static var own: String? {
    Files.target(ofLink: "/proc/self/exe")
      ?? llmos_executed_file().flatMap { Files.real(String(cString: $0)) }
  }
}
