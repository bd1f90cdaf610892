import Core

/// A commit message as bytes: what git keeps of it, and the trailers that are ours.
enum MessageText {
  /// The message with trailers behind it, for the plain case that needs no child: no comments, and
  /// nothing in the last paragraph that git could take for a trailer. A test compares the result with
  /// git's own.
  ///
  /// - Returns: nil where git itself must do it (git-interpret-trailers(1)).
  static func appended(_ trailers: String, to bytes: [UInt8], comment: UInt8?) -> [UInt8]? {
    let newline = UInt8(ascii: "\n")
    var message = bytes
    while message.last == newline { message.removeLast() }
    let lines = message.split(separator: newline, omittingEmptySubsequences: false)
    let last = lines.lastIndex { $0.isEmpty }.map { lines[$0...] } ?? []
    guard !lines.contains(where: { comment != nil && $0.first == comment }), !message.contains(0x0D),
      !last.contains(where: { $0.contains(UInt8(ascii: ":")) || $0.first == UInt8(ascii: "(") })
    else { return nil }
    return message + [newline, newline] + Array(trailers.utf8)
  }

  /// The message without what we wrote: an amended message has it once, a squashed one many times. That is
  /// `Scenario:` and `Agent:` in two lines of the form that we write, or `Scenario:` alone with a place that is known.
  static func withoutOurs(_ bytes: [UInt8], knowing places: [Place], keepingLast: Bool) -> [UInt8] {
    let newline = UInt8(ascii: "\n")
    let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
    let known = places.map { Array("Scenario: \($0.scenario)/\($0.phase)".utf8) }
    var ours: [Range<Int>] = []
    for index in lines.indices {
      let scenario = words(lines[index], after: "Scenario: ", separator: UInt8(ascii: "/"))
      guard scenario == 2 else { continue }
      if index + 1 < lines.count, words(lines[index + 1], after: "Agent: ", separator: nil) == 1 {
        ours.append(index..<(index + 2))
      } else if known.contains(where: { lines[index].elementsEqual($0) }) {
        ours.append(index..<(index + 1))
      }
    }
    if keepingLast { ours = ours.dropLast() }
    guard !ours.isEmpty else { return bytes }
    let dropped = Set(ours.joined())
    return Array(
      lines.indices.filter { !dropped.contains($0) }.map { lines[$0] }.joined(separator: [newline]))
  }

  /// How many names stand behind the key; 0 when there is another key, or anything that is no name.
  private static func words(_ line: ArraySlice<UInt8>, after key: String, separator: UInt8?) -> Int {
    guard line.starts(with: key.utf8) else { return 0 }
    let names = line.dropFirst(key.utf8.count).split(omittingEmptySubsequences: false) { $0 == separator }
    return names.allSatisfy { !$0.isEmpty && !$0.contains(0x20) } ? names.count : 0
  }

  /// The lines that are no comments, up to the scissors line: what git will keep.
  static func kept(of bytes: [UInt8], comment: UInt8?) -> [ArraySlice<UInt8>] {
    let scissors = [comment ?? 0] + Array(" ------------------------ >8 ------------------------".utf8)
    return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .prefix { !$0.starts(with: scissors) }
      .filter { comment == nil || $0.first != comment }
  }

  /// The lines of these that are neither blank nor a sign-off.
  static func text(of bytes: [UInt8], comment: UInt8?) -> [ArraySlice<UInt8>] {
    let blank: Set<UInt8> = [0x20, 0x09, 0x0D]
    return kept(of: bytes, comment: comment).filter { line in
      !line.allSatisfy { blank.contains($0) } && !line.starts(with: "Signed-off-by: ".utf8)
    }
  }
}
