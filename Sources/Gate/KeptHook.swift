import Glibc

/// The hook that stood where ours stands now. It lies beside ours, under the same name with a suffix, so
/// that relative symlinks and paths in it stay right.
public struct KeptHook {
  /// What is put behind a kept hook's name.
  public static let suffix = ".llmos-kept"

  let hook: String
  let path: String

  /// The hook kept beside `file`; nil when there is none that git would run.
  init?(of file: String?) {
    guard let file else { return nil }
    let plain = file.hasSuffix(".legacy") ? String(file.dropLast(7)) : file
    (hook, path) = (plain, plain + Self.suffix)
    guard access(path, X_OK) == 0 else { return nil }
  }

  private static let chainVariable = "LLMOS_KEPT_HOOK"

  /// Becomes the kept hook: stdin, arguments and exit code are its own.
  ///
  /// A shell script is read by its interpreter under our hook's name, because scripts such as husky's
  /// find their way from `$0`; anything else is executed where it lies. A kept hook that itself runs
  /// ours (pre-commit's `.legacy`) is not entered twice.
  func run(_ arguments: [String]) throws -> Int32 {
    let place = realpath(path, nil)
    defer { free(place) }
    let identity = place.map { String(cString: $0) } ?? path
    if System.environment(Self.chainVariable) == identity { return 0 }
    setenv(Self.chainVariable, identity, 1)
    unsetenv(HookCall.fileVariable)
    if let shell = shell {
      Child.become(shell + ["-c", "llmos_kept=$1; shift; . \"$llmos_kept\"", hook, path] + arguments)
    } else {
      Child.become([path.hasPrefix("/") || path.hasPrefix("./") ? path : "./" + path] + arguments)
    }
    System.write(
      "llmos-hook: \(path) cannot be run: \(String(cString: strerror(errno)))\n", to: 2)
    return 1
  }

  /// The interpreter of a plain shell script, from its first line; nil for anything else.
  private var shell: [String]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 2, buffer[0] == UInt8(ascii: "#"), buffer[1] == UInt8(ascii: "!") else { return nil }
    let line = buffer[2..<count].prefix { $0 != UInt8(ascii: "\n") }
    let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    let name = { (word: String) in word.split(separator: "/").last.map(String.init) ?? "" }
    guard let last = words.last, ["sh", "bash", "dash"].contains(name(last)) else { return nil }
    guard words.count == 1 || (words.count == 2 && name(words[0]) == "env") else { return nil }
    return words
  }
}
