import Core
import Git
import Ledger
import Platform

/// The hook that stood where ours stands now: in a directory beside ours, under its own name, because
/// hooks look at both (`$0`). That directory also has links to the other files of the hooks directory.
public struct KeptHook {
  /// Where kept hooks lie, below the hooks directory.
  public static let directory = Layout.keptHooks

  private let hook: String
  private let path: String

  /// The hook kept for `file`; nil when there is none that git would run.
  init?(of file: String?) {
    guard let file else { return nil }
    (hook, path) = Self.paths(of: file)
    guard Files.isExecutable(path) else { return nil }
  }

  /// The path that a kept hook had, and the one where it lies. It has a slash in it: the hook is run by its path,
  /// not looked for on PATH.
  static func paths(of file: String) -> (hook: String, kept: String) {
    let plain = file.hasSuffix(".legacy") ? String(file.dropLast(7)) : file
    var parts = plain.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    parts.insert(Self.directory, at: parts.count - 1)
    if parts.first != "" && parts.first != "." { parts.insert(".", at: 0) }
    return (plain, parts.joined(separator: "/"))
  }

  private static let chainVariable = Layout.keptHookVariable.text

  /// Becomes the kept hook: stdin, arguments and exit code are its own.
  func become(_ arguments: [String]) throws -> Int32 {
    guard let (command, environment) = entry(arguments) else { return 0 }
    Child.become(command, environment: environment)
    return cannotRun()
  }

  /// Runs the kept hook to its end.
  ///
  /// - Parameter input: what was read on stdin, for it to read again; nil leaves it ours.
  func run(_ arguments: [String], input: [UInt8]? = nil) throws -> Int32 {
    guard let (command, environment) = entry(arguments) else { return 0 }
    return Child.runInherited(command, environment: environment, input: input) ?? cannotRun()
  }

  /// What tells whoever goes on from here that this hook has run.
  var hasRun: [String: String?] { [Self.chainVariable: Files.resolved(path)] }

  /// The command and what changes in its environment, or nil inside the kept hook itself: one that runs ours
  /// (pre-commit's `.legacy`) is not entered twice.
  private func entry(_ arguments: [String]) -> (command: [String], environment: [String: String?])? {
    let identity = Files.resolved(path)
    if System.environment(Self.chainVariable) == identity { return nil }
    let environment: [String: String?] = [Self.chainVariable: identity, CalledHook.fileVariable: nil]
    guard isHuskys else { return ([path] + arguments, environment) }
    let script = "llmos_kept=$1; shift; . \"$llmos_kept\""
    return (["sh", "-c", script, hook, path] + arguments, environment)
  }

  private func cannotRun() -> Int32 {
    System.write("llmos-hook: \(path) cannot be run: \(System.reason)\n", to: 2)
    return 1
  }

  /// husky's stubs (`. "${0%/*}/h"`) go from `$0` two directories up to the user's hook, so that they must
  /// be read by a shell under the name that they had.
  private var isHuskys: Bool {
    guard case .bytes(let bytes) = Files.read(path, limit: 256) else { return false }
    return String(decoding: bytes, as: UTF8.self).contains("\"${0%/*}/h\"")
  }
}
