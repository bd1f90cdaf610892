import Core
import Git
import Platform

/// Who may sign what: `.llmos/allowed_signers`, in ssh-keygen(1)'s ALLOWED SIGNERS form. A key's principals
/// are the actors that it may act as: `OWNER`, `SYSTEM`, `AGENT:DEV`. Each ledger entry seals the file that
/// holds from then on, so that an entry is judged by what was believed before it.
public struct Signers: Hashable, Sendable {
  /// The file's bytes.
  public let text: String
  /// `.llmos/revoked_keys`: keys that nobody may use any more, one a line; nil when there is none.
  public let revoked: String?

  /// The names in `.llmos`, and in an entry's tree.
  public static let name = "allowed_signers"
  /// The same for keys that nobody may use any more.
  public static let revokedName = "revoked_keys"

  /// Signers of these texts.
  public init(text: String, revoked: String?) {
    self.text = text
    self.revoked = revoked
  }

  /// The number behind `# version:` in the first lines; 0 without one. It only grows.
  public var version: Int {
    for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("# version:") {
      return Int(line.dropFirst(10).filter { !$0.isWhitespace }) ?? 0
    }
    return 0
  }

  /// Whether anybody is named: else nothing needs a signature.
  public var hasKeys: Bool {
    text.split(whereSeparator: \.isNewline).contains {
      !$0.hasPrefix("#") && $0.contains(where: { !$0.isWhitespace })
    }
  }

  /// The file with both texts' blobs, as an entry's tree has them.
  public func entries(in repository: borrowing Repository) throws -> [TreeEntry] {
    var entries = [TreeEntry(name: Self.name, id: try repository.write(blob: Array(text.utf8)))]
    if let revoked {
      entries.append(TreeEntry(name: Self.revokedName, id: try repository.write(blob: Array(revoked.utf8))))
    }
    return entries
  }

  /// Verifies a signature in git's ssh form (gitformat-signature(5)) by ssh-keygen: by name, so that it is
  /// not enough for a key to be anybody's.
  ///
  /// - Parameters:
  ///   - actor: who it must be a key of.
  ///   - seconds: the time at which the key must have been good.
  public func verify(
    _ signature: String, of content: String, actor: String, at seconds: Int64,
    in repository: borrowing Repository
  ) throws -> Bool {
    let files = try Scratch(repository)
    defer { files.remove() }
    let time = Timestamp.text(seconds).filter { $0.isNumber }
    var command = [
      "ssh-keygen", "-Y", "verify", "-n", "git", "-I", actor, "-f", try files.write("signers", text),
      "-s", try files.write("signature", signature), "-Overify-time=" + time + "Z",
    ]
    if let revoked { command += ["-r", try files.write("revoked", revoked)] }
    return Child.bytes(of: command, input: content.rawBytes) != nil
  }

  /// Signs with a key as git does: a file's path, or `key::` and a public key whose other half an agent has.
  ///
  /// - Throws: `Refusal` (69) when ssh-keygen cannot.
  public static func sign(_ content: String, key: String, in repository: borrowing Repository) throws
    -> String
  {
    let files = try Scratch(repository)
    defer { files.remove() }
    var options: [String] = []
    var path = key
    if key.hasPrefix("key::") || key.hasPrefix("ssh-") {
      path = try files.write("key", (key.hasPrefix("key::") ? String(key.dropFirst(5)) : key) + "\n")
      options = ["-U"]
    } else if key.hasPrefix("~/"), let home = System.environment("HOME") {
      path = home + key.dropFirst(1)
    }
    let message = try files.write("content", content)
    let command = ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", path] + options + [message]
    guard Child.bytes(of: command, input: []) != nil,
      let signature = Files.read(message + ".sig", limit: 1 << 16).text
    else {
      throw Refusal(
        .unavailable, "the entry cannot be signed with llmos.signingKey (\(key.prefix(60)))",
        why: "ssh-keygen -Y sign failed", remedy: "check that the key exists and that ssh-add -l lists it")
    }
    return signature
  }

  /// The public key of what `llmos.signingKey` or `--key` names: type and key, without a comment.
  ///
  /// - Parameter key: a public key, or the file of one, or of a private one that has the public one beside it or needs
  ///   no passphrase.
  /// - Returns: nil when there is none.
  public static func publicKey(of key: String) -> String? {
    if key.hasPrefix("key::") { return publicKey(in: String(key.dropFirst(5))) }
    if let known = publicKey(in: key) { return known }
    var path = key
    if key.hasPrefix("~/"), let home = System.environment("HOME") { path = home + key.dropFirst(1) }
    for name in [path, path + ".pub"] {
      if let text = Files.read(name, limit: 1 << 16).text, let found = publicKey(in: text) { return found }
    }
    guard Files.exists(path) else { return nil }
    return Child.output(of: ["ssh-keygen", "-y", "-P", "", "-f", path]).flatMap { publicKey(in: $0) }
  }

  /// The one key of a text of lines; nil when it has none, or several.
  private static func publicKey(in text: String) -> String? {
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
    guard lines.count == 1 else { return nil }
    let words = lines[0].split(whereSeparator: \.isWhitespace)
    guard words.count >= 2, ["ssh-", "ecdsa-", "sk-"].contains(where: words[0].hasPrefix),
      words[1].hasPrefix("AAAA"),
      words.prefix(2).allSatisfy({ $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } })
    else { return nil }
    return "\(words[0]) \(words[1])"
  }

  /// Whether a key may act as the owner, as far as the lines tell: a grant to it would open nothing new.
  public func nameAsOwner(_ key: String) -> Bool {
    text.split(whereSeparator: \.isNewline).contains { line in
      guard !line.hasPrefix("#"), line.contains(key), let names = line.split(separator: " ").first else {
        return false
      }
      return names.split(separator: ",").contains { $0 == "OWNER" || $0 == "*" }
    }
  }

  /// Files for ssh-keygen, in a directory of their own.
  private struct Scratch {
    private let directory: String

    init(_ repository: borrowing Repository) throws(Refusal) {
      try Files.makeDirectory(repository.gitDirectory + Layout.name)
      directory = try Files.makeNewDirectory(repository.gitDirectory + Layout.signing.path)
    }

    func write(_ name: String, _ text: String) throws(Refusal) -> String {
      try Files.replace(directory + name, with: text.rawBytes, scratch: directory, mode: 0o600)
      return directory + name
    }

    func remove() { Files.removeTree(directory) }
  }
}

extension Repository {
  /// The signers that a tree has: an entry's, or HEAD's `.llmos`; nil when it has none.
  public func signers(inTree tree: ObjectID) throws -> Signers? {
    guard let file = try entry(at: Signers.name, inTree: tree), !file.isTree else { return nil }
    let revoked = try entry(at: Signers.revokedName, inTree: tree)
    return Signers(
      text: String(decoding: try blob(file.id), as: UTF8.self),
      revoked: try revoked.map { String(decoding: try blob($0.id), as: UTF8.self) })
  }

  /// Whether an entry can follow a seal: its ledger is not signed, or a key is configured here.
  public func canSign(after seal: Seal) throws -> Bool {
    guard seal.hasSigners, try configuration(Layout.signingKey.text) == nil else { return true }
    return try signers(inTree: commit(seal.entry).tree)?.hasKeys != true
  }

  /// The signers that HEAD has committed.
  public func signers(at head: Head) throws -> Signers? {
    guard let id = head.commit, let rules = try entry(at: ".llmos", inTree: commit(id).tree), rules.isTree
    else { return nil }
    return try signers(inTree: rules.id)
  }

  /// The signers that an entry seals: the owner's may bring HEAD's in, when their version is higher; all
  /// others carry on what was sealed before.
  public func sealedSigners(after before: Signers?, _ new: NewEntry) throws -> Signers? {
    guard new.isOwners, new.takesSigners, let now = try signers(at: new.head), now != before else {
      return before
    }
    guard let before, now.version <= before.version else { return now }
    return before
  }

  /// Signs an entry, where a key is configured or the ledger is signed.
  ///
  /// - Throws: `Refusal`: 69 when it cannot be signed, 1 when the key may not act as this actor.
  public func signature(
    of content: String, _ new: NewEntry, believed: Signers?, sealing: Signers?
  ) throws -> String? {
    let isSigned = believed?.hasKeys == true
    guard let key = try configuration(Layout.signingKey.text) else {
      guard isSigned else { return nil }
      throw Refusal(
        .refused, "this ledger is signed, and no key is configured here",
        remedy: "git config llmos.signingKey ~/.ssh/id_ed25519")
    }
    let signature = try Signers.sign(content, key: key, in: self)
    let actor = new.said.actor.text
    if let sealing, sealing != believed, sealing.hasKeys,
      try !sealing.verify(signature, of: content, actor: actor, at: new.seconds, in: self)
    {
      throw Refusal(
        .refused, "with .llmos/allowed_signers in HEAD, this key could no longer act as \(actor)",
        why: "after sealing it, nobody could append an entry with this key",
        remedy: "fix the file (docs/teams.md), and commit it")
    }
    // By an owner's grant another key works than those of the signers.
    let isGranted = new.record.grant != nil && !new.isOwners
    guard let believed, isSigned, !isGranted,
      try !believed.verify(signature, of: content, actor: actor, at: new.seconds, in: self)
    else { return signature }
    throw Refusal(
      .refused, "the key of llmos.signingKey may not act as \(actor)",
      why: "the ledger's sealed allowed_signers do not allow it",
      remedy: "the owner adds it to .llmos/allowed_signers, with a higher version")
  }
}
