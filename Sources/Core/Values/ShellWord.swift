/// A word as a POSIX shell reads it back (sh(1p), "Quoting"): as it is where it has nothing that a shell takes otherwise, else
/// in single quotes. Every command that is printed has its paths so.
public func shellWord(_ text: String) -> String {
  let isPlain = text.utf8.allSatisfy { byte in
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-./_:@%+=,".utf8.contains(byte)
      || byte > 0x7F
  }
  if isPlain, !text.isEmpty { return text }
  return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
