import Foundation
import Testing

/// A whole team at work at once (scripts/team.sh, which says what it needs): three clones with four worktrees each, a
/// strict server, a host that merges by plumbing, a clone without hooks and one that forgets `sync`.
@Suite struct TeamTests {
  @Test(.mergesTrees) func aTeamsMainIsProven() async throws {
    let s = try await Sandbox(git: false)
    let outcome = try await s.run(
      [Sandbox.package + "/scripts/team.sh", "--rounds", "1"], env: ["LLMOS_HOOK_BIN": Sandbox.binaries]
    ).succeeds()
    #expect(outcome.out.contains("14 members") && outcome.out.contains("; 0 faults"), "\(outcome.all)")
  }
}
