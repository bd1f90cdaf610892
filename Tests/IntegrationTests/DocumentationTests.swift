import Foundation
import Testing

/// What the documents show is run, so that it stays true.
@Suite struct DocumentationTests {
  private static let documents = [
    "README.md", "SHORTCOMINGS.md", "docs/concepts.md", "docs/tutorial.md", "docs/teams.md",
    "docs/enforcement.md",
    "docs/threat-model.md", "docs/configuration.md", "docs/formats.md", "docs/rollback.md", "docs/agents.md",
  ]

  private func text(_ document: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: Sandbox.package + "/" + document)), as: UTF8.self)
  }

  private func blocks(_ document: String) throws -> [String] {
    try text(document).matches(of: /```sh\n(.*?)```/.dotMatchesNewlines()).map { String($0.1) }
  }

  @Test func theTutorialRunsAsItStands() async throws {
    let s = try await Sandbox(git: false)
    let blocks = try blocks("docs/tutorial.md")
    #expect(blocks.count > 8)
    let outcome = try await s.sh("set -e\n" + blocks.joined(separator: "\n"))
    outcome.succeeds()
    for words in [
      "refused, as it should be", "refused: it is DEV's phase", "a violation", "refused: in quarantine",
    ] {
      #expect(outcome.out.contains(words), "\(outcome.all)")
    }
    #expect(outcome.out.contains("[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION Say how it was tested"))
  }

  @Test func theKeysOfTeamsRunAsTheyStand() async throws {
    let s = try await Sandbox.governed()
    let block = try blocks("docs/teams.md").first { $0.contains("llmos.signingKey") } ?? "exit 1"
    try await s.sh("set -e; mkdir -p ~/.ssh; ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519\n" + block)
      .succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    try await s.git(
      "-c", "gpg.ssh.allowedSignersFile=.llmos/allowed_signers", "verify-commit", "refs/llmos/ledger/main"
    )
    .succeeds()
  }

  @Test func theServersBlocksRunAsTheyStand() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git init -q --bare -b main project.git; git remote add origin project.git; git push -q -u origin main"
    )
    .succeeds()
    for block in try blocks("docs/teams.md").filter({ !$0.contains("signingKey") }) {
      try await s.sh("set -e\n" + block).succeeds()
    }
  }

  /// Every command and option that is written somewhere exists, and every link leads somewhere.
  @Test(arguments: documents) func whatIsWrittenExists(document: String) async throws {
    let s = try await Sandbox(git: false)
    let text = try text(document)
    var helps: [String: String] = [:]
    for match in text.matches(of: /llmos-hook (?:-C \S+ |--quiet )?([a-z][a-z-]+)((?: [^`\n|]*)?)/) {
      let command = String(match.1)
      if helps[command] == nil {
        let outcome = try await s.llmos("help", command)
        guard outcome.code == 0 else { continue }
        helps[command] = outcome.out
      }
      let rest = match.2.split(separator: "llmos-hook").first ?? ""
      for option in rest.matches(of: /(?:^| )(--[a-z][a-z-]+)/) where !match.2.contains("&&") {
        #expect(helps[command]?.contains(String(option.1)) == true, "\(document): \(match.0)")
      }
    }
    let directory = URL(filePath: Sandbox.package + "/" + document).deletingLastPathComponent()
    for match in text.matches(of: /\]\(([^)#:]+)\)/) {
      let path = directory.appending(path: String(match.1)).path
      #expect(FileManager.default.fileExists(atPath: path), "\(document): \(match.1)")
    }
  }
}
