import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What `install` adds to `info/exclude` and `info/attributes`: lines between marks, by which `uninstall` finds
/// them again.
extension Install {
  /// Keeps paths of the worktree out of `git status`.
  mutating func exclude(_ lines: [String]) throws {
    try block(lines, in: "info/exclude")
  }

  /// Adds lines to one of git's files, between marks by which they are found again. A symlink is followed, and
  /// the file keeps its mode.
  mutating func block(_ lines: [String], in name: String) throws {
    let path = Files.resolved(common + name)
    let isThere = Files.exists(path)
    guard var bytes = isThere ? Files.content(path, limit: 16 << 20) : [] else {
      throw Refusal(.io, "cannot read \(path)", remedy: "fix it, then llmos-hook install")
    }
    let newline = UInt8(ascii: "\n")
    let present = Swift.Set(bytes.split(separator: newline).map(Array.init))
    let missing = lines.filter { !present.contains($0.rawBytes) }
    guard !missing.isEmpty else { return }
    if !isThere {
      try makeDirectories(Files.directory(of: path))
      manifest.add("created", name)
      try manifest.write()
    }
    let isJoined = bytes.last.map { $0 != newline } ?? false
    let text = [isJoined ? "\n" + Self.joinedMark : Self.mark] + missing + [Self.endMark]
    bytes += (text.joined(separator: "\n") + "\n").rawBytes
    try Files.replace(path, with: bytes, scratch: common, mode: Files.mode(path) ?? 0o644)
  }

  private static let mark = "# llmos-hook put this in:"
  private static let joinedMark = "# llmos-hook put this in, after a line without an end:"
  private static let endMark = "# llmos-hook: end"

  /// One of git's files without our lines.
  static func withoutBlocks(_ bytes: [UInt8]) -> [UInt8] {
    let newline = UInt8(ascii: "\n")
    var kept: [ArraySlice<UInt8>] = []
    var isInside = false
    var endsOpen = false
    for line in bytes.split(separator: newline, omittingEmptySubsequences: false) {
      if line.elementsEqual(mark.utf8) || line.elementsEqual(joinedMark.utf8) {
        isInside = true
        endsOpen = endsOpen || line.elementsEqual(joinedMark.utf8)
      } else if isInside {
        isInside = !line.elementsEqual(endMark.utf8)
      } else {
        kept.append(line)
      }
    }
    if endsOpen, kept.last?.isEmpty == true { kept.removeLast() }
    return Array(kept.joined(separator: [newline]))
  }
}
