import ArgumentParser
import Core
import Engine
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import ToolGate
import Verify

/// What shells complete for scenarios and phases. Outside a repository, and where its rules cannot be read,
/// that is the built-in catalog: a completion prints no error.
enum Completions {
  static let scenarios = CompletionKind.custom { _, _, _ in catalog.scenarios.map(\.name) }

  /// The phases of the scenario before it on the line; all phases when there is none.
  static let phases = CompletionKind.custom { words, _, _ in
    let catalog = catalog
    let named = words.compactMap(catalog.scenario)
    return unique((named.isEmpty ? catalog.scenarios : named).flatMap { $0.phases.map(\.name) })
  }

  static let actions = CompletionKind.custom { _, _, _ in unique(catalog.scenarios.flatMap(\.actions)) }

  static let roles = CompletionKind.custom { _, _, _ in unique(catalog.scenarios.flatMap(\.roles)) }

  static let events = CompletionKind.list(Event.allCases.map(\.rawValue))

  static let references = CompletionKind.shellCommand(
    "git for-each-ref --format='%(refname:short)' refs/tags refs/heads 2>/dev/null")

  private static var catalog: Catalog {
    do {
      return try Engine().rules().catalog
    } catch {
      return .canonical
    }
  }

  private static func unique(_ words: [String]) -> [String] {
    var seen: Swift.Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }
}
