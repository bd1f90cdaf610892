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
      if words.first == "alias" { return refusal(ofAlias: invocation, rules) }
      isMerge =
        verbs(words, "pr", "merge")
        || (plain.first == "api" && (merges(words) || writes(words, rules)))
    case "glab":
      isMerge =
        ["accept", "merge"].contains { verbs(words, "mr", $0) }
        || (plain.first == "api" && (merges(words) || writes(words, rules)))
    case "tea", "fj", "berg": isMerge = ["pr", "pulls", "pull"].contains { verbs(words, $0, "merge") }
    case "az": isMerge = plain.starts(with: ["repos", "pr", "update"]) && words.contains("completed")
    case "bkt", "bb": isMerge = verbs(words, "pr", "merge")
    case "curl", "wget", "http", "https", "xh":
      isMerge =
        words.contains { $0.contains("://") || $0.contains("api.") }
        && (merges(words) || writes(words, rules))
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

  /// Whether a command stands there, with or without options between its words.
  private static func verbs(_ words: [String], _ first: String, _ second: String) -> Bool {
    guard let at = words.firstIndex(of: first) else { return false }
    var rest = words[(at + 1)...]
    while let word = rest.popFirst() {
      if ["-R", "--repo", "--hostname", "-L", "--login", "--remote", "-r"].contains(word) {
        _ = rest.popFirst()
      } else if !word.hasPrefix("-") {
        return word == second
      }
    }
    return false
  }

  /// `gh alias set NAME EXPANSION`: what it stands for is judged, since nobody sees that later.
  private static func refusal(ofAlias invocation: Invocation, _ rules: ShellRules) -> Refusal? {
    let text = invocation.arguments.last?.text ?? ""
    let line = ShellLine(
      text.hasPrefix("!") ? String(text.dropFirst()) : "gh " + text,
      in: ShellWorld(directory: rules.place.directory))
    return line.invocations.lazy.filter { $0.program == "gh" && $0.arguments.first?.text != "alias" }
      .compactMap { refusal(of: $0, rules) }.first
  }

  /// Whether a request writes a branch that is not the agent's: its reference, or files on it.
  private static func writes(_ words: [String], _ rules: ShellRules) -> Bool {
    let text = words.joined(separator: " ")
    if ["createCommitOnBranch", "mergeBranch", "updateRef", "deleteRef", "createRef"].contains(where: {
      text.contains($0 + "(") || text.contains($0 + " (")
    }) {
      return true
    }
    guard isWriting(words) else { return false }
    let path = { (part: String) in words.contains { $0.prefix { $0 != "?" }.contains(part) } }
    if path("/git/refs"), text.contains("refs/heads") { return true }
    guard path("/contents/") || path("/repository/files/") || path("/repository/commits") else {
      return false
    }
    guard let at = text.firstRange(of: "branch=") ?? text.firstRange(of: "\"branch\":") else { return true }
    let name = text[at.upperBound...].drop { $0 == " " || $0 == "\"" }
      .prefix { $0 != " " && $0 != "\"" && $0 != "&" && $0 != "," }
    return name != rules.place.facts.branch() ?? ""
      || name == rules.place.facts.defaultBranch("origin") ?? "main"
  }

  /// Whether a request changes anything, by its method or since it has fields.
  private static func isWriting(_ words: [String]) -> Bool {
    let methods: Set<String> = ["PUT", "POST", "PATCH", "DELETE"]
    let method = words.enumerated().compactMap { index, word -> String? in
      if ["-X", "--method", "--request"].contains(word), index + 1 < words.count { return words[index + 1] }
      if word.hasPrefix("--method=") { return String(word.dropFirst(9)) }
      if word.hasPrefix("--request=") { return String(word.dropFirst(10)) }
      if word.hasPrefix("-X"), word.count > 2 { return String(word.dropFirst(2).drop { $0 == "=" }) }
      return methods.contains(word) ? word : nil
    }.first?.uppercased()
    return method.map(methods.contains)
      ?? words.contains { word in
        ["-f", "-F", "-d", "--field", "--raw-field", "--data", "--input"].contains { option in
          word == option || word.hasPrefix(option + "=")
            || (option.count == 2 && word.hasPrefix(option) && word.contains("="))
        }
      }
  }

  /// Whether a request to a host's interface merges, or moves a branch.
  private static func merges(_ words: [String]) -> Bool {
    let text = words.joined(separator: " ")
    if text.contains("mergePullRequest") || text.contains("enablePullRequestAutoMerge") { return true }
    guard isWriting(words) else { return false }
    return words.contains { word in
      let path = word.prefix { $0 != "?" }
      return (path.contains("/pulls/") || path.contains("/merge_requests/")) && path.hasSuffix("/merge")
        || path.hasSuffix("/merges") || path.contains("/git/refs/heads")
    }
  }
}
