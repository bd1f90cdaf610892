import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

extension Install {
  /// Takes out what `install` put in. The ledger, the notes and the backups stay: they are a record.
  ///
  /// - Throws: `Refusal`: 1 for an agent, 66 when nothing is installed, 73 when the worktree cannot be written.
  public mutating func uninstall(_ engine: borrowing Engine) throws {
    guard !engine.identity.actor.isAgent else {
      throw Refusal("an agent cannot uninstall the gate", remedy: "leave it to the owner")
    }
    guard !manifest.entries.isEmpty else {
      let begun = ["bin", "lock"]
      if Files.exists(home),
        Files.names(in: home).allSatisfy({ begun.contains($0) || $0.hasPrefix(".llmos-new-") })
      {
        takeOutPrograms()
        return report.append("removed an interrupted install's leftovers")
      }
      throw Refusal(.noInput, "llmos-hook is not installed here", remedy: "llmos-hook install")
    }
    guard Files.isWritableDirectory(worktree) else {
      throw Refusal(
        .cannotCreate, "cannot remove files from \(worktree): \(System.reason)",
        why: "nothing was removed", remedy: "make the directory writable, then run the same command again")
    }
    try takeOutHooks()
    try BranchLock.releaseAll(engine.repository)
    // Worktrees share what is installed: it may have been put in from another one than this.
    let listed = try GitProcess.output(["worktree", "list", "--porcelain"], in: worktree)
      .split(separator: "\n").filter { $0.hasPrefix("worktree ") }.map { $0.dropFirst(9) + "/" }
    for root in [worktree] + listed.map(String.init) where Files.exists(root) {
      try takeOutFiles(in: root)
    }
    for entry in manifest.entries where entry.kind == "config" {
      let words = ["--fixed-value", "--get-all", entry.path, entry.value]
      guard try GitProcess.run(["config", "--local"] + words, in: worktree).code == 0 else { continue }
      try GitProcess.configure(
        ["--fixed-value", "--unset-all", entry.path, entry.value], in: worktree, common: common)
    }
    for name in ["info/exclude", "info/attributes"] {
      let path = Files.resolved(common + name)
      guard let bytes = Files.content(path, limit: 16 << 20) else { continue }
      let rest = Self.withoutBlocks(bytes)
      if rest.isEmpty, manifest.has("created", name) {
        Files.remove(path)
      } else if rest != bytes {
        try Files.replace(path, with: rest, scratch: common, mode: Files.mode(path) ?? 0o644)
      }
    }
    StaleLock.remove(of: [Notes.reference], engine.repository, values: nil)
    try engine.repository.delete(Notes.reference, expecting: Notes.root(in: engine.repository))
    takeOutPrograms()
    report.append("removed; the ledger and the notes stay under refs/llmos and refs/notes/llmos")
  }

  /// Takes out what `installServer` put in.
  ///
  /// - Throws: `Refusal`: 1 for an agent, 66 when nothing is installed.
  public mutating func uninstallServer(_ actor: Actor) throws {
    guard !actor.isAgent else {
      throw Refusal("an agent cannot uninstall the gate", remedy: "leave it to the owner")
    }
    guard !manifest.entries.isEmpty else {
      throw Refusal(.noInput, "llmos-hook is not installed here", remedy: "llmos-hook install --server")
    }
    try takeOutHooks()
    takeOutPrograms()
    report.append("removed; the ledgers and the notes stay under refs/llmos and refs/notes/llmos")
  }

  private func takeOutHooks() throws {
    for entry in manifest.values(of: "hook") {
      try takeOut(hook: entry.hasPrefix("/") ? entry : common + entry)
    }
  }

  /// Takes out the scripts, as far as they are as they were put in, and the state file; what git tracks stays.
  private func takeOutFiles(in worktree: String) throws {
    for entry in manifest.entries {
      let path = worktree + entry.path
      let isOurs =
        entry.kind == "script"
        ? Files.digest(path) == entry.value : entry.kind == "created" && entry.path == StatePath.name
      if isOurs, try !Self.isTracked(path, in: worktree) { Files.remove(path) }
    }
  }

  private func takeOutPrograms() {
    for name in ["bin/llmos-gate", "bin/llmos-hook", "install"] { Files.remove(home + name) }
    for name in ["bin", "lock", "run", "step"] {
      Files.remove(home + name); Files.removeDirectory(home + name)
    }
    // What a process left that was killed, and what `verify` keeps for the next time.
    for directory in [home, common] {
      for name in Files.names(in: directory)
      where name.hasPrefix(".llmos-new-") || directory == home && name.hasPrefix("verified.") {
        Files.remove(directory + name)
      }
    }
    Files.removeDirectory(home)
    for path in manifest.values(of: "directory").reversed() {
      Files.removeDirectory(path.hasPrefix("/") ? path : common + path)
    }
  }

  /// Takes one hook out, also where a hook manager has moved it aside, and puts back what was there.
  private func takeOut(hook path: String) throws {
    let directory = Files.directory(of: path)
    let place = directory + KeptHook.directory + "/"
    let kept = place + path.dropFirst(directory.count)
    for file in [path, path + ".legacy"] where HookFile.isOurs(file) {
      if Files.exists(kept) {
        try Files.putBack(kept, as: file)
      } else {
        Files.remove(file)
      }
    }
    // Kept by an install that was killed before it put ours in.
    if !HookFile.isOurs(path), Files.isKept(path, as: kept) { Files.remove(kept) }
    let rest = Files.names(in: place)
    guard rest.allSatisfy({ Files.target(ofLink: place + $0) == "../" + $0 }) else { return }
    for name in rest { Files.remove(place + name) }
    Files.removeDirectory(place)
  }
}
