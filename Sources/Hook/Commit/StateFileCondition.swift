import Core
import Git
import Ledger
import Platform

extension Repository {
  /// Compares the state file in the worktree with a seal.
  public func fileCondition(_ seal: Seal) throws -> FileCondition {
    var file = Files.read(try worktree() + StatePath.name, limit: StatePath.limit)
    if case .missing = file, System.environment("GIT_WORK_TREE") != nil, linkedWorktree == nil {
      // filter-branch works in a scratch worktree of its own: the state stays where it is.
      file = Files.read(commonDirectory + "../" + StatePath.name, limit: StatePath.limit)
    }
    switch file {
    case .missing: return .missing
    case .unusable(let fact): return .unusable(fact)
    case .bytes(let bytes):
      let id = try self.id(ofBlob: bytes)
      if id == seal.state { return .sealed }
      if try sealed(id, before: seal) { return .older }
      // A checkout that ended its lines in another way (core.autocrlf) has edited nothing.
      if let plain = LineEnds.withoutReturns(bytes) {
        let id = try self.id(ofBlob: plain)
        if try id == seal.state || sealed(id, before: seal) { return .older }
      }
      guard !bytes.isEmpty else { return .unusable("it is empty") }
      guard String(validating: bytes, as: UTF8.self) != nil else { return .unusable("it is not UTF-8") }
      return .edited(try Self.firstDifference(bytes, blob(seal.state)))
    }
  }

  /// `line 3 says "phase: QA", sealed is "phase: BRIEF"`.
  static func firstDifference(_ found: [UInt8], _ sealed: [UInt8]) -> String {
    let newline = UInt8(ascii: "\n")
    let now = found.split(separator: newline, omittingEmptySubsequences: false)
    let then = sealed.split(separator: newline, omittingEmptySubsequences: false)
    let line = zip(now, then).enumerated().first { $1.0 != $1.1 }?.offset ?? min(now.count, then.count)
    let quoted = { (lines: [ArraySlice<UInt8>]) -> String in
      // The last of the lines is what stands behind the last line feed.
      guard line < lines.count - 1 || line < lines.count && !lines[line].isEmpty else { return "nothing" }
      let text = String(decoding: lines[line], as: UTF8.self).unicodeScalars
      let shown = text.filter { ContextValue.isUsable(String($0)) }.prefix(60)
      return "\"" + String(String.UnicodeScalarView(shown)) + "\""
    }
    return "line \(String(line + 1)) says \(quoted(now)), sealed is \(quoted(then))"
  }

  /// Puts back a state file that is missing (`git clean -x`, `git stash -a`, `rm`): nothing is lost by that, since the
  /// ledger has it. In the middle of a merge or rebase the file belongs to git, and in a rollback to that.
  ///
  /// - Returns: what people should know, in a line; nil where nothing was done.
  public func putBackMissingStateFile(_ seal: Seal) throws -> String? {
    guard try fileCondition(seal) == .missing, operationInProgress == nil, !isRollbackPending,
      try !isToAdopt(seal)
    else { return nil }
    do {
      try restoreStateFile(seal)
    } catch {
      return "\(StatePath.name) is missing and cannot be put back: \(Refusal(error).what)"
    }
    return "\(StatePath.name) was missing; put back"
  }

  /// Writes the sealed bytes into the worktree.
  public func restoreStateFile(_ seal: Seal) throws {
    try Files.replace(
      try worktree() + StatePath.name, with: blob(seal.state), scratch: gitDirectory, isShared: false)
  }
}
