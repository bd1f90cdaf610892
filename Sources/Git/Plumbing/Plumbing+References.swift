import Core
import Platform

extension Plumbing {
  /// What a reference names by itself, from git's own files where their form is known.
  private func direct(_ name: String, _ operation: @autoclosure () -> String) throws(GitError)
    -> ReftableStack.Value?
  {
    let directory = Self.isOfWorktree(name) ? place.gitDirectory : place.commonDirectory
    var isUnreadable = false
    do {
      switch place.format.references {
      case .reftable: return try ReftableStack(directory: directory + "reftable/").value(of: name)
      case .files: return try ReferenceFiles(directory: directory).value(of: name)
      case .other: break
      }
    } catch {
      // git knows more forms of its own files than we do.
      isUnreadable = true
    }
    let symbolic = try run(["symbolic-ref", "-q", name], allowed: [0, 1, 128], operation())
    if symbolic.code == 0 { return .symbolic(symbolic.text) }
    if let found = try info(name, operation()) { return .object(found.id) }
    guard !isUnreadable else {
      let path = directory + name
      throw GitError(
        operation: operation(), code: .failed,
        message: SystemFailure(hiding: path).map { "'\(path)': \($0.words)" }
          ?? "\(name) is not a reference that git can read")
    }
    return nil
  }

  /// Each worktree has its own of these (gitglossary(7), "per-worktree ref").
  private static func isOfWorktree(_ name: String) -> Bool {
    !name.hasPrefix("refs/")
      || ["refs/bisect/", "refs/worktree/", "refs/rewritten/"].contains(where: name.hasPrefix)
  }

  func target(of name: String) throws(GitError) -> ObjectID? {
    var name = name
    for _ in 0..<6 {
      switch try direct(name, "read \(name)") {
      case nil: return nil
      case .object(let id): return id
      case .symbolic(let next): name = next
      }
    }
    return nil
  }

  func symbolicTarget(of name: String) throws(GitError) -> String? {
    if case .symbolic(let target) = try direct(name, "read \(name)") { target } else { nil }
  }

  func head() throws(GitError) -> Head {
    switch try direct("HEAD", "read HEAD") {
    case nil: throw GitError(operation: "read HEAD", code: .notFound, message: "HEAD names nothing")
    case .object(let id): return Head(branch: nil, commit: id.isNull ? nil : id)
    case .symbolic(let branch): return Head(branch: branch, commit: try target(of: branch))
    }
  }

  /// A reference, the object that it names, and what that is.
  struct Listed {
    let tip: Repository.Tip
    let kind: String
    let isSymbolic: Bool
  }

  /// The references that match a glob, in the order of their names.
  func list(_ glob: String) throws(GitError) -> [Listed] {
    let format = "%(objectname) %(objecttype) %(if)%(symref)%(then)s%(else)-%(end) %(refname)"
    let prefix = glob.hasSuffix("*") ? String(glob.dropLast()) : glob
    let directory = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? prefix
    let pattern = prefix == glob ? glob : String(directory.dropLast())
    var listed: [Listed] = []
    for line in try lines(["for-each-ref", "--format=" + format, pattern], "list \(glob)") {
      let parts = line.split(separator: " ", maxSplits: 3)
      guard parts.count == 4, let id = ObjectID(hex: parts[0]) else { continue }
      let name = String(parts[3])
      guard prefix == glob ? name == glob : name.utf8.starts(with: prefix.utf8) else { continue }
      listed.append(
        Listed(tip: Repository.Tip(name: name, id: id), kind: String(parts[1]), isSymbolic: parts[2] == "s"))
    }
    return listed.sorted { $0.tip.name < $1.tip.name }
  }

  func fetched(_ tip: Repository.Tip) throws(GitError) -> ObjectID? {
    let log = try run(
      ["log", "-g", "--no-show-signature", "--format=%H %gs", tip.name, "--"], allowed: [0, 128],
      "read the reflog of \(tip.name)"
    ).output.split(separator: UInt8(ascii: "\n")).map { String(raw: $0) }
    for line in log where !line.drop(while: { $0 != " " }).dropFirst().hasPrefix("update by push") {
      return ObjectID(hex: line.prefix { $0 != " " })
    }
    guard !log.isEmpty else { return tip.id }
    let first = try run(
      ["rev-parse", "-q", "--verify", "\(tip.name)@{\(log.count)}"], allowed: [0, 1, 128],
      "read the reflog of \(tip.name)")
    return first.code == 0 ? ObjectID(hex: first.text) : nil
  }

  func move(
    _ name: String, to new: ObjectID?, expecting expected: ObjectID?, message: String, waits: Bool = true
  ) throws(GitError) {
    let zeros = String(repeating: "0", count: 2 * width)
    let old = expected?.description ?? zeros
    let line = new.map { "update \(name)\0\($0)\0\(old)\0" } ?? "delete \(name)\0\(old)\0"
    let log = logged.contains(name) ? ["--create-reflog"] : []
    let patience = waits ? [] : ["-c", "reftable.lockTimeout=0"]
    // What cannot stand in a line of a reflog git leaves out itself.
    do {
      _ = try run(
        patience + ["update-ref", "-m", message.isEmpty ? "llmos-hook" : message] + log + ["--stdin", "-z"],
        input: line.rawBytes, "\(new == nil ? "delete" : "move") \(name)")
    } catch {
      guard error.code == .locked, place.format.references == .reftable else { throw error }
      // A hook may run under it for as long as it likes: nobody but its user can tell that it was left.
      var held = error
      held.lock =
        (Self.isOfWorktree(name) ? place.gitDirectory : place.commonDirectory) + "reftable/tables.list.lock"
      throw held
    }
  }

  func delete(_ name: String, expecting expected: ObjectID) throws(GitError) {
    guard case .object(expected) = try direct(name, "read \(name)") else { return }
    try move(name, to: nil, expecting: expected, message: "")
  }
}

extension Plumbing {
  /// An operation that git has begun and not ended, by its files (gitrepository-layout(5)); what some of them say is a
  /// reference where references are in a reftable.
  var operationInProgress: String? {
    let files = [
      ("rebase-merge", "rebase"), ("rebase-apply/rebasing", "rebase"), ("rebase-apply/applying", "am"),
      ("rebase-apply", "rebase"), ("MERGE_HEAD", "merge"), ("REVERT_HEAD", "revert"),
      ("CHERRY_PICK_HEAD", "cherry-pick"), ("BISECT_LOG", "bisect"),
    ]
    return files.first { name, _ in
      Files.exists(place.gitDirectory + name)
        || ["REVERT_HEAD", "CHERRY_PICK_HEAD"].contains(name) && holds(name)
    }?.1
  }

  private func holds(_ name: String) -> Bool {
    // What cannot be read is nothing that git goes on with.
    place.format.references != .files && ((try? target(of: name)) ?? nil) != nil
  }
}

/// References as git's files have them: one in a file of its own, or in `packed-refs`.
struct ReferenceFiles {
  /// With a trailing slash.
  let directory: String

  /// What a name stands for now; nil when there is no such reference.
  ///
  /// - Throws: for a file that says neither.
  func value(of name: String) throws -> ReftableStack.Value? {
    switch Files.read(directory + name, limit: 4096) {
    case .bytes(let bytes):
      let line = String(raw: bytes.prefix { $0 != UInt8(ascii: "\n") })
      if line.hasPrefix("ref: ") { return .symbolic(String(line.dropFirst(5))) }
      guard let id = ObjectID(hex: line) else { throw ReftableStack.Unreadable() }
      return .object(id)
    case .missing, .unusable("it is a directory"): return try packed(name).map { .object($0) }
    case .unusable: throw ReftableStack.Unreadable()
    }
  }

  /// What `packed-refs` has for a name, whatever its own file says.
  func packed(_ name: String) throws -> ObjectID? {
    guard let file = OpenFile(directory + "packed-refs") else { return nil }
    let key = name.rawBytes
    // Sorted by name, as its first line says; lines that begin with ^ belong to the line before.
    let (size, newline) = (Int(file.size), UInt8(ascii: "\n"))
    guard
      file.read(at: 0, count: 256).split(separator: newline).first.map({
        String(raw: $0).contains(" sorted ")
      }) == true
    else { return try scan(file.read(at: 0, count: size), for: key) }
    var (low, high) = (0, size)
    while high - low > 1 << 12 {
      let middle = (low + high) / 2
      let part = file.read(at: Int64(middle), count: 1 << 11)
      // The next line that is a reference's.
      var lines = part.split(separator: newline, omittingEmptySubsequences: false).dropFirst()
      var start = middle + (part.firstIndex(of: newline) ?? part.count) + 1
      while let line = lines.first, line.first == UInt8(ascii: "^") {
        start += line.count + 1
        lines = lines.dropFirst()
      }
      guard lines.count > 1, let line = lines.first, let space = line.firstIndex(of: UInt8(ascii: " ")),
        start < high
      else { break }
      if line[(space + 1)...].lexicographicallyPrecedes(key) {
        low = start
      } else {
        high = start + line.count + 1
      }
    }
    return try scan(file.read(at: Int64(low), count: high - low), for: key)
  }

  private func scan(_ bytes: [UInt8], for key: [UInt8]) throws -> ObjectID? {
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.count > key.count && line.hasSuffix(key)
    {
      let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
      guard parts.count == 2, parts[1].elementsEqual(key) else { continue }
      return ObjectID(hex: String(raw: parts[0]))
    }
    return nil
  }
}

extension ArraySlice<UInt8> {
  fileprivate func hasSuffix(_ bytes: [UInt8]) -> Bool { suffix(bytes.count).elementsEqual(bytes) }
}
