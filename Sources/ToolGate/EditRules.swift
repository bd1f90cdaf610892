import Core
import Shell

/// What may be written, by path: one rule for the editor and the shell.
struct EditRules {
  let facts: Snapshot
  var place: ToolPlace

  /// The same, where the line has made these links.
  func following(_ links: [String: String]) -> EditRules {
    guard !links.isEmpty else { return self }
    var rules = self
    let real = place.facts.real
    rules.place.facts.real = { real(ShellPath.following(links, $0)) }
    return rules
  }

  /// A path with the symlinks on the way to it followed: one at its end is itself.
  func itself(_ path: String) -> String {
    ShellPath.normal(ShellPath.last(path), in: place.facts.real(ShellPath.parent(path)))
  }

  /// What happens to a path.
  enum Change: Hashable {
    /// It is created or changed.
    case edits
    /// It goes, with what is below it.
    case removes
    /// Something that nobody can name is put below it: only the directory itself can be judged.
    case fills
    /// Its mode, owner or time changes: of protected files alone this matters.
    case touches
  }

  /// Judges an edit by a path as a tool names it.
  func refusal(ofEditing path: String) -> Refusal? {
    refusal(of: .edits, at: ShellPath.normal(path, in: place.directory))
  }

  /// Judges a change of an absolute path. A symlink on the way leads elsewhere; one at its end is judged as itself and as
  /// what it leads to.
  func refusal(of change: Change, at path: String) -> Refusal? {
    // Another worktree may go as a whole: what it would lose is kept.
    if change == .removes, place.isElsewhere, path == place.root { return nil }
    if let refusal = refusalOfProtected(change, path) { return refusal }
    let itself = itself(path)
    let real = place.facts.real(path)
    // What removes a link takes nothing from what it leads to.
    for place in change == .removes ? [itself] : Set([itself, real]).sorted() {
      if let refusal = refusalOfProtected(change, place) ?? refusalOfPhase(change, place) { return refusal }
    }
    return nil
  }

  private func refusalOfProtected(_ change: Change, _ path: String) -> Refusal? {
    let holdsGit = place.gitDirectories.contains { ShellPath.isInside($0, path) }
    if place.isGitFile(path) || change == .removes && holdsGit {
      return Self.protected(place.relative(path) ?? path)
    }
    return place.relative(path).flatMap { protected($0, change) }.map(Self.protected)
  }

  private func refusalOfPhase(_ change: Change, _ path: String) -> Refusal? {
    guard change != .touches, let own = place.relative(path) else { return nil }
    return refusal(ofChanging: own)
  }

  /// What only the owner changes, as far as it is named and no pattern.
  private var owned: [String] {
    ProtectedPaths.standard + facts.record.ownersPaths.filter { !$0.contains(where: { "*?".contains($0) }) }
  }

  /// The protected path that a change of a path concerns.
  private func protected(_ path: String, _ change: Change) -> String? {
    if path == ".git" || path.hasPrefix(".git/") { return path }
    if path.isEmpty { return change == .removes ? path : nil }
    if ProtectedPaths.covering(path, more: facts.record.ownersPaths) != nil { return path }
    guard change == .removes else { return nil }
    return owned.first { $0.hasPrefix(path + "/") }
  }

  /// Whether the phase lets this path change.
  func refusal(ofChanging path: String) -> Refusal? {
    if !path.isEmpty, place.facts.isIgnored(path) { return nil }
    if let refusal = refusalOfEditing { return refusal }
    let record = facts.record
    guard !facts.isLetThrough, !path.isEmpty, !record.paths.isEmpty,
      !record.paths.contains(where: { Glob.matches($0, path) || $0.hasPrefix(path + "/") })
    else { return nil }
    return Refusal(
      .refused, "\(record.place) does not allow a commit to change \(path)",
      why: "allowed paths: " + record.paths.joined(separator: ", "),
      remedy: "change only these; report what should change elsewhere")
  }

  /// Whether the phase lets files change at all.
  var refusalOfEditing: Refusal? {
    let record = facts.record
    guard let action = record.actions.first(where: Action.edits) else {
      return Refusal(
        .refused, "\(record.place) does not allow editing",
        why: "allowed now, for \(record.role): "
          + (record.actions.isEmpty ? "nothing" : record.actions.joined(separator: ", ")),
        remedy: "report what should change; the owner or ./llmos run continues")
    }
    return gate(.action(action, role: nil, paths: []), facts)
  }

  /// Says that a path is the owner's; the empty one is the root.
  static func protected(_ path: String) -> Refusal {
    Refusal(
      .refused, "\(path.isEmpty ? "the whole repository" : path) is protected: only the owner can change it",
      remedy: "leave it as it is; llmos-hook status shows what is allowed")
  }

  // MARK: Words

  /// Judges what a command writes.
  func refusal(of written: WritingPrograms.Written, in directory: ShellDirectory) -> Refusal? {
    switch Target(written.word, in: directory) {
    case .elsewhere: return nil
    case .path(let path): return refusal(of: written, at: path)
    case .pattern(let pattern): return refusal(of: written, matching: pattern)
    case .some(let base, let name): return refusal(of: written.change, below: base, named: name)
    case .unknown(let tail):
      // What comes before is not known; these names are nobody else's.
      let mine = [StatePath.name, ".git/hooks", ".llmos", "scenario_engine.sh"]
      return mine.contains {
        tail == $0 || tail.hasSuffix("/" + $0) || tail.contains("/\($0)/") || tail.hasPrefix($0 + "/")
      }
        ? Self.protected(tail) : nil
    }
  }

  private func refusal(of written: WritingPrograms.Written, at named: String) -> Refusal? {
    if let refusal = refusalOfProtected(written.change == .removes ? .touches : written.change, named) {
      return refusal
    }
    let path = itself(named)
    let kind = place.facts.kind(path)
    switch written.change {
    case .removes:
      // To remove what is not there, or was never committed, takes nothing from anybody; losses are kept.
      let isGone = kind == nil && written.isForced
      if let own = place.relative(path), isGone || kind != nil && !own.isEmpty && !place.facts.isTracked(own)
      {
        return refusalOfProtected(.touches, path) ?? containing(path, own)
      }
      return refusal(of: .removes, at: path)
    case .edits where written.isForced:
      // `touch` of what is there changes its time alone.
      return refusal(of: kind == nil ? .edits : .touches, at: path)
    case .edits where kind == .directory && written.name != nil:
      return refusal(of: .edits, at: ShellPath.normal(written.name ?? "", in: path))
    default: return refusal(of: written.change, at: path)
    }
  }

  /// A directory that nobody tracks may still hold what is protected.
  private func containing(_ path: String, _ own: String) -> Refusal? {
    protected(own, .removes).map(Self.protected)
  }

  private func refusal(of written: WritingPrograms.Written, matching named: String) -> Refusal? {
    let pattern = itself(named)
    for hit in owned + [".git"] {
      let name = hit.hasSuffix("/") ? String(hit.dropLast()) : hit
      if ShellPath.matches(pattern, ShellPath.normal(name, in: place.root)), written.change != .fills {
        // A directory among the names is skipped by what only takes files.
        if hit != name || hit == ".git", written.change != .removes || !written.isRecursive { continue }
        return Self.protected(name)
      }
    }
    for directory in place.gitDirectories where ShellPath.isInside(pattern, directory) {
      return Self.protected(pattern)
    }
    guard let names = place.facts.names(pattern) else { return refusal(of: written.change, at: pattern) }
    return names.lazy.prefix(200).compactMap { self.refusal(of: written, at: $0) }.first
  }

  /// Judges a change of files of which only the directory is known, and perhaps a pattern of their names.
  private func refusal(of change: Change, below named: String, named pattern: String) -> Refusal? {
    let base = place.facts.real(named)
    if ShellPath.isInside(base, place.root), base != place.root, let refusal = refusal(of: .touches, at: base)
    {
      return refusal
    }
    if place.isGitFile(base) { return Self.protected(base) }
    guard ShellPath.isInside(base, place.root) else { return nil }
    if !pattern.isEmpty {
      for hit in owned + [".git/HEAD", ".git/hooks/pre-commit"] {
        let full = ShellPath.normal(hit, in: place.root)
        if let own = ShellPath.relative(full, to: base), ShellPath.finds(pattern, own) {
          return Self.protected(hit)
        }
        // `.llmos/*`: what is in a protected directory.
        if pattern.hasPrefix("/"), let own = ShellPath.relative(full, to: base),
          ShellPath.finds(pattern, own + "/.")
        {
          return Self.protected(hit)
        }
      }
      // Nothing that git would miss has such a name.
      guard change == .touches || place.facts.firstFile(base, pattern) != nil else { return nil }
    }
    guard change != .touches else { return nil }
    return refusal(ofChanging: place.relative(base) ?? "")
  }
}

/// Where a word leads that names a file.
enum Target: Hashable {
  case path(String)
  /// An absolute path with `*`, `?` or `[`.
  case pattern(String)
  /// Files below a directory, whose names match a pattern; any where it is empty.
  case some(String, String)
  /// What is known stands at its end.
  case unknown(String)
  /// Where nothing of ours can be.
  case elsewhere

  init(_ word: Word, in directory: ShellDirectory) {
    let base: String?
    switch directory {
    case .known(let path): base = path
    case .temporary: base = nil
    case .unknown: base = nil
    }
    let text = word.text
    let isAbsolute = text.utf8.first == UInt8(ascii: "/")
    if word.isTemporary || (directory == .temporary && !isAbsolute) {
      self = .elsewhere
    } else if let (before, after) = word.partsAroundSome {
      guard let home = before.utf8.first == UInt8(ascii: "/") ? before : base.map({ $0 + "/" + before })
      else {
        self = .unknown("")
        return
      }
      self = .some(ShellPath.normal(home, in: "/"), after)
    } else if !word.isKnown || (base == nil && !isAbsolute) {
      self = .unknown(word.knownTail)
    } else {
      let path = ShellPath.normal(text, in: base ?? "/")
      self = word.isPattern ? .pattern(path) : .path(path)
    }
  }
}
