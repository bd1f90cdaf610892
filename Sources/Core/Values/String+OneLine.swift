extension String {
  /// This text on one line, without characters that steer a terminal, a browser or the direction of writing: what comes from
  /// others' commits and ledgers reaches nobody otherwise.
  public var onOneLine: String {
    guard unicodeScalars.contains(where: \.isSteering) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { $0.isSteering ? " " : $0 }))
  }

  /// The same of each line.
  public var onItsLines: String {
    split(separator: "\n", omittingEmptySubsequences: false).map { String($0).onOneLine }.joined(
      separator: "\n")
  }
}

extension Unicode.Scalar {
  fileprivate var isSteering: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
      0xFFF9...0xFFFB, 0xFFFE, 0xFFFF, 0xE0000...0xE007F:
      true
    default: false
    }
  }
}
