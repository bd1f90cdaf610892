import Core
import Shell

/// What an agent's shell command may not do. Only the line itself is read: a program that does the same by itself is
/// left to the gate.
struct ShellRules {
  let facts: Snapshot
  let place: ToolPlace
  let edits: EditRules

  init(facts: Snapshot, place: ToolPlace) {
    self.facts = facts
    self.place = place
    edits = EditRules(facts: facts, place: place)
  }

  /// Judges a command line.
  func decision(on line: ShellLine) -> ToolDecision {
    var course = LineCourse()
    for invocation in line.invocations {
      if let refusal = refusal(of: invocation, &course) { return ToolDecision(refusal) }
    }
    if let why = line.unreadable {
      return ToolDecision(
        Refusal(
          .refused, "cannot read this command line", why: why,
          remedy: "split it into simple commands, or write a long text to a file first"))
    }
    return ToolDecision(losses: course.losses)
  }

  private func refusal(of invocation: Invocation, _ course: inout LineCourse) -> Refusal? {
    if let refusal = refusalOfVariables(invocation) { return refusal }
    let edits = edits.following(invocation.links)
    for written in WritingPrograms.written(by: invocation) {
      if let refusal = edits.refusal(of: written, in: invocation.directory) { return refusal }
      if written.change == .removes { noteLoss(of: written, invocation, &course) }
    }
    // What `diff | patch -R` takes back is nowhere else.
    if invocation.program == "patch", CommandOptions(invocation.arguments).has("R", "--reverse") {
      course.losses.append(.changes)
    }
    guard let program = invocation.words.first else { return nil }
    switch invocation.program {
    case "git":
      let line = GitLine(arguments: invocation.arguments)
      guard isHere(invocation, line) else {
        // A repository from elsewhere may be told to work on our files.
        guard line.gitDirectory != nil || invocation.environment("GIT_DIR") != nil else { return nil }
        return WorktreeRules(git: GitRules(rules: self, invocation: invocation))
          .refusal(ofWriting: GitOutputs.taken(by: line))
      }
      defer { course.follow(line, from: place.facts.branch()) }
      return refusalOfHiding(invocation) ?? GitRules(rules: self, invocation: invocation).refusal(&course)
    case "llmos-hook", "llmos", "scenario_engine.sh":
      guard isHere(invocation) else { return nil }
      return EngineRules(rules: self, course: course).refusal(of: invocation) ?? refusalOfHiding(invocation)
    case "step.sh":
      guard isHere(invocation) else { return nil }
      return EngineRules(rules: self, course: course).refusal(ofStep: invocation.arguments.map(\.text))
        ?? refusalOfHiding(invocation)
    case _ where Self.committers[invocation.program] != nil:
      guard isHere(invocation), let verbs = Self.committers[invocation.program],
        verbs.isEmpty || verbs.contains(invocation.arguments.first?.text ?? "")
      else { return nil }
      return refusalOfCommit(by: invocation.program)
    default: break
    }
    if let refusal = HostRules.refusal(of: invocation, self) { return refusal }
    guard case .path(let path) = Target(program, in: invocation.directory), let own = place.relative(path),
      place.facts.isScript(own)
    else { return nil }
    return Refusal(
      .refused, "only the engine runs \(own), not an agent",
      remedy: "report what is done; the owner or ./llmos run continues")
  }

  /// Programs that do nothing but commit, or do by these verbs.
  private static let committers: [String: [String]] = [
    "cz": ["commit", "c"], "git-cz": [], "commitizen": ["commit", "c"], "oco": [], "opencommit": [],
    "aicommits": [], "gitmoji": ["-c", "--commit"], "gt": ["create", "modify", "submit"],
    "stg": ["new", "refresh"],
    "jj": ["commit", "describe", "squash", "new", "git"],
  ]

  // MARK: Where

  /// Whether an invocation happens in the repository at hand.
  func isHere(_ invocation: Invocation, _ line: GitLine? = nil) -> Bool {
    var directory = invocation.directory
    for word in line?.directories ?? [] {
      switch Target(word, in: directory) {
      case .path(let path): directory = .known(path)
      case .elsewhere: directory = .temporary
      default: directory = .unknown
      }
    }
    if let git = line?.gitDirectory ?? invocation.environment("GIT_DIR") {
      switch Target(git, in: directory) {
      case .path(let path): return place.isGitFile(path) || place.relative(path) == ".git"
      case .elsewhere: return false
      default: return true
      }
    }
    switch directory {
    case .temporary: return false
    // An agent that hides where it works most probably works here.
    case .unknown: return place.relative(place.directory) != nil
    case .known(let path):
      if let made = invocation.newWorktrees.first(where: { ShellPath.isInside(path, $0.key) }) {
        return place.facts.root(made.value) == place.root || place.relative(made.value) != nil
      }
      if invocation.newRepositories.contains(where: { ShellPath.isInside(path, $0) }) { return false }
      if let root = place.facts.root(path) { return root == place.root }
      return place.relative(path) != nil
    }
  }

  // MARK: Variables

  private func refusalOfVariables(_ invocation: Invocation) -> Refusal? {
    for name in invocation.setVariables {
      let value = invocation.variable(name)?.text ?? ""
      if name == Layout.actorVariable.text, !invocation.words.isEmpty, !value.isEmpty {
        return Refusal(
          .refused, "an agent cannot claim to be another actor (LLMOS_ACTOR)",
          remedy: "LLMOS_AGENT=\(facts.record.role) ./step.sh \"what changed\"")
      }
      if name.hasPrefix("GIT_CONFIG"), let refusal = GitRules.refusal(ofSetting: value) { return refusal }
      if name == Layout.agentVariable.text, value.uppercased() == "OWNER", !invocation.words.isEmpty {
        return Refusal(
          .refused, "an agent cannot claim to be the owner (LLMOS_AGENT)",
          remedy: "LLMOS_AGENT=\(facts.record.role) ./step.sh \"what changed\"")
      }
    }
    return nil
  }

  /// An agent that takes the marks of its harness away would count as a person.
  private func refusalOfHiding(_ invocation: Invocation) -> Refusal? {
    let marks = Identity.marks + [Layout.agentVariable.text]
    let isHidden =
      invocation.isEnvironmentEmpty || !invocation.removed.isDisjoint(with: marks)
      || marks.contains { invocation.variable($0)?.text == "" && invocation.variable($0)?.isKnown == true }
    guard isHidden, invocation.variable(Layout.agentVariable.text).map({ $0.text.isEmpty }) ?? true else {
      return nil
    }
    let line = GitLine(arguments: invocation.arguments)
    if invocation.program == "git", GitRules.reading.contains(line.subcommand ?? "") { return nil }
    return Refusal(
      .refused,
      "an agent cannot hide that it is one (\(marks.first { invocation.removed.contains($0) } ?? "env -i"))",
      why: "what it does would be written down as a person's",
      remedy: "run the same command with its environment as it is")
  }

  // MARK: Commits and losses

  /// Agents commit through step.sh, where the phase lets them.
  func refusalOfCommit(by command: String) -> Refusal {
    gate(.action(Action.commit, role: nil, paths: []), facts)
      ?? Refusal(
        .refused, "agents commit through step.sh, not with \(command)", remedy: "./step.sh \"what changed\"")
  }

  private func noteLoss(
    of written: WritingPrograms.Written, _ invocation: Invocation, _ course: inout LineCourse
  ) {
    var paths: [String] = []
    switch Target(written.word, in: invocation.directory) {
    case .path(let path): paths = [edits.following(invocation.links).itself(path)]
    case .pattern(let pattern): paths = place.facts.names(edits.itself(pattern)) ?? []
    case .some(let base, let name):
      paths = place.facts.firstFile(base, name.isEmpty ? "*" : name) == nil ? [] : [base]
    case .unknown, .elsewhere: break
    }
    paths = paths.filter { path in
      guard let own = place.relative(path), place.facts.kind(path) != nil else { return false }
      // With a whole clone its references go too: nothing can be kept in it.
      if own.isEmpty, place.isElsewhere { return place.gitDirectories.count > 1 }
      return own.isEmpty || !place.facts.isIgnored(own)
    }
    // A move within the worktree loses nothing.
    if invocation.program == "mv", let target = invocation.words.last,
      case .path(let path) = Target(target, in: invocation.directory), place.relative(path) != nil
    {
      return
    }
    if !paths.isEmpty { course.losses.append(.paths(paths)) }
  }
}
