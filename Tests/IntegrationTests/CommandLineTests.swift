import Foundation
import Testing

/// Command lines of agents, asked of agent-hook in two phases (Fixtures/commands.tsv).
@Suite struct CommandLineTests {
  struct Line: Sendable {
    let kind: String
    let command: String
  }

  static func lines() throws -> [Line] {
    let file = Sandbox.package + "/Tests/IntegrationTests/Fixtures/commands.tsv"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let parts = line.split(separator: "\t")
      try #require(parts.count == 3, "\(line)")
      return Line(
        kind: String(parts[0]), command: try JSONDecoder().decode(String.self, from: Data(parts[2].utf8)))
    }
  }

  static func sandbox(_ phase: String) async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try s.write("src/x.py", "x\n")
    try s.write(".gitignore", "node_modules\ndist\nbuild\n.env\n")
    try await s.sh("git add -A && git commit -qm x").succeeds()
    if phase != "IMPLEMENTATION" { try await s.llmos("set", "FEATURE_DEVELOPMENT", phase).succeeds() }
    return s
  }

  @Test(arguments: ["IMPLEMENTATION", "QA"])
  func whatACommandLineDoesDecides(phase: String) async throws {
    let s = try await Self.sandbox(phase)
    let lines = try Self.lines()
    #expect(lines.count > 400)
    for line in lines {
      let call: [String: Any] = [
        "hook_event_name": "PreToolUse", "cwd": s.repository, "tool_name": "Bash",
        "tool_input": ["command": line.command],
      ]
      let input = String(decoding: try JSONSerialization.data(withJSONObject: call), as: UTF8.self)
      let answer = try await s.run(
        [Sandbox.binaries + "/llmos-hook", "agent-hook", "claude-code"], input: input
      ).succeeds().out
      let isDenied = answer.contains("\"deny\"")
      let expected = line.kind == "V" || (["E", "S"].contains(line.kind) && phase == "QA")
      #expect(isDenied == expected, "\(line.kind) in \(phase): \(line.command)\n\(answer)")
    }
  }

  /// The table in docs/agents.md is of these lines (scripts/ways.sh).
  @Test func theTableOfWaysIsOfTheseLines() throws {
    let fixtures = Sandbox.package + "/Tests/IntegrationTests/Fixtures/commands.tsv"
    var counts: [String: Int] = [:]
    for line in try String(contentsOfFile: fixtures, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: "\t")
      if ["V", "U"].contains(parts[0]) { counts[String(parts[1]), default: 0] += 1 }
    }
    let page = try String(contentsOfFile: Sandbox.package + "/docs/agents.md", encoding: .utf8)
    for (way, count) in counts {
      let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| \(way) |") }, "\(way)")
      #expect(row.contains("| \(count) |"), "\(row): scripts/ways.sh")
    }
  }
}

/// Links that are there, and those that a line makes, lead to what they stand for.
@Suite struct CommandLineLinkTests {
  private static func isDenied(_ command: String, _ s: Sandbox) async throws -> Bool {
    let call: [String: Any] = [
      "hook_event_name": "PreToolUse", "cwd": s.repository, "tool_name": "Bash",
      "tool_input": ["command": command],
    ]
    let input = String(decoding: try JSONSerialization.data(withJSONObject: call), as: UTF8.self)
    return try await s.run([Sandbox.binaries + "/llmos-hook", "agent-hook", "claude-code"], input: input)
      .succeeds().out.contains("\"deny\"")
  }

  @Test func linkedDirectoriesAreWhatTheyLeadTo() async throws {
    let s = try await CommandLineTests.sandbox("QA")
    try await s.sh(
      "ln -s src to-src; ln -s .git to-git; ln -s . src/up; ln -s .. src/top; mkdir dist; ln -s /tmp out"
    )
    .succeeds()
    for command in [
      "rm to-src/x.py", "rm -f to-src/*.py", "cd to-src && rm x.py", "sed -i s/a/b/ to-src/x.py",
      "rm to-git/hooks/*", "cd to-git && rm -rf hooks", "find to-git/ -name 'pre-*' -delete",
      "rm src/top/step.sh", "rm -rf src/top/.git",
    ] {
      #expect(try await Self.isDenied(command, s), "\(command)")
    }
    for command in ["cat to-git/HEAD", "ls to-src", "rm -f out/x", "cp to-src/x.py /tmp/", "echo x > dist/a"]
    {
      #expect(try await !Self.isDenied(command, s), "\(command)")
    }
  }

  @Test func aLinkGoesAloneWhereItIsRemoved() async throws {
    let s = try await CommandLineTests.sandbox("IMPLEMENTATION")
    try await s.sh("ln -s .. src/top && ln -s .git to-git").succeeds()
    #expect(try await !Self.isDenied("rm -rf src/*", s))
    #expect(try await !Self.isDenied("rm to-git", s))
    #expect(try await Self.isDenied("rm to-git/HEAD", s))
    for command in ["ln -s .git g && rm g/HEAD", "ln -sfn . d; echo x > d/step.sh", "ln step.sh other"] {
      #expect(try await Self.isDenied(command, s), "\(command)")
    }
    #expect(try await !Self.isDenied("ln -s \"$PWD/step.sh\" /tmp/s && ls -l /tmp/s", s))
  }
}
