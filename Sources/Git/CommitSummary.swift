import Core

/// What a list shows of a commit.
public struct CommitSummary: Hashable, Sendable {
  /// The first paragraph of its message, on one line.
  public let subject: String
  /// The author's name.
  public let author: String
  /// When it was written: seconds since 1970.
  public let time: Int64
  /// When it was committed, which a rebase does anew: seconds since 1970.
  public let committed: Int64
}

extension CommitSummary {
  /// Of a commit's content (git-commit-tree(1); the first paragraph as `%s` of git-log(1) has it). By bytes: a history has
  /// a hundred thousand of them.
  init(_ content: UnsafeRawBufferPointer) {
    let (newline, space) = (UInt8(ascii: "\n"), UInt8(ascii: " "))
    var (author, time, committed) = ("", Int64(0), Int64(0))
    var rest = content[...]
    func takeLine() -> Slice<UnsafeRawBufferPointer> {
      let end = rest.firstIndex(of: newline) ?? rest.endIndex
      defer { rest = rest[min(end + 1, rest.endIndex)...] }
      return rest[..<end]
    }
    while !rest.isEmpty, case let line = takeLine(), !line.isEmpty {
      if line.starts(with: "author ".utf8) {
        (author, time) = Self.person(line.dropFirst(7))
      } else if line.starts(with: "committer ".utf8) {
        committed = Self.person(line.dropFirst(10)).time
      }
    }
    var subject: [UInt8] = []
    while !rest.isEmpty {
      let line = Self.trimmed(takeLine(), atStart: false)
      if line.isEmpty, subject.isEmpty { continue }
      if line.isEmpty { break }
      if !subject.isEmpty { subject.append(space) }
      subject += line
    }
    self.init(
      subject: String(decoding: subject, as: UTF8.self), author: author, time: time, committed: committed)
  }

  /// Who a header names, and when: `NAME <ADDRESS> SECONDS ZONE`.
  static func person<Bytes: BidirectionalCollection<UInt8>>(_ line: Bytes) -> (name: String, time: Int64)
  where Bytes.SubSequence: BidirectionalCollection<UInt8> {
    let name = trimmed(line.prefix { $0 != UInt8(ascii: "<") }, atStart: true)
    let words = line.suffix(40).split(separator: UInt8(ascii: " "))
    let time = words.suffix(2).first.flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
    return (String(decoding: name, as: UTF8.self), time)
  }

  /// Without white space at its end, as git shows it (isspace(3) in the C locale).
  private static func trimmed<Bytes: BidirectionalCollection<UInt8>>(
    _ text: Bytes, atStart: Bool
  ) -> Bytes.SubSequence {
    let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
    var text = text[...]
    while let last = text.last, isSpace(last) { text = text.dropLast() }
    return atStart ? text.drop(while: isSpace)[...] : text
  }
}

extension Repository {
  /// Reads what a list shows of a commit. Bytes that are no UTF-8 are replaced.
  public func summary(of id: ObjectID) throws(GitError) -> CommitSummary {
    try withContent(ofCommit: id) { CommitSummary($0) }
  }
}
