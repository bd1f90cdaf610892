import Core
import Git
import Ledger
import Platform
import ToolGate

/// The settings of agents' harnesses, which `install --agent` writes.
extension Install {
  /// Puts our entries into the harnesses' settings, and protects those files from the next entry on. A file that cannot
  /// be changed stays as it is, and the others are done all the same.
  ///
  /// - Throws: `Refusal`: 65 for a file of another form, 73 and 74 for one that cannot be read or written; the first of
  ///   them, at the end.
  mutating func installAgents(_ harnesses: [Harness], _ engine: borrowing Engine) throws {
    var problem: Refusal?
    var done: [String] = []
    for harness in harnesses {
      do {
        try put(HarnessSettings(harness))
        done.append(harness.rawValue)
      } catch {
        let refusal = Refusal(error)
        if problem == nil { problem = refusal } else { report.append(refusal.what) }
      }
    }
    try engine.protectSettings(of: done, &report)
    if let problem { throw problem }
  }

  private mutating func put(_ settings: HarnessSettings) throws {
    let path = worktree + settings.path
    let bytes = try Self.content(settings, in: worktree)
    var made = Set(
      manifest.value(of: "settings", settings.path)?.split(separator: " ").map(String.init) ?? [])
    let changed: [UInt8]
    do {
      changed = try settings.added(to: bytes, made: &made)
    } catch {
      throw Self.refusal(settings, error.fact)
    }
    manifest.set("settings", settings.path, made.sorted().joined(separator: " "))
    try manifest.write()
    if changed != bytes {
      try makeDirectories(Files.directory(of: path))
      try Files.replace(path, with: changed, scratch: gitDirectory, mode: Files.mode(path) ?? 0o644)
    }
    let isTracked = try bytes != nil && Self.isTracked(path, in: worktree)
    report.append(
      "\(settings.harness.rawValue): \(settings.path) \(changed == bytes ? "asks" : "now asks") llmos-hook"
        + (isTracked && changed != bytes ? "; git tracks it: commit it" : ""))
    if let advice = settings.advice, changed != bytes { report.append(advice) }
  }

  /// What a settings file has; nil where there is none.
  ///
  /// - Throws: `Refusal` (65) for what is not a file of this worktree.
  static func content(_ settings: HarnessSettings, in worktree: String) throws -> [UInt8]? {
    let path = worktree + settings.path
    // A directory that is a link can lead anywhere.
    var directory = Files.directory(of: path)
    while !Files.exists(directory.withoutSlash) { directory = Files.directory(of: directory) }
    let root = Files.resolved(worktree) + "/"
    guard (Files.resolved(directory) + "/").hasPrefix(root) else {
      throw refusal(settings, "its directory is a link out of the repository")
    }
    switch Files.read(path, limit: 1 << 20) {
    case .bytes(let bytes): return bytes
    case .missing: return nil
    case .unusable(let fact): throw refusal(settings, fact)
    }
  }

  private static func refusal(_ settings: HarnessSettings, _ fact: String) -> Refusal {
    Refusal(
      .data, "\(settings.path) stays as it is: \(fact)", why: "docs/agents.md has what belongs into it",
      remedy: "mend the file, then llmos-hook install --agent \(settings.harness.rawValue)")
  }

  /// What keeps a harness that was set up from asking us; nil when all is well.
  static func agentsProblem(_ engine: borrowing Engine) throws -> (fact: String, harness: Harness)? {
    let manifest = Manifest(read: engine.repository.commonDirectory + Layout.installed.path)
    for harness in Harness.allCases {
      let settings = HarnessSettings(harness)
      guard manifest.value(of: "settings", settings.path) != nil else { continue }
      do {
        guard let bytes = try content(settings, in: engine.worktree) else {
          return ("\(settings.path) is gone: \(harness.rawValue) asks nobody", harness)
        }
        let missing = try settings.missing(in: bytes)
        if !missing.isEmpty {
          return ("\(settings.path) does not ask llmos-hook at: \(missing.joined(separator: ", "))", harness)
        }
      } catch let error as HarnessSettings.Unusable {
        return ("\(settings.path) cannot be read: \(error.fact)", harness)
      } catch {
        return (Refusal(error).what, harness)
      }
    }
    return nil
  }

  /// The harnesses whose settings, as the repository has them, ask us.
  static func agentsThatAsk(in worktree: String) -> [String] {
    Harness.allCases.filter { harness in
      let settings = HarnessSettings(harness)
      do {
        guard let bytes = try content(settings, in: worktree) else { return false }
        return try settings.missing(in: bytes).count < settings.entries.count
      } catch {
        // What cannot be read asks nobody.
        return false
      }
    }.map(\.rawValue)
  }

  /// Takes our entries out of the settings of a worktree.
  mutating func removeAgents(in worktree: String) throws {
    for harness in Harness.allCases {
      let settings = HarnessSettings(harness)
      guard let value = manifest.value(of: "settings", settings.path) else { continue }
      let path = worktree + settings.path
      do {
        guard let bytes = try Self.content(settings, in: worktree) else { continue }
        let made = Set(value.split(separator: " ").map(String.init))
        guard let rest = try settings.removed(from: bytes, made: made) else {
          Files.remove(path)
          continue
        }
        if rest != bytes {
          try Files.replace(path, with: rest, scratch: common, mode: Files.mode(path) ?? 0o644)
        }
      } catch let error as HarnessSettings.Unusable {
        report.append("\(settings.path) stays as it is: \(error.fact)")
      } catch {
        // Whatever became of the file: the gate is taken out all the same.
        report.append(Refusal(error).what)
      }
    }
  }
}

extension Harness {
  /// The harnesses that a repository or this machine has: their settings are here, or their program is on PATH.
  static func found(in worktree: String) -> [Harness] {
    allCases.filter { harness in
      let (places, programs): ([String], [String]) =
        switch harness {
        case .claudeCode: ([".claude", "CLAUDE.md"], ["claude"])
        case .codex: ([".codex"], ["codex"])
        case .gemini: ([".gemini", "GEMINI.md"], ["gemini"])
        case .cursor: ([".cursor", ".cursorrules"], ["cursor", "cursor-agent"])
        case .copilot: ([".github/hooks", ".github/copilot", ".github/copilot-instructions.md"], ["copilot"])
        }
      return places.contains { Files.exists(worktree + $0) }
        || programs.contains { Program.path(of: $0) != nil }
    }
  }

  /// The harnesses that words name: `all` means those that are found.
  ///
  /// - Throws: `Refusal` (64) for a word that names none, 69 where `all` finds none.
  public static func named(_ words: [String], in worktree: String) throws(Refusal) -> [Harness] {
    var named: [Harness] = []
    for word in words {
      if word == "all" {
        let found = found(in: worktree)
        guard !found.isEmpty else {
          throw Refusal(
            .unavailable, "no agents' harness was found here",
            why: "harnesses: " + names.joined(separator: ", "),
            remedy: "llmos-hook install --agent claude-code")
        }
        named += found
      } else if let harness = Harness(rawValue: word) {
        named.append(harness)
      } else {
        throw Refusal(
          .usage, "unknown harness: \(word)", why: "harnesses: " + (names + ["all"]).joined(separator: ", "),
          remedy: (names.first { $0.hasPrefix(word) } ?? suggestion(word, names)).map {
            "llmos-hook install --agent \($0)"
          })
      }
    }
    return allCases.filter(named.contains)
  }

  private static var names: [String] { allCases.map(\.rawValue) }
}

extension Engine {
  /// Seals that harnesses were set up, so that their settings are protected from then on. An agent may: it only
  /// tightens. The caller holds the lock.
  ///
  /// - Parameter remarks: gets what people should know.
  func protectSettings(of names: [String], _ remarks: inout [String]) throws {
    let standing = try adoptStanding(&remarks)
    let previous = try repository.sealInForce()
    let new = names.filter { !previous.record.harnesses.contains($0) }
    guard !new.isEmpty else { return }
    guard try repository.canSign(after: previous) else {
      remarks.append(
        "this ledger is signed and there is no key here: the settings are protected once somebody with a key installs"
      )
      return
    }
    var record = previous.record.carriedOn(to: previous.record.sequence + 1)
    // An override is for the entry that has it: whoever sets up a harness does not use it up.
    record.override = previous.record.override
    record.harnesses = (previous.record.harnesses + new).sorted()
    var head = standing.head
    // An entry answers for its HEAD: nobody ends a quarantine with it.
    if try quarantine(standing) != nil { head = Head(branch: head.branch, commit: previous.head) }
    let seconds = System.now
    let entry = NewEntry(
      kind: .sync, seconds: seconds, identity: identity, head: head, record: record,
      state: try repository.blob(previous.state), trigger: "install", author: try author(seconds))
    _ = try publish(entry, after: previous, [], &remarks)
  }
}
