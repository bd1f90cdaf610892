/// The nearest of some words, when it is near enough to have been meant: a part of it that was written, or nearly it.
public func suggestion(_ word: String, _ words: [String]) -> String? {
  let plain = { (text: String) in text.uppercased().split(separator: "-").joined(separator: "_") }
  let meant = plain(word)
  let plainWords = words.map(plain)
  if meant.count >= 3 {
    if let index = plainWords.firstIndex(where: { $0.hasPrefix(meant) }) { return words[index] }
    if let index = plainWords.firstIndex(where: { contains(meant, in: $0) }) { return words[index] }
  }
  let distances = zip(words, plainWords).map { (word: $0, distance: editDistance(meant, $1)) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(2, word.count / 3) ? best.word : nil
}

private func contains(_ part: String, in text: String) -> Bool {
  let (part, text) = (Array(part.utf8), Array(text.utf8))
  guard part.count <= text.count else { return false }
  return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
}

/// The one of some words that a word nearly is, as far as a slip of the fingers goes.
public func misspelled(_ word: String, _ words: [String]) -> String? {
  guard word.count >= 3, !words.contains(word) else { return nil }
  return words.first { editDistance(word, $0) <= max(1, word.count / 6) }
}

/// Letters put in, left out, replaced or swapped with the next.
private func editDistance(_ left: String, _ right: String) -> Int {
  let a = Array(left.unicodeScalars.prefix(100))
  let b = Array(right.unicodeScalars.prefix(100))
  var (before, row) = ([Int](), Array(0...b.count))
  for i in a.indices {
    var next = [i + 1]
    for j in b.indices {
      var distance = min(row[j + 1] + 1, next[j] + 1, row[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, before[j - 1] + 1) }
      next.append(distance)
    }
    (before, row) = (row, next)
  }
  return row[b.count]
}

extension Refusal {
  /// A name that does not exist: with those that do, and the command with the nearest.
  ///
  /// - Parameters:
  ///   - kind: `scenario`; its plural ends in an s.
  ///   - command: the command line with a name that exists.
  public static func unknown(
    _ kind: String, _ name: String, among names: [String], command: (String) -> String
  ) -> Refusal {
    Refusal(
      .usage, "unknown \(kind): \(name)", why: "\(kind)s: " + names.joined(separator: ", "),
      remedy: suggestion(name, names).map(command))
  }
}
