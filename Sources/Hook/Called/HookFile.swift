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
