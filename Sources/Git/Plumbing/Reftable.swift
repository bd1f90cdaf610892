import Core
import Platform

/// References as git's reftable has them (gitformat-reftable(5)), read for the hot path: one look-up of a name costs no
/// child. What cannot be read so is asked of git.
struct ReftableStack {
  /// Where the tables lie, with a trailing slash.
  let directory: String

  /// What a name stands for.
  enum Value: Hashable {
    case object(ObjectID)
    /// Another reference's name.
    case symbolic(String)
  }

  /// What a table says of a name.
  enum Found {
    case value(Value)
    case deleted
    case nothing
  }

  /// A table that cannot be read as one.
  struct Unreadable: Error {}

  /// What a name stands for now; nil when there is no such reference.
  func value(of name: String) throws -> Value? {
    for _ in 0..<10 {
      guard let list = Files.read(directory + "tables.list", limit: 1 << 20).text else { throw Unreadable() }
      do {
        for table in list.split(separator: "\n").reversed() {
          switch try Reftable(directory + table).find(name) {
          case .value(let value): return value
          case .deleted: return nil
          case .nothing: continue
          }
        }
        return nil
      } catch {
        // Compacted meanwhile: its names stand in another table now.
        guard Files.read(directory + "tables.list", limit: 1 << 20).text != list else { throw error }
      }
    }
    throw Unreadable()
  }
}

/// One table: blocks of references, sorted by their names, and an index of the blocks where there are many.
struct Reftable: ~Copyable {
  private let file: OpenFile
  private let shape: Shape

  init(_ path: String) throws {
    guard let file = OpenFile(path) else { throw ReftableStack.Unreadable() }
    shape = try Shape(of: file)
    self.file = file
  }

  /// What header and footer say.
  private struct Shape {
    /// Bytes of an object's name.
    let width: Int
    let headerSize: Int
    /// To which the blocks are aligned; 0 where they are not.
    let blockSize: Int
    /// Where the blocks of references end.
    let end: Int
    /// Where the index of the blocks lies; 0 for none.
    let index: Int

    init(of file: borrowing OpenFile) throws {
      let size = Int(file.size)
      var header = Cursor(file.read(at: 0, count: 28))
      guard try header.bytes(4).elementsEqual("REFT".utf8) else { throw ReftableStack.Unreadable() }
      let version = try header.number(1)
      guard version == 1 || version == 2 else { throw ReftableStack.Unreadable() }
      blockSize = try header.number(3)
      _ = try header.bytes(16)
      width = try version == 2 && header.bytes(4).elementsEqual("s256".utf8) ? 32 : 20
      headerSize = version == 1 ? 24 : 28
      let footerSize = headerSize + 44
      guard size >= footerSize else { throw ReftableStack.Unreadable() }
      var footer = Cursor(file.read(at: Int64(size - footerSize), count: footerSize))
      _ = try footer.bytes(headerSize)
      index = try footer.number(8)
      let objects = try footer.number(8) >> 5
      _ = try footer.number(8)
      let logs = try footer.number(8)
      end = [index, objects, logs, size - footerSize].filter { $0 > 0 }.min() ?? 0
    }
  }

  /// What the table says of a name.
  func find(_ name: String) throws -> ReftableStack.Found {
    let key = name.rawBytes
    var place = shape.index
    while place > 0, var block = try block(at: place) {
      guard block.kind == UInt8(ascii: "i") else { return try block.find(key, shape.width) ?? .nothing }
      guard let next = try block.position(for: key) else { return .nothing }
      place = next
    }
    var offset = 0
    while offset < shape.end {
      guard var block = try block(at: offset), block.kind == UInt8(ascii: "r") else { break }
      if let found = try block.find(key, shape.width) { return found }
      offset += shape.blockSize > 0 ? shape.blockSize : block.size
    }
    return .nothing
  }

  /// The block of references, or of an index, at a place; nil behind the last one.
  private func block(at offset: Int) throws -> Block? {
    let before = offset == 0 ? shape.headerSize : 0
    var head = Cursor(file.read(at: Int64(offset + before), count: 4))
    // A block of logs says how long it is when it is unpacked.
    guard let kind = try? head.number(1), [UInt8(ascii: "r"), UInt8(ascii: "i")].contains(UInt8(kind)),
      let size = try? head.number(3), size > before + 4
    else { return nil }
    return try Block(kind: UInt8(kind), bytes: file.read(at: Int64(offset), count: size), from: before + 4)
  }

  /// Records, each with what it shares with the name before it.
  private struct Block {
    let kind: UInt8
    let size: Int
    private var rest: Cursor
    private var name: [UInt8] = []

    init(kind: UInt8, bytes: [UInt8], from start: Int) throws {
      (self.kind, size) = (kind, bytes.count)
      var tail = Cursor(Array(bytes.suffix(2)))
      let restarts = try tail.number(2)
      let records = bytes.count - 2 - 3 * restarts
      guard records >= start else { throw ReftableStack.Unreadable() }
      rest = Cursor(Array(bytes[start..<records]))
    }

    /// The next record's name and the three bits beside it; nil at the end.
    private mutating func next() throws -> (name: [UInt8], bits: Int)? {
      guard !rest.isAtEnd else { return nil }
      let shared = try rest.variable()
      let length = try rest.variable()
      guard shared <= name.count else { throw ReftableStack.Unreadable() }
      name = try Array(name.prefix(shared) + rest.bytes(length >> 3))
      return (name, length & 7)
    }

    /// Of an index block: where the block lies that has a name, if any has.
    mutating func position(for key: [UInt8]) throws -> Int? {
      while let record = try next() {
        let place = try rest.variable()
        if !record.name.lexicographicallyPrecedes(key) { return place }
      }
      return nil
    }

    /// What a block of references says of a name; nil when all its names come before it.
    mutating func find(_ key: [UInt8], _ width: Int) throws -> ReftableStack.Found? {
      while let record = try next() {
        _ = try rest.variable()
        let found: ReftableStack.Found
        switch record.bits {
        case 0: found = .deleted
        case 1, 2:
          guard let id = try rest.object(width) else { throw ReftableStack.Unreadable() }
          if record.bits == 2 { _ = try rest.bytes(width) }
          found = .value(.object(id))
        case 3: found = .value(.symbolic(String(raw: try rest.bytes(rest.variable()))))
        default: throw ReftableStack.Unreadable()
        }
        if record.name == key { return found }
        if key.lexicographicallyPrecedes(record.name) { return .nothing }
      }
      return nil
    }
  }

  /// Bytes that are read one thing after another.
  private struct Cursor {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func bytes(_ count: Int) throws -> ArraySlice<UInt8> {
      guard count >= 0, rest.count >= count else { throw ReftableStack.Unreadable() }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    /// A number of bytes, the highest first.
    mutating func number(_ count: Int) throws -> Int {
      try bytes(count).reduce(0) { $0 << 8 | Int($1) }
    }

    /// A number of as many bytes as it needs, as in a pack's deltas (gitformat-pack(5), "offset encoding").
    mutating func variable() throws -> Int {
      var byte = try number(1)
      var value = byte & 127
      while byte & 128 != 0 {
        byte = try number(1)
        guard value < 1 << 48 else { throw ReftableStack.Unreadable() }
        value = (value + 1) << 7 | byte & 127
      }
      return value
    }

    mutating func object(_ width: Int) throws -> ObjectID? {
      let bytes = try bytes(width)
      return bytes.withUnsafeBytes { ObjectID(bytes: $0) }
    }
  }
}
