import Testing

@testable import Core

/// Text of the system's bytes is those bytes again.
@Suite struct RawTextTests {
  @Test(
    arguments: [
      [], Array("plain".utf8), Array("tést 日本 🙂".utf8), [0xE9], [0x63, 0x61, 0x66, 0xE9, 0x2E], [0xC3],
      [0xC3, 0x28],
      [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xED, 0xA0, 0x80], [0xF4, 0x8F, 0xBE, 0x80, 0xFF],
      Array((1...255).map { UInt8($0) }),
    ] as [[UInt8]])
  func comesBack(bytes: [UInt8]) {
    let text = String(raw: bytes)
    #expect(text.rawBytes == bytes)
    #expect(String(rawCString: (bytes + [0]).map { CChar(bitPattern: $0) }) == text)
    let again = text.withRawCString { String(rawCString: $0) }
    #expect(again == text)
    // As JSON it is text for everybody, and comes back too.
    let json = JSON.string(text).text
    #expect(json.utf8.allSatisfy { $0 != 0xF4 } || text.rawBytes == Array(text.utf8))
    #expect(JSON(reading: json.utf8)?.string == text)
  }

  @Test func everyByteAloneComesBack() {
    for byte in UInt8(1)...255 { #expect(String(raw: [byte]).rawBytes == [byte]) }
  }

  @Test func whatIsTextStaysAsItIs() { #expect(String(raw: Array("tést".utf8)) == "tést") }

  @Test(arguments: [
    ("a\r\nb\r\n", "a\nb\n"), ("a\r\n", "a\n"), ("\r\r\n", "\r\n"), ("a\rb\n", nil), ("a\n", nil), ("", nil),
  ])
  func linesEndInOneWay(text: String, plain: String?) {
    #expect(LineEnds.withoutReturns(Array(text.utf8)) == plain.map { Array($0.utf8) })
  }
}
