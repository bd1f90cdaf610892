import Shell

/// The options of a command line, in the ways of getopt(3).
struct CommandOptions {
  let words: [Word]
  let texts: [String]

  init(_ words: [Word]) {
    self.words = words
    texts = words.map(\.text)
  }

  /// The words that are no options.
  var operands: [Word] { operands(valued: "") }

  /// The same, where some short options take the next word, and so do these long ones.
  func operands(valued: String, long: [String] = []) -> [Word] {
    var result: [Word] = []
    var index = 0
    var ended = false
    while index < words.count {
      let text = texts[index]
      if ended || !text.hasPrefix("-") || text == "-" {
        result.append(words[index])
      } else if text == "--" {
        ended = true
      } else if long.contains(text)
        || (!text.hasPrefix("--") && text.last.map { valued.contains($0) } == true)
      {
        index += 1
      }
      index += 1
    }
    return result
  }

  /// Whether an option stands there: a letter among short ones, or a long one.
  func has(_ letter: Character, _ long: String) -> Bool {
    texts.prefix { $0 != "--" }.contains { text in
      text == long || text.hasPrefix(long + "=")
        || (text.hasPrefix("-") && !text.hasPrefix("--") && text.dropFirst().contains(letter))
    }
  }

  func hasPrefix(_ prefix: String) -> Bool { texts.contains { $0.hasPrefix(prefix) } }

  /// perl's and ruby's `-i`, `-pi`, `-i.bak`, `-pi.bak`: letters that take no value stand before it.
  var hasInPlace: Bool {
    texts.contains { text in
      guard text.hasPrefix("-"), !text.hasPrefix("--") else { return false }
      return text.dropFirst().prefix { $0 != "e" && $0 != "E" && $0 != "M" && $0 != "I" }.contains("i")
    }
  }

  /// The values of an option: the next word, or what stands behind it in its own. A letter may be the last of several.
  func values(of option: String) -> [Word] {
    let isLetter = option.utf8.count == 2
    var found: [Word] = []
    for (index, text) in texts.enumerated() {
      if text == "--" { break }
      let isLast = isLetter && text.hasPrefix("-") && !text.hasPrefix("--") && text.last == option.last
      if text == option || isLast {
        if index + 1 < words.count { found.append(words[index + 1]) }
      } else if let value = words[index].dropping(option + "=") {
        found.append(value)
      } else if isLetter, let value = words[index].dropping(option) {
        found.append(value)
      }
    }
    return found
  }

  /// The value of an option: behind its letter, behind `=`, or the next word.
  ///
  /// - Parameter flags: short options without a value, which may stand before the letter in one word.
  func value(_ letter: Character, _ long: String, behind flags: String = "") -> Word? {
    for (index, text) in texts.enumerated() {
      if text == "--" { return nil }
      if text.hasPrefix("-"), !text.hasPrefix("--"), let at = text.firstIndex(of: letter),
        text.index(after: at) < text.endIndex, text[..<at].dropFirst().allSatisfy({ flags.contains($0) })
      {
        return words[index].dropping(String(text[...at]))
      }
      if text == long || (text.hasPrefix("-") && !text.hasPrefix("--") && text.last == letter) {
        return index + 1 < words.count ? words[index + 1] : nil
      }
      if text.hasPrefix(long + "=") { return words[index].dropping(long + "=") }
      if text.hasPrefix("-\(letter)"), text.count > 2 { return words[index].dropping("-\(letter)") }
    }
    return nil
  }
}
