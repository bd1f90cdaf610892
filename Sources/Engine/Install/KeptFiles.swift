import Core
import Git
import Hook
import Platform

extension Files {
  /// A file's blob id as text; empty when it cannot be read.
  static func digest(_ path: String) -> String {
    content(path, limit: 1 << 20).flatMap { try? Repository.blobID(of: $0).description } ?? ""
  }
}

/// Hooks that ours replace, until `uninstall` puts them back.
struct KeptFiles {
  /// Where git looks for hooks, with a trailing slash.
  private let hooks: String
  /// Where those that ours replace are kept, with a trailing slash.
  private let kept: String

  init(of hooks: String, in kept: String) { (self.hooks, self.kept) = (hooks, kept) }

  // MARK: Keeping

  /// Keeps a hook under its own name, with symlinks to the files beside it. It stays in place until ours replaces it.
  ///
  /// - Returns: where the hook that was kept before is now, when it is another one; nil when there was none.
  @discardableResult
  func keep(_ name: String) throws -> String? {
    try makeDirectory()
    KeptHook.linkNeighbours(of: hooks, in: kept)
    var older: String?
    if has(name), !isStillInPlace(name), !HookFile.areSame(kept + name, hooks + name) {
      // Somebody has written over ours: what ours had replaced is the only one of its kind.
      let place = Self.free(kept + name)
      guard Files.rename(kept + name, place) else { throw failure(name) }
      older = place
    }
    Files.remove(kept + name)
    if let target = relativeTarget(hooks + name) {
      guard Files.symlink((isBelow ? "../" : "") + target, kept + name) else { throw failure(name) }
    } else if !Files.linkOrCopy(hooks + name, kept + name) {
      throw failure(name)
    }
    return older
  }

  /// Keeps lines that were written behind ours as a hook of their own.
  ///
  /// - Returns: where they are when another hook is kept there, so that they do not run; else nil.
  func keep(_ lines: [UInt8], as name: String) throws -> String? {
    try makeDirectory()
    KeptHook.linkNeighbours(of: hooks, in: kept)
    let script = Array("#!/bin/sh\n".utf8) + lines
    let place = has(name) ? Self.free(kept + name) : kept + name
    if Files.content(kept + name, limit: 1 << 20) != script {
      try Files.replace(place, with: script, scratch: kept, mode: 0o755)
    }
    return place == kept + name || !Files.exists(place) ? nil : place
  }

  /// A path beside another at which nothing is.
  private static func free(_ path: String) -> String {
    let names = (1...).lazy.map { $0 == 1 ? "\(path).kept" : "\(path).kept-\(String($0))" }
    return names.first { !Files.exists($0) } ?? path
  }

  /// Takes over what versions before this one have kept among the hooks.
  func takeOver() throws {
    let old = KeptHook.oldDirectory(of: hooks)
    guard !isBelow, Files.exists(old) else { return }
    let names = Files.names(in: old)
    for name in names where Files.target(ofLink: old + name) == "../" + name { Files.remove(old + name) }
    try makeDirectory()
    for name in Files.names(in: old) {
      let target = Files.target(ofLink: old + name)
      let isMoved =
        if let target, target.hasPrefix("../") {
          Files.symlink(String(target.dropFirst(3)), kept + name)
        } else {
          Files.rename(old + name, kept + name)
        }
      guard isMoved else { throw Files.failure("move", old + name) }
      Files.remove(old + name)
    }
    Files.removeDirectory(old)
  }

  /// Whether they lie among the hooks, not beside them.
  private var isBelow: Bool { kept == KeptHook.oldDirectory(of: hooks) }

  /// Where the hooks directory is a symlink, that of the kept ones is one too, so that both lead equally far up.
  private func makeDirectory() throws {
    if !isBelow, let target = Files.target(ofLink: hooks.withoutSlash) {
      let target = target.withoutSlash + Layout.keptHooks
      try Files.makeDirectories(target.hasPrefix("/") ? target : Files.directory(of: hooks) + target)
      Files.symlink(target, kept.withoutSlash)
    }
    try Files.makeDirectory(kept)
  }

  private func relativeTarget(_ path: String) -> String? {
    Files.target(ofLink: path).flatMap { $0.hasPrefix("/") ? nil : $0 }
  }

  private func failure(_ name: String) -> Refusal { Files.failure("keep", hooks + name) }

  // MARK: Putting back

  /// Whether a hook is kept.
  func has(_ name: String) -> Bool { Files.exists(kept + name) }

  /// Whether `keep` made this second name, and the hook is still in place.
  func isStillInPlace(_ name: String) -> Bool {
    if let target = relativeTarget(hooks + name) {
      return Files.target(ofLink: kept + name) == (isBelow ? "../" : "") + target
    }
    return Files.isSame(hooks + name, kept + name)
  }

  /// Forgets a kept hook.
  func forget(_ name: String) { Files.remove(kept + name) }

  /// Puts a kept hook back at a path.
  func putBack(_ name: String, as path: String) throws {
    if isBelow, let target = Files.target(ofLink: kept + name), target.hasPrefix("../") {
      let temporary = path + Layout.restoredHook
      Files.remove(temporary)
      guard Files.symlink(String(target.dropFirst(3)), temporary), Files.rename(temporary, path) else {
        throw Files.failure("restore", path)
      }
      Files.remove(kept + name)
    } else if !Files.rename(kept + name, path) {
      throw Files.failure("restore", path)
    }
  }

  /// Moves what is left beside the hooks, where no hook of ours is any more: a hook whose place somebody else has taken, and
  /// what kept hooks have written beside themselves.
  ///
  /// - Returns: the hooks' new paths.
  func bringBackRest() throws -> [String] {
    guard Files.isDirectory(hooks) else { return [] }
    var found: [String] = []
    for name in Files.names(in: kept) where !isNeighbour(name) {
      let place = Files.exists(hooks + name) ? Self.free(hooks + name) : hooks + name
      if HookNames.all.contains(HookNames.plain(name)) { found.append(place) }
      try putBack(name, as: place)
    }
    return found
  }

  /// Removes the directory when nothing is left in it but our symlinks to the hooks' neighbours.
  func removeDirectory() {
    let rest = Files.names(in: kept)
    guard rest.allSatisfy(isNeighbour) else { return }
    for name in rest { Files.remove(kept + name) }
    if let target = Files.target(ofLink: kept.withoutSlash) {
      Files.removeDirectory(
        target.hasPrefix("/") ? target : Files.directory(of: kept.withoutSlash) + target)
      Files.remove(kept.withoutSlash)
    }
    Files.removeDirectory(kept)
  }

  private func isNeighbour(_ name: String) -> Bool {
    guard !HookNames.all.contains(name), let target = Files.target(ofLink: kept + name) else { return false }
    return target.hasPrefix("../") && target.hasSuffix("/" + name)
  }
}
