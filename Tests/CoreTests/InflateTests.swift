import Core
import Foundation
import Testing

/// What Python's zlib made of texts: stored, with the fixed code, with codes of its own.
@Suite struct InflateTests {
  private static let lines = (0..<60).map { "line \($0) of \($0 * 7919 % 1000)\n" }.joined()

  private static let packed: [(String, String)] = [
    ("eNoDAAAAAAE=", ""),
    ("eAEBFADr/2Jsb2IgMTIAaGVsbG8sIGhlbGxvQnkGlw==", "blob 12\0hello, hello"),
    ("eNpLyslPUjA0YshIzcnJ11EAUwBCeQaX", "blob 12\0hello, hello"),
    (
      "eNo10ktqBDEQg+H9nGKO4Hq5XAdKIDAk998FS+qdBQ3+cP+fn9+v93r/fb/X63PPds9jw+V3nThccVdXc+VduzdX3VVTXBvL"
        + "kqvvygiuc1eUc81d3qbbQbF5MNDYksbAcWkMnElxDJ6z5TGA+ghkEPWSyEDaLpLBVCmTAZVbKAcqjlAOlM/zRESZVA6VhVQO"
        + "VQnlQE0L5UCdEcqBOiaUA9UhlAO1S6gAqlqoACqPUAFUrufHARUuVADlKVVAZVuqoEqoAEqkAGlcpBh+KVKC1FukNAYiUjoL"
        + "ESmDiTwxJRsRKYuRiJSblciUzUqkSqjMpEqoQqgCakqoMlYiVDkrEapY+BKqmLg/ibPxFKo2KxGq+FBHqGLmS6hi526vf957"
        + "58w=",
      lines
    ),
  ]

  private func bytes(_ text: String) throws -> [UInt8] { [UInt8](try #require(Data(base64Encoded: text))) }

  @Test(arguments: packed) func whatWasPackedComesBack(packed: String, text: String) throws {
    let packed = try bytes(packed)
    #expect(Inflate.bytes(in: packed, limit: text.utf8.count) == Array(text.utf8))
    #expect(text.isEmpty || Inflate.bytes(in: packed, limit: text.utf8.count - 1) == nil)
  }

  @Test(arguments: packed) func whatIsDamagedIsNothing(packed: String, text: String) throws {
    let packed = try bytes(packed)
    for place in packed.indices {
      #expect(Inflate.bytes(in: Array(packed[..<place]), limit: 10_000) == nil)
      for bit in 0..<8 {
        var damaged = packed
        damaged[place] ^= 1 << bit
        // Up to the next whole byte some bits say nothing.
        let result = Inflate.bytes(in: damaged, limit: 10_000)
        #expect(result == nil || result == Array(text.utf8), "bit \(bit) of byte \(place)")
      }
    }
    #expect(Inflate.bytes(in: packed + [0], limit: 10_000) == nil)
  }
}
