import Core
import Git
import Hook
import Ledger
import Platform
import Verify

/// `serve-check`: looks whether a server's repository judges what is pushed to it, and tells its administrator what is
/// missing.
public enum ServeCheck {
  /// Checks a repository, usually a bare one. An error is a failed check too.
  public static func checks(_ repository: borrowing Repository) -> [Doctor.Check] {
    var checks: [Doctor.Check] = []
    func check(_ name: String, isNote: Bool = false, _ body: () throws -> Finding?) {
      do {
        let found = try body()
        checks.append(
          Doctor.Check(name: name, problem: found?.problem, remedy: found?.remedy, isNote: isNote))
      } catch {
        let refusal = Refusal(error)
        checks.append(Doctor.Check(name: name, problem: refusal.what, remedy: refusal.remedy))
      }
    }
    let directory = repository.commonDirectory
    check("hooks") { try hooks(directory) }
    check("git") { try git(in: directory) }
    check("references") { try hidden(in: directory) }
    check("objects") { alternates(of: directory) }
    check("sharing") { try sharing(directory, repository) }
    check("ledgers") { try ledgers(repository) }
    check("strict", isNote: true) { try strict(repository) }
    return checks
  }

  /// What is wrong, and what to do.
  private struct Finding {
    let problem: String
    let remedy: String

    init(_ problem: String, _ remedy: String) { (self.problem, self.remedy) = (problem, remedy) }
  }

  private static let install = "llmos-hook install --server"

  // MARK: Whether a push is judged

  /// git asks one pre-receive; hosts have directories beside it, or of their own, whose hooks theirs calls.
  private static func hooks(_ directory: String) throws -> Finding? {
    let found = try GitProcess.run(["config", "--type=path", "--get", "core.hooksPath"], in: directory)
    let isElsewhere = found.code == 0 && !found.text.isEmpty
    let path = (found.text.hasPrefix("/") ? "" : directory) + (isElsewhere ? found.text : "hooks") + "/"
    let own = path + "pre-receive"
    if HookFile.isOurs(own) {
      guard Files.isExecutable(own) else {
        return Finding("\(own) is not executable, so git ignores it", "chmod +x \"\(own)\"")
      }
      // A directory that many repositories share asks the program on PATH.
      guard Files.isExecutable(directory + Layout.gate.path) || isElsewhere else {
        return Finding("\(directory)\(Layout.gate.path) is missing, so every push is refused", install)
      }
      return nil
    }
    if let idle = try callers(of: directory, path).first(where: { !Files.isExecutable($0) }) {
      return Finding("\(idle) is not executable, so it is not run", "chmod +x \"\(idle)\"")
    }
    if try !callers(of: directory, path).isEmpty { return nil }
    return Finding(
      "nothing judges a push: \(own) " + (Files.exists(own) ? "is somebody else's" : "is missing"),
      isElsewhere
        ? "as its administrator: put a script with llmos-hook hook pre-receive there (docs/teams.md, Hosts)"
        : install)
  }

  /// Scripts of a host's own directories that call us.
  private static func callers(of directory: String, _ hooks: String) throws -> [String] {
    let places = [hooks, directory + "hooks/", directory + "custom_hooks/"]
    var files: [String] = []
    for place in places {
      files.append(place + "pre-receive")
      files += Files.names(in: place + "pre-receive.d").map { place + "pre-receive.d/" + $0 }
    }
    return files.filter { file in
      guard let text = Files.read(file, limit: 1 << 16).text else { return false }
      return text.split(whereSeparator: \.isNewline).contains { line in
        !line.hasPrefix("#") && line.contains("llmos-hook") && line.contains("hook pre-receive")
      }
    }
  }

  // MARK: What it depends on

  private static func git(in directory: String) throws -> Finding? {
    guard let version = GitVersion(try GitProcess.output(["version"], in: directory)) else {
      return Finding("git says no version", "install git")
    }
    let remedy = "install git \(GitVersion.mergingTrees) or newer"
    if version < .oldest { return Finding("git \(version) is too old", remedy) }
    guard version < .mergingTrees else { return nil }
    return Finding(
      "git \(version) makes no merges without a worktree: what a host merges is not derived", remedy)
  }

  /// Ledgers and notes have to be taken and shown.
  private static func hidden(in directory: String) throws -> Finding? {
    for key in ["transfer.hideRefs", "receive.hideRefs", "uploadpack.hideRefs"] {
      let values = try GitProcess.run(["config", "--get-all", key], in: directory).text
        .split(separator: "\n").map(String.init)
      for name in [Ledger.prefix, Notes.reference] {
        // The last one that fits holds (git-config(1), `transfer.hideRefs`).
        let fitting = values.filter { value in
          let plain = value.drop { $0 == "!" || $0 == "^" }
          return name == plain || name.hasPrefix(plain.hasSuffix("/") ? String(plain) : plain + "/")
        }
        guard let last = fitting.last, !last.hasPrefix("!") else { continue }
        return Finding(
          "\(key) hides \(name): "
            + (key.hasPrefix("receive") ? "no ledger is taken" : "nobody can fetch it"),
          "git config --add \(key) '!\(last)'")
      }
    }
    return nil
  }

  private static func alternates(of directory: String) -> Finding? {
    guard let text = Files.read(directory + "objects/info/alternates", limit: 1 << 20).text else {
      return nil
    }
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let path = (line.hasPrefix("/") ? "" : directory + "objects/") + line
      guard Files.isDirectory(path) else {
        return Finding(
          "objects/info/alternates names \(line), which is not there",
          "git fsck; then mend the line, or repack")
      }
    }
    return nil
  }

  /// In a repository that several accounts push to, each writes what the hooks remember.
  private static func sharing(_ directory: String, _ repository: borrowing Repository) throws -> Finding? {
    let home = directory + Layout.directory
    guard Files.isDirectory(home), let value = try repository.configuration("core.sharedRepository"),
      Sharing.isShared(value)
    else { return nil }
    guard Sharing.isWritableByGroup(home) else {
      return Finding(
        "core.sharedRepository is \(value), and \(home) is not writable by its group",
        "chmod -R g+rwX \"\(home)\"")
    }
    return nil
  }

  private static func ledgers(_ repository: borrowing Repository) throws -> Finding? {
    guard try !repository.tips(matching: Ledger.prefix + "*").isEmpty else {
      return Finding(
        "no ledger is here yet, so nothing can be proved", "llmos-hook sync, in the owner's clone")
    }
    guard let finding = try Verification(repository, isServer: true).findings.first else { return nil }
    return Finding(finding, "llmos-hook verify --strict")
  }

  private static func strict(_ repository: borrowing Repository) throws -> Finding? {
    try repository.flag(Layout.strictKey.text) == true
      ? nil
      : Finding(
        "llmos.strict is not set: commits that no ledger proves are taken", "git config llmos.strict true")
  }
}
