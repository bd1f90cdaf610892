import Foundation
import Testing

/// A hook that only mentions us is somebody else's: it is kept, it counts for nothing, and nothing stands down for it.
@Suite struct ForeignHookTests {
  /// Hooks of others that quote what ours say.
  static let foreign = [
    "#!/bin/sh\n# Runs before the other one.\n# llmos-hook: this git hook asks the gate\nexit 0\n",
    "#!/bin/sh\n# without it: \"llmos-hook: refused: the gate of this repository is gone\"\nexit 0\n",
    "#!/bin/sh\nexec llmos-hook --version\n",
  ]

  /// A governed bare server and a clone that stands in a phase without commits, with a commit that no hook saw.
  private func violated(serverHook: String? = nil) async throws -> Sandbox {
    let s = try await Sandbox()
    try await s.sh(
      """
      set -e
      git init -q --bare -b main ../server.git; git remote add origin ../server.git
      echo one >README; git add README; git commit -qm first; git push -q -u origin main
      """
    ).succeeds()
    if let serverHook {
      try s.write(s.root + "/server.git/hooks/pre-receive", serverHook, executable: true)
    }
    try await s.sh(
      """
      set -e
      llmos-hook --quiet -C ../server.git install --server
      llmos-hook --quiet install; llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason test; llmos-hook --quiet sync
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m around
      """
    ).succeeds()
    return s
  }

  private func isRefused(_ s: Sandbox) async throws {
    let before = try await s.git("for-each-ref", in: s.root + "/server.git").out
    let push = try await s.git("push", "-q", "origin", "main")
    #expect(push.code != 0, "\(push.all)")
    #expect(
      push.err.contains("no hook saw it land, and FEATURE_DEVELOPMENT:QA allows no commits"), "\(push.err)")
    #expect(try await s.git("for-each-ref", in: s.root + "/server.git").out == before)
  }

  /// Put in after ours.
  @Test(arguments: foreign) func updateStandsDownForNoForeignFile(hook: String) async throws {
    let s = try await violated()
    try s.write(s.root + "/server.git/hooks/pre-receive", hook, executable: true)
    try await isRefused(s)
  }

  /// There before ours: kept, and not taken for ours.
  @Test(arguments: foreign) func aServersHookIsKept(hook: String) async throws {
    let s = try await violated(serverHook: hook)
    #expect(try s.read(s.root + "/server.git/hooks.llmos-kept/pre-receive") == hook)
    try await isRefused(s)
    try await s.llmos("uninstall", in: s.root + "/server.git").succeeds()
    #expect(try s.read(s.root + "/server.git/hooks/pre-receive") == hook)
  }

  @Test(arguments: foreign) func aClonesHookIsKept(hook: String) async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", hook, executable: true)
    try await s.llmos("install").succeeds()
    #expect(try s.read(".git/hooks.llmos-kept/pre-commit") == hook)
    // One that has taken the place of ours is told, and outlives us.
    try s.write(".git/hooks/commit-msg", hook, executable: true)
    let doctor = try await s.llmos("doctor")
    #expect(doctor.code == 1)
    #expect(doctor.all.contains("commit-msg"), "\(doctor.all)")
    try await s.llmos("uninstall").succeeds()
    #expect(try s.read(".git/hooks/commit-msg") == hook)
    #expect(try s.read(".git/hooks/pre-commit") == hook)
  }
}
