import Core
import Git
import Ledger
import Platform
import Verify

/// Which ledgers of a server name which commits, so that a push is judged by those that can say something of it, and not
/// by reading all of them: `$GIT_DIR/llmos/named`.
///
/// It holds for a ledger as long as that stands where it stood when it was read; what has moved since is read. It is
/// made of the ledgers alone, and can be deleted.
struct NamedCommits {
  /// One ledger as it was read.
  private struct Source {
    let tip: Repository.Tip
    /// When its owner first signed an entry; nil when that never was.
    let keysAt: String?
    /// Whether any entry is signed.
    let isSigned: Bool
    /// The version of the signers that it seals, 0 for none.
    let signers: Int
  }

  private static let form = "llmos-named 1"
  /// How many ledgers may have moved before they are read into the file.
  private static let patience = 8

  private var sources: [Source] = []
  /// Ledgers that the file does not tell of as they stand.
  private var moved: Set<[UInt8]> = []
  private let path: String
  /// Where the rows begin in the file, and how long each is, in bytes.
  private var start: Int64 = 0
  private var width: Int64 = 1

  /// Opens the file, and brings it up to date when many ledgers have moved.
  init(_ repository: borrowing Repository, _ ledgers: [Repository.Tip]) throws {
    path = repository.gitDirectory + Layout.named.path
    var read = Self.header(path)
    moved = Self.moved(read?.sources ?? [], ledgers)
    if moved.count > Self.patience {
      try Self.write(path, ledgers, read, repository)
      read = Self.header(path)
      moved = Self.moved(read?.sources ?? [], ledgers)
    }
    (sources, start, width) = read ?? ([], 0, 1)
  }

  /// The ledgers that decide about these commits: that name one, have moved, or say whose keys count.
  func ledgers(naming commits: some Sequence<ObjectID>) -> Set<[UInt8]> {
    var found = moved
    if let file = OpenFile(path) {
      for commit in commits {
        for number in rows(of: commit, file) { found.insert(sources[number].tip.name.rawBytes) }
      }
    }
    let firstKeys = sources.filter { $0.keysAt != nil }.min {
      ($0.keysAt ?? "", $0.tip.name) < ($1.keysAt ?? "", $1.tip.name)
    }
    let newest = sources.filter { $0.signers > 0 }.max {
      ($0.signers, $0.tip.name) < ($1.signers, $1.tip.name)
    }
    let signed = sources.first(where: \.isSigned)
    for source in [firstKeys, newest, signed] { if let source { found.insert(source.tip.name.rawBytes) } }
    return found
  }

  /// The numbers of the ledgers that name a commit: rows are sorted.
  private func rows(of commit: ObjectID, _ file: borrowing OpenFile) -> [Int] {
    let wanted = Array(commit.description.utf8)
    var (low, high) = (Int64(0), (file.size - start) / width)
    while low < high {
      let middle = (low + high) / 2
      if read(middle, file).prefix(wanted.count).lexicographicallyPrecedes(wanted) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    var found: [Int] = []
    while case let one = read(low, file), one.count == Int(width), one.starts(with: wanted) {
      if let number = Self.number(one), sources.indices.contains(number) { found.append(number) }
      low += 1
    }
    return found
  }

  private func read(_ row: Int64, _ file: borrowing OpenFile) -> [UInt8] {
    file.read(at: start + row * width, count: Int(width))
  }

  private static func moved(_ sources: [Source], _ ledgers: [Repository.Tip]) -> Set<[UInt8]> {
    let known = Set(sources.map(\.tip))
    return Set(ledgers.lazy.filter { !known.contains($0) }.map(\.name.rawBytes))
  }

  // MARK: The file

  /// `ID NUMBER`, both of a fixed width, and a newline.
  private static func row(_ id: ObjectID, _ number: Int) -> String {
    let digits = String(number)
    return "\(id) \(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)\n"
  }

  private static func number(_ row: [UInt8]) -> Int? {
    Int(String(decoding: row.dropLast().suffix(8), as: UTF8.self))
  }

  private static func header(_ path: String) -> (sources: [Source], start: Int64, width: Int64)? {
    guard let file = OpenFile(path) else { return nil }
    // A line of the table has less than 1,000 bytes: a name and a time.
    let first = file.read(at: 0, count: 100).prefix { $0 != 0x0A }
    let words = String(decoding: first, as: UTF8.self).split(separator: " ")
    guard words.count == 4, words[..<2].joined(separator: " ") == form, let size = Int(words[2]),
      let width = Int64(words[3]), size >= 0, size < 1 << 28, width > 10
    else { return nil }
    let start = Int64(first.count + 1)
    let lines = file.read(at: start, count: size).split(separator: 0x0A)
    // By bytes: a server has thousands of them.
    let sources = lines.compactMap { line -> Source? in
      let words = line.split(separator: UInt8(ascii: " "), maxSplits: 4)
      guard words.count == 5, let tip = ObjectID(hex: String(decoding: words[0], as: UTF8.self)),
        let signers = Int(String(decoding: words[3], as: UTF8.self))
      else { return nil }
      let keysAt = String(decoding: words[1], as: UTF8.self)
      return Source(
        tip: Repository.Tip(name: String(decoding: words[4], as: UTF8.self), id: tip),
        keysAt: keysAt == "-" ? nil : keysAt, isSigned: words[2].elementsEqual("yes".utf8), signers: signers)
    }
    guard sources.count == lines.count else { return nil }
    return (sources, start + Int64(size), width)
  }

  /// Reads the ledgers that have moved, and writes what all of them name.
  private static func write(
    _ path: String, _ ledgers: [Repository.Tip],
    _ read: (sources: [Source], start: Int64, width: Int64)?, _ repository: borrowing Repository
  ) throws {
    var known: [Repository.Tip: Int] = [:]
    for (number, source) in (read?.sources ?? []).enumerated() { known[source.tip] = number }
    var sources: [Source] = []
    var rows: [String] = []
    var renumbered: [Int: Int] = [:]
    var rules = SoundRules()
    for tip in ledgers {
      if let number = known[tip], let source = read?.sources[number] {
        renumbered[number] = sources.count
        sources.append(source)
        continue
      }
      // What stands on the server was looked at when it came.
      let reading = try LedgerReading(tip, trusting: tip.id, repository, &rules)
      let entries = reading.ledger.entries
      for id in Set(entries.flatMap(\.named)) { rows.append(row(id, sources.count)) }
      let owners = entries.first { $0.isSigned && $0.actor == .known(.owner) }
      sources.append(
        Source(
          tip: tip, keysAt: owners?.at, isSigned: entries.contains(where: \.isSigned),
          signers: reading.signers?.version ?? 0))
    }
    if let read, !renumbered.isEmpty, let old = OpenFile(path) {
      let bytes = old.read(at: read.start, count: Int(old.size - read.start))
      for line in bytes.split(separator: 0x0A) {
        let text = String(decoding: line, as: UTF8.self)
        guard let number = number(Array(line) + [0x0A]).flatMap({ renumbered[$0] }),
          let id = ObjectID(hex: String(text.prefix { $0 != " " }))
        else { continue }
        rows.append(row(id, number))
      }
    }
    rows.sort()
    let table = sources.map {
      "\($0.tip.id) \($0.keysAt ?? "-") \($0.isSigned ? "yes" : "no") \($0.signers) \($0.tip.name)\n"
    }.joined()
    let text = "\(form) \(table.utf8.count) \(rows.first?.utf8.count ?? 50)\n" + table + rows.joined()
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    try Files.replace(path, with: Array(text.utf8), scratch: repository.gitDirectory + Layout.directory)
  }
}
