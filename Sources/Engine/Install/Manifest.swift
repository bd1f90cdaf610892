import Platform

/// What `install` added, so that `uninstall` removes exactly that: lines of kind, path and value,
/// separated by tabs.
struct Manifest: Sendable {
  struct Entry: Hashable, Sendable {
    let kind: String
    let path: String
    let value: String
  }

  private(set) var entries: [Entry] = []
  private let file: String

  /// Reads the file; without one there are no entries.
  init(read file: String) {
    self.file = file
    let text = Files.content(file, limit: 1 << 20).map { String(raw: $0) } ?? ""
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if parts.count == 3 { entries.append(Entry(kind: parts[0], path: parts[1], value: parts[2])) }
    }
  }

  /// Adds a line, once.
  mutating func add(_ kind: String, _ path: String, _ value: String = "") {
    let entry = Entry(kind: kind, path: path, value: value)
    if !entries.contains(entry) { entries.append(entry) }
  }

  /// Gives a path of a kind its one value.
  mutating func set(_ kind: String, _ path: String, _ value: String) {
    guard self.value(of: kind, path) != value else { return }
    entries.removeAll { $0.kind == kind && $0.path == path }
    add(kind, path, value)
  }

  /// The value of a path of a kind; nil where there is none.
  func value(of kind: String, _ path: String) -> String? {
    entries.first { $0.kind == kind && $0.path == path }?.value
  }

  func has(_ kind: String, _ path: String, _ value: String = "") -> Bool {
    entries.contains(Entry(kind: kind, path: path, value: value))
  }

  func values(of kind: String) -> [String] { entries.filter { $0.kind == kind }.map(\.path) }

  func write() throws {
    let text = entries.map { "\($0.kind)\t\($0.path)\t\($0.value)\n" }.joined()
    try Files.replace(file, with: text.rawBytes, scratch: Files.directory(of: file))
  }
}
