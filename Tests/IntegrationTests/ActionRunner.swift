import Foundation
import Testing

/// action.yml's steps, run one after the other as GitHub's runner runs them ("Metadata syntax for GitHub Actions",
/// "Workflow commands"): expressions are looked up, each step has a file for its outputs, the run one for its summary.
struct ActionRunner {
  /// Values of `${{ … }}` by their path, such as `github.event.before`; what is missing is empty, as there.
  var context: [String: String]
  let sandbox: Sandbox
  /// Where the action's files are.
  let action: String
  /// Steps that `uses:` an action of somebody else's: by its name, the outputs that it would have.
  var foreign: [String: [String: String]] = ["actions/cache@v4": ["cache-hit": "false"]]

  struct Result {
    var outcome: Outcome
    var summary: String
    /// The steps that ran, by id or number.
    var ran: [String]
  }

  private struct Broken: Error { let what: String }

  private static func text(_ value: Any?) -> String { value.map { "\($0)" } ?? "" }

  func run() async throws -> Result {
    let text = try String(contentsOfFile: action + "/action.yml", encoding: .utf8)
    let file = try #require(try yaml(text).first)
    let runs = try #require(file["runs"] as? [String: Any])
    try #require(runs["using"] as? String == "composite")
    var context = context
    for (name, input) in file["inputs"] as? [String: [String: Any]] ?? [:] {
      if context["inputs.\(name)"] == nil {
        context["inputs.\(name)"] = expand(Self.text(input["default"]), context)
      }
    }
    let work = sandbox.root + "/runner"
    try sandbox.write(work + "/summary", "")
    var result = Result(outcome: Outcome(code: 0, out: "", err: ""), summary: "", ran: [])
    for (number, step) in (runs["steps"] as? [[String: Any]] ?? []).enumerated() {
      if let condition = step["if"] as? String, try !holds(condition, context) { continue }
      let id = step["id"] as? String ?? String(number)
      result.ran.append(id)
      if let uses = step["uses"] as? String {
        for (name, value) in foreign[uses] ?? [:] { context["steps.\(id).outputs.\(name)"] = value }
        continue
      }
      try #require(step["shell"] as? String == "bash", "a composite action's step names its shell")
      let outputs = work + "/outputs-\(number)"
      try sandbox.write(outputs, "")
      try sandbox.write(work + "/step.sh", Self.text(step["run"]))
      var environment = [
        "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_ACTION_PATH": action, "GITHUB_OUTPUT": outputs,
        "GITHUB_STEP_SUMMARY": work + "/summary", "RUNNER_TEMP": work, "RUNNER_OS": "Linux",
        "RUNNER_ARCH": "X64", "GITHUB_SERVER_URL": context["github.server_url"] ?? "",
        "GITHUB_REPOSITORY": context["github.repository"] ?? "", "GITHUB_SHA": context["github.sha"] ?? "",
        // A runner has no llmos-hook.
        "PATH": Sandbox.pathOfOthers,
      ]
      for (name, value) in step["env"] as? [String: Any] ?? [:] {
        environment[name] = expand(Self.text(value), context)
      }
      let outcome = try await sandbox.run(
        ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", work + "/step.sh"], in: work,
        env: environment.mapValues { Optional($0) })
      result.outcome = Outcome(
        code: outcome.code, out: result.outcome.out + outcome.out, err: result.outcome.err + outcome.err)
      for line in try sandbox.read(outputs).split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        context["steps.\(id).outputs.\(parts[0])"] = parts.count > 1 ? String(parts[1]) : ""
      }
      if outcome.code != 0 { break }
    }
    result.summary = try sandbox.read(work + "/summary")
    return result
  }

  private func expand(_ text: String, _ context: [String: String]) -> String {
    text.replacing(/\$\{\{ *([a-z0-9_.-]+) *\}\}/) { match in context[String(match.1)] ?? "" }
  }

  /// `A != 'x' && B == 'y'`.
  private func holds(_ condition: String, _ context: [String: String]) throws -> Bool {
    try condition.components(separatedBy: " && ").allSatisfy { part in
      guard let match = part.wholeMatch(of: /([a-z0-9_.-]+) (==|!=) '([^']*)'/) else {
        throw Broken(what: "a condition that this runner does not read: \(part)")
      }
      return (context[String(match.1)] ?? "" == match.3) == (match.2 == "==")
    }
  }
}
