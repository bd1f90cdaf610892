/// Unpacks what zlib packed (RFC 1950, RFC 1951): git's loose objects, where libgit2 does not read them.
public struct Inflate {
  private let packed: [UInt8]
  private let limit: Int
  private var position = 2
  /// Bits of the byte at `position` that are used up.
  private var used: UInt8 = 0
  private var output: [UInt8] = []

  /// What was not packed by zlib, or is cut.
  private struct Malformed: Error {}

  private init(_ packed: [UInt8], limit: Int) { (self.packed, self.limit) = (packed, limit) }

  /// The bytes that were packed; nil where this is no such thing, or where they are more than `limit`.
  public static func bytes(in packed: [UInt8], limit: Int) -> [UInt8]? {
    // The method, the check of both bytes, and no dictionary.
    guard packed.count > 6, packed[0] & 15 == 8, (Int(packed[0]) << 8 | Int(packed[1])) % 31 == 0,
      packed[1] & 32 == 0
    else { return nil }
    var inflate = Inflate(packed, limit: limit)
    guard (try? inflate.blocks()) != nil else { return nil }
    var sums: (UInt32, UInt32) = (1, 0)
    for byte in inflate.output {
      sums.0 = (sums.0 + UInt32(byte)) % 65521
      sums.1 = (sums.1 + sums.0) % 65521
    }
    let sum = packed.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    return sum == sums.1 << 16 | sums.0 ? inflate.output : nil
  }

  private mutating func blocks() throws(Malformed) {
    var isLast = false
    while !isLast {
      isLast = try bits(1) == 1
      switch try bits(2) {
      case 0: try copy()
      case 1: try unpack(.fixed, .fixedDistances)
      case 2:
        let codes = try codes()
        try unpack(codes.0, codes.1)
      default: throw Malformed()
      }
    }
    if used > 0 { position += 1 }
    guard position == packed.count - 4 else { throw Malformed() }
  }

  /// The next bits, the lowest first.
  private mutating func bits(_ count: Int) throws(Malformed) -> Int {
    var value = 0
    for place in 0..<count {
      guard position < packed.count else { throw Malformed() }
      value |= Int(packed[position] >> used & 1) << place
      used += 1
      if used == 8 { (position, used) = (position + 1, 0) }
    }
    return value
  }

  private mutating func append(_ byte: UInt8) throws(Malformed) {
    guard output.count < limit else { throw Malformed() }
    output.append(byte)
  }

  /// A block that is stored as it is.
  private mutating func copy() throws(Malformed) {
    if used > 0 { (position, used) = (position + 1, 0) }
    let count = try bits(16)
    guard try bits(16) == ~count & 0xFFFF, position + count <= packed.count else { throw Malformed() }
    for byte in packed[position..<(position + count)] { try append(byte) }
    position += count
  }

  /// A Huffman code: how many symbols there are of each length, and the symbols by their codes.
  private struct Code {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    init(_ lengths: some Sequence<Int>) {
      for length in lengths { counts[length] += 1 }
      counts[0] = 0
      symbols = lengths.enumerated().filter { $0.element > 0 }
        .sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map(\.offset)
    }

    static let fixed = Code(
      [(8, 144), (9, 112), (7, 24), (8, 8)].flatMap { [Int](repeating: $0.0, count: $0.1) })
    static let fixedDistances = Code([Int](repeating: 5, count: 30))
  }

  private mutating func symbol(_ code: Code) throws(Malformed) -> Int {
    var (value, first, index) = (0, 0, 0)
    for length in 1...15 {
      value |= try bits(1)
      let count = code.counts[length]
      if value - count < first {
        guard index + value - first < code.symbols.count else { throw Malformed() }
        return code.symbols[index + value - first]
      }
      index += count
      first = (first + count) << 1
      value <<= 1
    }
    throw Malformed()
  }

  /// The two codes of a block that brings its own (RFC 1951, 3.2.7).
  private mutating func codes() throws(Malformed) -> (Code, Code) {
    let literals = try bits(5) + 257
    let distances = try bits(5) + 1
    var first = [Int](repeating: 0, count: 19)
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    for place in order.prefix(try bits(4) + 4) { first[place] = try bits(3) }
    let code = Code(first)
    var lengths: [Int] = []
    while lengths.count < literals + distances {
      let symbol = try symbol(code)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw Malformed() }
        lengths += [Int](repeating: last, count: try bits(2) + 3)
      case 17: lengths += [Int](repeating: 0, count: try bits(3) + 3)
      case 18: lengths += [Int](repeating: 0, count: try bits(7) + 11)
      default: lengths.append(symbol)
      }
    }
    guard lengths.count == literals + distances else { throw Malformed() }
    return (Code(lengths[..<literals]), Code(lengths[literals...]))
  }

  private mutating func unpack(_ literals: Code, _ distances: Code) throws(Malformed) {
    while true {
      let symbol = try symbol(literals)
      if symbol == 256 { return }
      if symbol < 256 {
        try append(UInt8(symbol))
        continue
      }
      guard symbol < 286 else { throw Malformed() }
      let length = try extended(symbol - 257, by: 4, from: 3)
      let place = try self.symbol(distances)
      guard place < 30 else { throw Malformed() }
      let distance = try extended(place, by: 2, from: 1)
      guard distance <= output.count else { throw Malformed() }
      for _ in 0..<length { try append(output[output.count - distance]) }
    }
  }

  /// A length or a distance: every `step` of them the following ones have a bit more behind them (RFC 1951, 3.2.5).
  private mutating func extended(_ code: Int, by step: Int, from least: Int) throws(Malformed) -> Int {
    // The longest length has a code of its own.
    if step == 4, code == 28 { return 258 }
    guard code >= 2 * step else { return least + code }
    let count = code / step - 1
    return least + (step + code % step) << count + (try bits(count))
  }
}
