import Core
import Git
import Ledger
import Platform

/// The hook that stood where ours stands now: in a directory beside that of the hooks, at the same depth and under its
/// own name, because hooks look at both (`$0`): husky's stubs go from there two directories up, others find their
/// repository or the scripts that they share. That directory also has links to the other files of the hooks directory.
public struct KeptHook {
  private let hook: String
  private let path: String
  /// Whether a manager that has moved ours aside runs us, before or behind its own.
  private let isAside: Bool

  /// The hook kept for `file`; nil when there is none that git would run. One that git would ignore, and say so, is told.
  init?(of file: String?) {
    guard let file else { return nil }
    hook = Self.plain(file)
    isAside = hook != file
    guard let found = Self.places(of: hook).first(where: { Files.isReachable($0) }) else { return nil }
    path = found
    // The manager was under us before, and was installed again: it runs by itself.
    if isAside, HookFile.areSame(path, hook) { return nil }
    guard Files.isExecutable(path) else {
      Self.tellIgnored(hook)
      return nil
    }
    Self.linkNeighbours(of: Files.directory(of: hook), in: Files.directory(of: path))
  }

  /// Links kept hooks to what lies beside the hooks by now: a library, a `pre-commit.d/` that was made today. Where
  /// links cannot be made, the hook runs all the same.
  ///
  /// - Parameters:
  ///   - hooks: where git looks for hooks, with a trailing slash.
  ///   - kept: where those that ours replace are kept, with a trailing slash.
  public static func linkNeighbours(of hooks: String, in kept: String) {
    let names = Files.names(in: hooks).filter { name in
      !HookNames.all.contains(name) && !name.hasPrefix(".") && !name.hasSuffix(".sample")
        && !Files.exists(kept + name)
    }
    guard !names.isEmpty else { return }
    // Where the hooks directory is a symlink, that of the kept ones lies beside what it leads to.
    let own = kept == oldDirectory(of: hooks) ? nil : Files.resolved(hooks).split(separator: "/").last
    for name in names { Files.symlink("../" + (own.map { $0 + "/" } ?? "") + name, kept + name) }
  }

  /// The path that a hook has as git knows it. A manager that moves our hook aside runs it under a longer one.
  static func plain(_ file: String) -> String {
    let bytes = file.utf8
    guard let last = bytes.split(separator: UInt8(ascii: "/")).last else { return file }
    return String(Substring(bytes.dropLast(last.count - HookNames.plain(String(Substring(last))).utf8.count)))
  }

  /// Where the hook that was at a path may lie, the likelier place first. Each has a slash in it: the hook is run by its
  /// path, not looked for on PATH. Each begins as the path does: hooks look at how `$0` is written.
  static func places(of hook: String) -> [String] {
    var parts = hook.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
      String(Substring($0))
    }
    let name = parts.removeLast()
    let below = (parts + [Layout.keptHooks, name]).joined(separator: "/")
    guard let last = parts.last, last != ".", last != "..", !last.isEmpty else { return [below] }
    return [parts.joined(separator: "/") + Layout.keptHooks + "/" + name, below]
  }

  /// The same two places as C has them, for a path whose directory has a name of its own.
  ///
  /// - Parameter body: is called with each, while it answers true.
  /// - Returns: whether it did for both; false for any other path.
  static func bothPlaces(
    of hook: UnsafeRawBufferPointer, satisfy body: (UnsafePointer<CChar>) -> Bool
  ) -> Bool {
    var slash = hook.count - 1
    while slash > 0, hook[slash] != UInt8(ascii: "/") { slash -= 1 }
    guard slash > 0, hook[slash - 1] != UInt8(ascii: "/"), hook[slash - 1] != UInt8(ascii: "."),
      let path = hook.baseAddress
    else { return false }
    let size = hook.count + 1 + Layout.keptHooks.utf8.count + 1
    return withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { room in
      guard let place = room.baseAddress else { return false }
      for isBelow in [false, true] {
        place.copyMemory(from: path, byteCount: slash)
        var end = slash
        if isBelow {
          room[end] = UInt8(ascii: "/")
          end += 1
        }
        for byte in Layout.keptHooks.utf8 {
          room[end] = byte
          end += 1
        }
        (place + end).copyMemory(from: path + slash, byteCount: hook.count - slash)
        room[end + hook.count - slash] = 0
        guard body(place.assumingMemoryBound(to: CChar.self)) else { return false }
      }
      return true
    }
  }

  /// Whether a hook that git would run is kept for the one at a path.
  public static func isKept(for hook: String) -> Bool { places(of: hook).contains { Files.isExecutable($0) } }

  /// Where the hooks of a directory are kept, with a trailing slash.
  ///
  /// - Parameter hooks: where git looks for hooks, with a trailing slash.
  public static func directory(of hooks: String) -> String { hooks.withoutSlash + Layout.keptHooks + "/" }

  /// Where versions before this one kept them: among the hooks.
  public static func oldDirectory(of hooks: String) -> String { hooks + Layout.keptHooks + "/" }

  /// What git says of a hook that is not executable, where ours stands in its place (git-config(1),
  /// `advice.ignoredHook`).
  private static func tellIgnored(_ hook: String) {
    guard let repository = try? Repository.current(),
      (try? repository.configuration("advice.ignoredHook")) ?? nil != "false"
    else { return }
    System.write(
      "hint: The '\(hook)' hook was ignored because it's not set as executable.\n"
        + "hint: You can disable this warning with `git config advice.ignoredHook false`.\n", to: 2)
  }

  private static let chainVariable = Layout.keptHookVariable.text

  /// Becomes the kept hook: stdin, arguments and exit code are its own.
  func become(_ arguments: [String]) throws -> Int32 {
    guard let environment else { return 0 }
    Child.become([path] + arguments, environment: environment)
    return cannotRun()
  }

  /// Runs the kept hook to its end.
  ///
  /// - Parameter input: what was read on stdin, for it to read again; nil leaves it ours.
  func run(_ arguments: [String], input: [UInt8]? = nil) throws -> Int32 {
    guard let environment else { return 0 }
    return Child.runInherited([path] + arguments, environment: environment, input: input) ?? cannotRun()
  }

  /// What tells whoever goes on from here that this hook has run.
  var hasRun: [String: String?] { [Self.chainVariable: Files.resolved(path)] }

  /// What changes in the environment, or nil inside the kept hook itself: one that runs ours (pre-commit's `.legacy`) is
  /// not entered twice.
  private var environment: [String: String?]? {
    let identity = Files.resolved(path)
    if System.environment(Self.chainVariable) == identity { return nil }
    var changes: [String: String?] = [Self.chainVariable: identity, CalledHook.fileVariable: nil]
    // By this pre-commit and prek know that the hook which they moved aside runs them again, and refuse. Here that is an
    // earlier one of theirs, and the variable above keeps us from going in circles.
    if isAside {
      for name in System.environment.keys where name.hasSuffix("_RUNNING_LEGACY") {
        changes[name] = .some(nil)
      }
    }
    return changes
  }

  private func cannotRun() -> Int32 {
    let reason = System.reason
    // The file is there: what may be missing is the program that its first line names.
    let content = Files.content(Files.resolved(path), limit: 1 << 20) ?? []
    let line = content.prefix { $0 != 0x0A }
    let hint =
      !line.starts(with: "#!".utf8)
      ? ""
      : line.last == 0x0D
        ? "  its lines end in CR LF, and its first line names no program: give it LF (git config core.autocrlf)\n"
        : "  see the program that its first line names\n"
    System.write("llmos-hook: \(path) cannot be run: \(reason)\n\(hint)", to: 2)
    return 1
  }
}
