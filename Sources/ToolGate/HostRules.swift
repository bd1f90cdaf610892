import Core
import Shell

/// Commands of a host of code that land work without git: merging is its owner's.
enum HostRules {
  static func refusal(of invocation: Invocation, _ rules: ShellRules) -> Refusal? {
    let words = invocation.arguments.map(\.text)
    let plain = words.filter { !$0.hasPrefix("-") }
    let isMerge: Bool
    switch invocation.program {
    case "gh", "ghe":
      isMerge = verbs(words, "pr", "merge") || (plain.first == "api" && merges(words))
    case "glab":
      isMerge =
        ["accept", "merge"].contains { verbs(words, "mr", $0) } || (plain.first == "api" && merges(words))
    case "tea", "fj", "berg": isMerge = ["pr", "pulls", "pull"].contains { verbs(words, $0, "merge") }
    case "az": isMerge = plain.starts(with: ["repos", "pr", "update"]) && words.contains("completed")
    case "bkt", "bb": isMerge = verbs(words, "pr", "merge")
    case "curl", "wget", "http", "https", "xh":
      isMerge = words.contains { $0.contains("://") || $0.contains("api.") } && merges(words)
    default: return nil
    }
    // To look at the help merges nothing.
    guard isMerge, rules.facts.push != .any, Set(words).isDisjoint(with: ["--help", "-h"]) else { return nil }
    return Refusal(
      .refused,
      "an agent cannot merge a pull request (\(invocation.program) \(plain.prefix(2).joined(separator: " ")))",
      why: "what it merges lands on the remote's branch",
      remedy: "report that it is ready; the owner merges it")
  }

  private static func verbs(_ words: [String], _ first: String, _ second: String) -> Bool {
    guard let at = words.firstIndex(of: first) else { return false }
    return words[(at + 1)...].first { !$0.hasPrefix("-") } == second
  }

  /// Whether a request to a host's interface merges, or moves a branch.
  private static func merges(_ words: [String]) -> Bool {
    let method = words.enumerated().compactMap { index, word -> String? in
      if ["-X", "--method", "--request"].contains(word), index + 1 < words.count { return words[index + 1] }
      if word.hasPrefix("-X"), word.count > 2 { return String(word.dropFirst(2)) }
      return ["PUT", "POST", "PATCH", "DELETE"].contains(word) ? word : nil
    }.first?.uppercased()
    let text = words.joined(separator: " ")
    if text.contains("mergePullRequest") || text.contains("enablePullRequestAutoMerge") { return true }
    let writes =
      method.map { ["PUT", "POST", "PATCH", "DELETE"].contains($0) }
      ?? words.contains { ["-f", "-F", "-d", "--field", "--raw-field", "--data", "--input"].contains($0) }
    guard writes else { return false }
    return words.contains { word in
      let path = word.prefix { $0 != "?" }
      return (path.contains("/pulls/") || path.contains("/merge_requests/")) && path.hasSuffix("/merge")
        || path.hasSuffix("/merges") || path.contains("/git/refs/heads")
    }
  }
}
