import CZlib
import Core
import Platform

extension Repository {
  /// git's options with which what we do by it runs no hook: neither one in a directory, nor one of the configuration
  /// (git-config(1), `hook.<event>.enabled`, git 2.55 and newer).
  public static let optionsWithoutHooks = [
    "-c", "core.hooksPath=/dev/null", "-c", "hook.reference-transaction.enabled=false",
    "-c", "hook.post-index-change.enabled=false",
  ]
}

/// The second way behind this room's verbs: git's own plumbing, where the linked libgit2 does not open the repository's
/// form. All reads of objects of a call go through one `git cat-file`; names of references are read from git's own files
/// where their form is known.
final class Plumbing {
  let place: Discovery
  var width: Int { place.format.width }

  /// `git cat-file`, once something was asked.
  private var reader: Dialogue?
  /// Whether it is of a git before 2.36, which knows no commands.
  private var isPlain = false
  /// What was read already: trees and commits are looked at several times in a call.
  private var known: [ObjectID: (kind: String, content: [UInt8])] = [:]
  /// What git says of its whole configuration, once something was asked.
  private var settings: [String: String]?
  /// How the repository's own file was then: what we do sets values too.
  private var settingsStamp: FileStamp?
  /// References that keep a reflog, beside those that git keeps one for.
  var logged: Set<String> = []

  init(_ place: Discovery) { self.place = place }

  // MARK: git

  /// How git is called: with nothing that would show another history, and none of the hooks that ask us.
  private var git: [String] {
    [
      "git", "--git-dir=" + String(Substring(place.gitDirectory.utf8.dropLast())), "--no-replace-objects",
    ] + Repository.optionsWithoutHooks + [
      "-c", "core.commitGraph=false",
      "-c", "core.warnAmbiguousRefs=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
    ]
  }

  /// Runs git to its end.
  ///
  /// - Parameters:
  ///   - allowed: the exit codes that are answers.
  ///   - isLiteral: whether a path is a path, and no pattern (git(1), `GIT_LITERAL_PATHSPECS`).
  /// - Throws: `GitError` with git's own words.
  func run(
    _ arguments: [String], input: [UInt8] = [], allowed: Set<Int32> = [0], isLiteral: Bool = true,
    _ operation: @autoclosure () -> String
  ) throws(GitError) -> Child.Ending {
    var setup = Child.Setup()
    (setup.input, setup.errors) = (.bytes(input), .kept)
    setup.environment = Child.environmentOfPlainPaths
    setup.environment["LC_ALL"] = "C"
    setup.environment["GIT_LITERAL_PATHSPECS"] = .some(isLiteral ? "1" : nil)
    let ending: Child.Ending
    do {
      ending = try Child.run(git + arguments, setup)
    } catch {
      throw GitError(
        operation: operation(), code: error.code == .unavailable ? .noGit : .failed, message: error.what)
    }
    guard allowed.contains(ending.code) else { throw Self.error(operation(), ending.errors) }
    // What git cannot be asked is not what it has not got.
    if ending.code == 128, GitError.ofGitItself(ending.errors) != nil {
      throw Self.error(operation(), ending.errors)
    }
    return ending
  }

  /// Runs git and takes the lines that it prints.
  func lines(_ arguments: [String], input: [UInt8] = [], _ operation: @autoclosure () -> String)
    throws(GitError)
    -> [String]
  {
    try run(arguments, input: input, operation()).output.split(separator: UInt8(ascii: "\n")).map {
      String(raw: $0)
    }
  }

  /// Runs git and reads the object that it names.
  func object(_ arguments: [String], input: [UInt8], _ operation: @autoclosure () -> String) throws(GitError)
    -> ObjectID
  {
    let text = try run(arguments, input: input, operation()).text
    guard let id = ObjectID(hex: text) else {
      throw GitError(operation: operation(), code: .failed, message: "git named no object")
    }
    return id
  }

  /// git's words of a format that it does not open (its setup.c).
  private static let formats = [
    "unknown repository extension", "git repo version", "v1-only extension", "invalid value for 'extensions.",
    "compatibility hash algorithm support requires",
  ]

  /// Its words of a configuration that it cannot read (its config.c).
  private static let configurations = ["bad config ", "bad numeric config ", "bad boolean config "]

  /// git's words as an error of this room.
  static func error(_ operation: String, _ words: String) -> GitError {
    let lines = words.split(separator: "\n").map(String.init)
    if formats.contains(where: words.contains) {
      return GitError(
        operation: operation, code: .unknownFormat, message: lines.joined(separator: " ").onOneLine)
    }
    let line =
      lines.first { $0.hasPrefix("fatal: ") || $0.hasPrefix("error: ") } ?? lines.first
      ?? "git gave no reason"
    let code: GitError.Code =
      if words.contains("dubious ownership") || words.contains("safe.directory") {
        .owner
      } else if configurations.contains(where: words.contains) {
        .badConfiguration
      } else if words.contains("but expected") || words.contains("reference is missing") {
        .modified
      } else if words.contains("already exists") {
        .exists
      } else if words.contains(".lock': File exists") || words.contains("cannot lock references") {
        .locked
      } else {
        .failed
      }
    return GitError(operation: operation, code: code, message: line)
  }

  // MARK: Configuration

  /// A value of the configuration, by its key in lower case but for a part in the middle.
  func configuration(_ key: String) throws(GitError) -> String? {
    let stamp = FileStamp((place.commonDirectory + "config").rawBytes)
    if let settings, stamp == settingsStamp { return settings[Self.canonical(key)] }
    settingsStamp = stamp
    var all: [String: String] = [:]
    for entry in try run(["config", "--list", "-z"], "read the configuration").output.split(separator: 0) {
      let parts = entry.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
      guard let name = parts.first else { continue }
      all[String(raw: name)] = parts.count > 1 ? String(raw: parts[1]) : ""
    }
    settings = all
    return all[Self.canonical(key)]
  }

  /// A boolean of the configuration; nil when it is not set.
  func flag(_ key: String) throws(GitError) -> Bool? {
    // A key that is not among all of them costs no question of its own.
    guard try configuration(key) != nil else { return nil }
    return try run(["config", "--type=bool", "--get", key], "read \(key) as true or false").text == "true"
  }

  /// The names of the configured remotes, sorted.
  func remotes() throws(GitError) -> [String] {
    _ = try configuration("core.bare")
    let names = (settings ?? [:]).keys.compactMap { key -> String? in
      guard key.hasPrefix("remote."), let end = key.lastIndex(of: "."),
        end > key.index(key.startIndex, offsetBy: 6)
      else { return nil }
      return String(key[key.index(key.startIndex, offsetBy: 7)..<end])
    }
    return Set(names).sorted()
  }

  private static func canonical(_ key: String) -> String {
    guard let first = key.firstIndex(of: "."), let last = key.lastIndex(of: ".") else {
      return key.lowercased()
    }
    return key[..<first].lowercased() + key[first..<last] + key[last...].lowercased()
  }
}

// MARK: Objects

extension Plumbing {
  /// Reads an object; nil when it is missing.
  ///
  /// - Parameters:
  ///   - name: an object's name, or what gitrevisions(7) has for one.
  ///   - limit: the most bytes to take; `.tooLarge` is thrown for a longer one.
  func read(_ name: String, limit: Int = .max, _ operation: @autoclosure () -> String) throws(GitError) -> (
    id: ObjectID, kind: String, content: [UInt8]
  )? {
    if let id = ObjectID(hex: name), let object = known[id] ?? loose(id) {
      guard object.content.count <= limit else {
        throw GitError(operation: operation(), code: .tooLarge, message: "\(object.content.count) bytes")
      }
      return (id, object.kind, object.content)
    }
    guard let head = try head(of: name, command: "contents", operation()) else { return nil }
    guard head.size <= limit else {
      // What it is about to print is not read: the next question goes to another one.
      reader = nil
      throw GitError(operation: operation(), code: .tooLarge, message: "\(head.size) bytes")
    }
    guard let content = reader?.take(head.size), reader?.take(1) != nil else { throw ended(operation()) }
    if head.size < 1 << 16 { known[head.id] = (head.kind, content) }
    return (head.id, head.kind, content)
  }

  /// What a name leads to, without its content; nil when nothing does.
  func info(_ name: String, _ operation: @autoclosure () -> String) throws(GitError) -> (
    id: ObjectID, kind: String
  )? {
    if let id = ObjectID(hex: name), let object = known[id] ?? loose(id) { return (id, object.kind) }
    guard let head = try head(of: name, command: "info", operation()) else { return nil }
    // Asked of a git without commands, the content comes along.
    if isPlain { guard reader?.take(head.size + 1) != nil else { throw ended(operation()) } }
    return (head.id, head.kind)
  }

  /// A small object that is a file of its own (gitrepository-layout(5), `objects`), as what a commit asks for mostly is: it
  /// costs no git. Nil where it is none, or is not well formed: that is asked of git.
  private func loose(_ id: ObjectID) -> (kind: String, content: [UInt8])? {
    guard place.format.isKnown else { return nil }
    let hex = id.description
    let file = place.commonDirectory + "objects/" + hex.prefix(2) + "/" + hex.dropFirst(2)
    guard let packed = Files.content(file, limit: 1 << 16),
      let bytes = Self.unpacked(packed, limit: 1 << 16), let end = bytes.firstIndex(of: 0)
    else { return nil }
    let parts = bytes[..<end].split(separator: UInt8(ascii: " ")).map { String(raw: $0) }
    guard parts.count == 2, Int(parts[1]) == bytes.count - end - 1 else { return nil }
    let object = (kind: parts[0], content: Array(bytes[(end + 1)...]))
    known[id] = object
    return object
  }

  /// What zlib packed; nil where this is no such thing, or where it is more than `limit` bytes.
  private static func unpacked(_ packed: [UInt8], limit: Int) -> [UInt8]? {
    var size = uLong(limit)
    var status = Z_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
      status = uncompress(buffer.baseAddress, &size, packed, uLong(packed.count))
      filled = status == Z_OK ? Int(size) : 0
    }
    return status == Z_OK ? bytes : nil
  }

  private func head(
    of name: String, command: String, _ operation: @autoclosure () -> String
  ) throws(GitError) -> (id: ObjectID, kind: String, size: Int)? {
    // A newline would be a second question.
    guard !name.utf8.contains(UInt8(ascii: "\n")), !name.isEmpty else { return nil }
    for _ in 0..<2 {
      let reader = try started(operation())
      let question = isPlain ? name + "\n" : command + " " + name + "\n"
      guard reader.ask(question.rawBytes), let line = reader.line() else {
        let words = reader.ended()
        self.reader = nil
        // git before 2.36.
        guard !isPlain, words.contains("batch-command") else { throw Self.error(operation(), words) }
        isPlain = true
        continue
      }
      let parts = line.split(separator: UInt8(ascii: " ")).map { String(raw: $0) }
      guard parts.count >= 3, let id = ObjectID(hex: parts[0]), let size = Int(parts[2]), parts.count == 3
      else {
        return nil
      }
      return (id, parts[1], size)
    }
    throw ended(operation())
  }

  private func started(_ operation: @autoclosure () -> String) throws(GitError) -> Dialogue {
    if let reader { return reader }
    do {
      let new = try Dialogue(
        git + ["cat-file", isPlain ? "--batch" : "--batch-command"],
        environment: ["LC_ALL": "C", "GIT_GRAFT_FILE": "/dev/null"])
      reader = new
      return new
    } catch {
      throw GitError(
        operation: operation(), code: error.code == .unavailable ? .noGit : .failed, message: error.what)
    }
  }

  private func ended(_ operation: String) -> GitError {
    let words = reader?.ended() ?? ""
    reader = nil
    return Self.error(operation, words)
  }

  /// What was written is found by the next question: git looks again for what it has not.
  func write(_ kind: String, _ content: [UInt8]) throws(GitError) -> ObjectID {
    let id = try object(["hash-object", "-w", "-t", kind, "--stdin"], input: content, "write a \(kind)")
    if content.count < 1 << 16 { known[id] = (kind, content) }
    return id
  }
}
