import Platform

/// The files that `install` puts where git looks for hooks.
public enum HookFile {
  /// How the shell form begins (`hooks/pre-commit`).
  private static let shellForm = Array("#!/bin/sh\n# llmos-hook: this git hook asks the gate".utf8)
  /// What the launcher, an executable, says when the gate is gone (`launcher.c`).
  private static let launcherMessage = Array(
    "llmos-hook: refused: the gate of this repository is gone".utf8)
  private static let executable: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]

  /// Whether a file is a hook of ours, of this or of an earlier version: by what it is, so that a hook which only
  /// mentions us is none.
  public static func isOurs(_ path: String) -> Bool {
    guard let content = Files.content(path, limit: 1 << 16) else { return false }
    return content.starts(with: shellForm)
      || content.starts(with: executable) && content.contains(launcherMessage)
  }

  /// What somebody has written behind a hook of ours, where it never runs (a tool that adds its line to the hook that it
  /// finds): nothing where that is only white space, or the hook is none of ours.
  public static func linesBehind(_ path: String) -> [UInt8] {
    guard let content = Files.content(path, limit: 1 << 20), isOurs(path) else { return [] }
    let rest = content.dropFirst(content.starts(with: executable) ? size(of: content) : script(content))
    // Anything but text belongs to an executable of another build.
    return rest.contains(0) || rest.allSatisfy { $0 <= 0x20 } ? [] : Array(rest)
  }

  /// The bytes of an executable by its headers (elf(5), 64 bits, the lowest byte first).
  private static func size(of content: [UInt8]) -> Int {
    func number(_ place: Int, _ width: Int) -> Int {
      guard content.count >= place + width else { return 0 }
      return content[place..<place + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let (start, width) = (number(32, 4), number(54, 2))
    let segments = (0..<number(56, 2)).map {
      number(start + $0 * width + 8, 4) + number(start + $0 * width + 32, 4)
    }
    return max(segments.max() ?? 0, number(40, 4) + number(58, 2) * number(60, 2))
  }

  /// The bytes of the shell form, whose last line becomes the gate.
  private static func script(_ content: [UInt8]) -> Int {
    var size = 0
    for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      size += line.count + 1
      if line.contains("exec \"$gate\"".utf8) { return size }
    }
    return content.count
  }

  /// Whether two hooks are one manager's: the same text, but for two lines of a long one, since pre-commit and prek write
  /// the place of their own program and their options into it.
  public static func areSame(_ path: String, _ other: String) -> Bool {
    let texts = [path, other].map {
      Files.content(Files.resolved($0), limit: 1 << 20)?.split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }
    guard let first = texts[0], let second = texts[1], first.count == second.count else { return false }
    let differing = zip(first, second).count { $0 != $1 }
    return differing == 0 || differing <= 2 && first.count > 10
  }

  /// Hooks of ours that a manager of hooks has moved aside: under a longer name (`.legacy`, `.old`), or into a directory
  /// among the hooks (`old-hooks/`, `pre-commit.d/`). It may put them back one day.
  ///
  /// - Parameter hook: where the hook was.
  public static func aside(of hook: String) -> [String] {
    let directory = Files.directory(of: hook)
    let name = String(hook.dropFirst(directory.count))
    return Files.names(in: directory).flatMap { other in
      let path = directory + other
      guard other != name, HookNames.plain(other) == name else { return [path + "/" + name] }
      return [path] + Files.names(in: path).map { path + "/" + $0 }
    }.filter { path in
      // Over a link it would be another repository's.
      let places = [path, Files.directory(of: path).withoutSlash]
      return places.allSatisfy { Files.target(ofLink: $0) == nil } && isOurs(path)
    }
  }

  /// Whether a hook runs, as far as its text tells, what a manager has moved aside: it names how the other's name ends.
  ///
  /// - Parameter aside: a hook of ours, under a longer name in the same directory. In a directory of its own it does not
  ///   find the gate, and nobody is to run it there.
  public static func names(_ hook: String, _ aside: String) -> Bool {
    guard aside.hasPrefix(hook), let text = Files.content(Files.resolved(hook), limit: 1 << 20) else {
      return false
    }
    let ending = aside.dropFirst(hook.count)
    return !ending.contains("/") && text.contains(ending.utf8)
  }

  /// Whether git runs another hook of ours beside one that it has called.
  static func runs(_ name: String, beside hook: CalledHook) -> Bool {
    guard let file = hook.file, file.hasSuffix(hook.name) else { return false }
    let other = String(file.dropLast(hook.name.count)) + name
    return isOurs(other) && Files.isExecutable(other)
  }
}
