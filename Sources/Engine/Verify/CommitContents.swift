import Core
import Git
import Hook
import Platform

/// Reads what the rules of content look at, of many commits in one go.
struct CommitContents {
  /// What was found, by what was asked.
  private(set) var found: [ContentQuestion: CommitContent] = [:]

  /// - Throws: `Refusal`: 65 for a `commits.message` that is no expression, 69 when git is not there, 74 when it cannot
  ///   compare them.
  init(_ asked: Set<ContentQuestion>, _ repository: borrowing Repository) throws {
    let cut = Self.shallow(repository)
    var paths: [ObjectID: [String]] = [:]
    for scope in [ContentQuestion.Scope.standard, .all] {
      let commits = Set(asked.filter { $0.paths == scope }.map(\.commit)).subtracting(cut)
      let limits =
        scope == .standard
        ? ProtectedPaths.standard.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } : []
      // What is asked for as a whole is told as a whole, whoever asked for less before.
      for commit in commits { paths[commit] = [] }
      try RawChanges.each(of: Array(commits), in: limits, isCombined: true) { commit, path, _ in
        paths[commit, default: []].append(String(raw: path))
      }
    }
    for (pattern, questions) in Dictionary(grouping: asked, by: \.message) {
      let good = try Self.matching(pattern, Set(questions.map(\.commit)).subtracting(cut), repository)
      for question in questions where !cut.contains(question.commit) {
        found[question] = CommitContent(
          paths: question.paths == .none ? [] : paths[question.commit] ?? [],
          isMessageGood: good.contains(question.commit))
      }
    }
  }

  /// Of commits, those whose message is as `commits.message` asks; none where nobody can read what it asks.
  private static func matching(
    _ pattern: String?, _ commits: Set<ObjectID>, _ repository: borrowing Repository
  ) throws -> Set<ObjectID> {
    guard let pattern else { return commits }
    guard let expression = RegularExpression(pattern) else { return [] }
    var found: Set<ObjectID> = []
    for commit in commits where try expression.matches(repository.message(of: commit)) {
      found.insert(commit)
    }
    return found
  }

  /// The commits at which a shallow history is cut: what they change cannot be told (gitformat-shallow in git's
  /// technical documentation).
  private static func shallow(_ repository: borrowing Repository) -> Set<ObjectID> {
    let text = Files.read(repository.commonDirectory + "shallow", limit: 16 << 20).text ?? ""
    return Set(text.split(separator: "\n").compactMap { ObjectID(hex: String($0)) })
  }
}
