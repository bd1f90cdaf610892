import Core
import Git
import Glibc
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Where programs are.
public enum Program {
  /// The file that PATH leads to for a name; nil when there is none. A directory of that name is none.
  public static func path(of name: String) -> String? {
    (System.environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
      .map { $0 + "/" + name }.first { access($0, X_OK) == 0 && Files.isRegular($0) }
  }

  /// The running executable's own file.
  public static var own: String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }
}
