import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What `install` adds to a worktree and its configuration: scripts, notes, the sealed state.
extension Install {
  static let scripts: [(path: String, content: [UInt8])] = [
    ("step.sh", PackageResources.step_sh), ("llmos", PackageResources.llmos),
    ("scripts/scenario_engine.sh", PackageResources.scenario_engine_sh),
  ]

  mutating func installScripts() throws {
    for (path, content) in Self.scripts {
      let target = worktree + path
      if Files.exists(target) {
        let found = Files.content(target, limit: 1 << 20)
        if found == content { continue }
        // A checkout that ended its lines in another way (core.autocrlf) made a script that no shell reads.
        let isSame = found.flatMap(LineEnds.withoutReturns) == content
        if isSame { respelled.append(path) }
        guard isSame || manifest.has("script", path, Files.digest(target)) else {
          report.append("\(path) exists with other content: not changed")
          continue
        }
      }
      manifest.add("script", path, try Repository.blobID(of: content).description)
      try manifest.write()
      try makeDirectories(Files.directory(of: target))
      try Files.replace(target, with: content, scratch: gitDirectory, mode: 0o755, isShared: false)
      report.append("added \(path)")
    }
    try block(Self.scripts.map { "/\($0.path) text eol=lf" }, in: "info/attributes")
  }

  /// Tells git that files which it tracks, and whose lines we have ended in its own way, are as they were: by their size it
  /// would take them for changed.
  func refreshIndex(_ engine: borrowing Engine) throws {
    for path in respelled {
      let staged = try GitProcess.run(["ls-files", "-s", "--", path], in: worktree)
      guard let content = Files.content(worktree + path, limit: 1 << 20),
        try staged.text.contains(" \(engine.repository.id(ofBlob: content)) 0\t")
      else { continue }
      _ = try GitProcess.output(["add", "--", path], in: worktree)
    }
  }

  /// The notes' configuration and the merge driver that lets the sealed bytes win.
  mutating func configure(_ engine: borrowing Engine) throws {
    let driver = "\"$(git rev-parse --path-format=absolute --git-common-dir)/\(Layout.gate.path)\""
    let clone = try engine.repository.configuration(Layout.cloneKey.text) ?? Sync.newCloneName()
    let wanted = [
      (Layout.cloneKey.text, clone), ("notes.rewriteRef", Layout.notes.text),
      (Layout.mergeDriverName.text, "the sealed state wins"),
      (Layout.mergeDriverCommand.text, driver + " merge-state %A"),
    ]
    for (key, value) in wanted {
      let found = try GitProcess.run(["config", "--local", "--get-all", key], in: worktree)
      if found.text.split(separator: "\n").contains(Substring(value)) { continue }
      manifest.add("config", key, value)
      try manifest.write()
      try GitProcess.configure(["--add", key, value], in: worktree, common: common)
    }
    try block(["/\(StatePath.name) -text merge=\(Layout.mergeDriver)"], in: "info/attributes")
    // git warns at every amend when a rewriteRef does not exist.
    if try engine.repository.target(of: Notes.reference) == nil {
      try engine.repository.moveOurs(
        Notes.reference, to: try Notes.root(in: engine.repository), expecting: nil,
        message: "llmos-hook: begin")
    }
  }

  mutating func sealState(
    _ engine: borrowing Engine, _ genesis: (state: State, bytes: [UInt8]?)?
  ) throws {
    let head = try engine.repository.head()
    let isThere = Files.exists(worktree + StatePath.name)
    let isTracked = try Self.isTracked(worktree + StatePath.name, in: worktree)
    if !isThere, !isTracked {
      manifest.add("created", StatePath.name)
      try manifest.write()
    }
    if let genesis {
      _ = try engine.seal(
        genesis.state, bytes: genesis.bytes, kind: .genesis, trigger: "install", previous: nil, head: head,
        rules: try Rules(engine.repository, at: head), seconds: System.now,
        lying: LyingAbout(engine.worktreeChanges(), in: engine.worktree), &report)
      report.append("sealed at \(genesis.state.place)")
    } else {
      let seal = try engine.repository.adoptSealInForce(at: head, &report)
      switch try engine.repository.fileCondition(seal) {
      case .sealed: report.append("sealed at \(seal.record.place)")
      case .missing, .older:
        try engine.repository.restoreStateFile(seal)
        report.append("restored \(StatePath.name) from the ledger: \(seal.record.place)")
      default: report.append("\(StatePath.name) differs from the sealed one: run llmos-hook restore")
      }
    }
    if !isTracked { try exclude(["/\(StatePath.name)"]) }
  }
}
