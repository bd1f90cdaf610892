import Core
import Git
import Glibc
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Files as `install` handles them: by inode, by content, and never half-written.
enum Files {
  /// Whether something, a dangling symlink included, is at a path.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether a path leads, over symlinks too, to a regular file.
  static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The bytes of a regular file; nil for anything else.
  static func content(_ path: String, limit: Int) -> [UInt8]? {
    if case .bytes(let bytes) = System.read(path, limit: limit) { bytes } else { nil }
  }

  /// A file's blob id as text; empty when it cannot be read.
  static func digest(_ path: String) -> String {
    content(path, limit: 1 << 20).flatMap { try? Repository.blobID(of: $0).description } ?? ""
  }

  /// Where a symlink leads; nil when the path is none.
  static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  /// A path without symlinks and `..`; the path itself when nothing is there.
  static func resolved(_ path: String) -> String {
    guard let found = realpath(path, nil) else { return path }
    defer { free(found) }
    return String(cString: found)
  }

  /// Gives a hook that stays in place a second name one directory further down, under which it outlives
  /// its replacement. A relative symlink is written anew, so that it leads to the same file.
  static func keep(_ path: String, as name: String) throws {
    unlink(name)
    if let target = target(ofLink: path), !target.hasPrefix("/") {
      guard symlink("../" + target, name) == 0 else { throw failure("keep", path) }
    } else {
      guard linkat(AT_FDCWD, path, AT_FDCWD, name, 0) == 0 || rename(path, name) == 0 else {
        throw failure("keep", path)
      }
    }
  }

  /// Whether a second name of a hook that is still in its place is what `keep` made.
  static func isKept(_ path: String, as name: String) -> Bool {
    if let target = target(ofLink: path), !target.hasPrefix("/") {
      return Files.target(ofLink: name) == "../" + target
    }
    return Inode(path) != nil && Inode(path) == Inode(name)
  }

  /// Puts a hook that `keep` kept back.
  static func putBack(_ name: String, as path: String) throws {
    if let target = target(ofLink: name), target.hasPrefix("../") {
      let temporary = path + ".llmos-new"
      unlink(temporary)
      guard symlink(String(target.dropFirst(3)), temporary) == 0, rename(temporary, path) == 0 else {
        throw failure("put back", path)
      }
      unlink(name)
    } else if rename(name, path) != 0 {
      throw failure("put back", path)
    }
  }

  /// The permission bits of a file; nil when nothing is there.
  static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  /// Makes a directory and its parents.
  static func makeDirectories(_ path: String) throws {
    guard !path.isEmpty, !exists(path) else { return }
    try makeDirectories(path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 })
    try System.makeDirectory(path)
  }

  static func directory(of path: String) -> String {
    path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/"
  }

  /// What the system said of the last call.
  static func failure(_ verb: String, _ path: String) -> Refusal {
    Refusal(.cannotCreate, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }
}

/// What `install` put in, so that `uninstall` takes out exactly that: lines of kind, path and value,
/// separated by tabs.
struct Manifest: Sendable {
  struct Entry: Hashable, Sendable {
    let kind: String
    let path: String
    let value: String
  }

  private(set) var entries: [Entry] = []
  private let file: String

  init(read file: String) {
    self.file = file
    let text = Files.content(file, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) } ?? ""
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

  func has(_ kind: String, _ path: String, _ value: String = "") -> Bool {
    entries.contains(Entry(kind: kind, path: path, value: value))
  }

  func values(of kind: String) -> [String] { entries.filter { $0.kind == kind }.map(\.path) }

  func write() throws {
    let text = entries.map { "\($0.kind)\t\($0.path)\t\($0.value)\n" }.joined()
    try System.replace(file, with: Array(text.utf8), scratch: Files.directory(of: file))
  }
}
