import Core
import Git
import Ledger
import Platform

/// The pages that `install` puts in: how a feature is developed here, and its brief's template.
extension Install {
  /// Their paths.
  static let documents = [FeatureBrief.workflow, FeatureBrief.template]

  /// Puts each in once: where somebody has written one, or has taken ours out, it stays as it is.
  mutating func installDocuments(_ engine: borrowing Engine) throws {
    for path in Self.documents
    where !manifest.entries.contains(where: { $0.kind == "document" && $0.path == path }) {
      let target = worktree + path
      guard !Files.exists(target), !Self.isElsewhere(path, in: worktree) else { continue }
      let content: [UInt8]
      if path == FeatureBrief.template {
        content = Array(Self.briefTemplate.utf8)
      } else {
        do {
          let catalog = try Rules(engine.repository, at: engine.repository.head()).catalog
          guard let scenario = catalog.scenario("FEATURE_DEVELOPMENT") else { continue }
          content = Array(Self.workflow(scenario).utf8)
        } catch {
          report.append("\(path) was not added: \(Refusal(error).what)")
          continue
        }
      }
      do {
        try makeDirectories(Files.directory(of: target))
        manifest.add("document", path, try Repository.blobID(of: content).description)
        try manifest.write()
        try Files.replace(target, with: content, scratch: gitDirectory, mode: 0o644)
        report.append("added \(path)")
      } catch {
        report.append("\(path) was not added: \(Refusal(error).what)")
      }
    }
  }

  /// Whether a directory on the way to a path of the worktree is a symlink, which may lead anywhere, or a repository of
  /// its own.
  static func isElsewhere(_ path: String, in worktree: String) -> Bool {
    var directory = worktree
    return path.pathParts.dropLast().contains { name in
      directory += name + "/"
      return Files.target(ofLink: directory.withoutSlash) != nil || Files.exists(directory + ".git")
    }
  }

  private static let briefTemplate = """
    # {feature_slug}

    <!-- The brief of a feature. It is complete when it has a line of text besides these comments. -->

    ## Goal

    <!-- What will be possible afterwards that is not possible now, and for whom? -->

    ## Scope

    <!-- What belongs to it, and what does not? -->

    ## Done when

    <!-- How will somebody who was not there see that it works? -->

    ## Risks

    <!-- What may break, whom does it concern, how is it switched off? -->

    """

  /// The feature workflow in one page, with the repository's own phases.
  static func workflow(_ scenario: Scenario) -> String {
    let rows = scenario.course.map { phase in
      let needs = phase.requires.map {
        $0 == FeatureBrief.path ? "`\($0)` has a heading and a line of text" : "`\($0)`"
      }
      let cells = [
        "`\(phase.name)`", phase.role, phase.summary, phase.actions.map { "`\($0)`" }.joined(separator: ", "),
        needs.isEmpty ? "its role says so" : needs.joined(separator: ", "),
      ]
      return "| " + cells.map { $0.split(separator: "|").joined(separator: "\\|") }.joined(separator: " | ")
        + " |"
    }
    let first = scenario.phases.first?.name ?? ""
    let landing = scenario.course.filter(\.allowsCommits).map { "`\($0.name)`" }.joined(separator: ", ")
    return """
      # Feature workflow

      How a feature gets from an idea to a release in this repository. `llmos-hook status` says where one stands and
      what may be done.

      | phase | role | what happens | allowed | complete when there is |
      | --- | --- | --- | --- | --- |
      \(rows.joined(separator: "\n"))

      - **Begin**: `llmos-hook set FEATURE_DEVELOPMENT \(first) --context feature_slug=NAME`. The brief is mandatory. Its
        template (`\(FeatureBrief.template)`) is put at `docs/features/NAME/feature_brief.md`.
      - **Go on**: `llmos-hook next-phase --checkpoint` commits what the phase made and enters the next one.
        `./llmos run` does it phase by phase, and stops where a role has something to do.
      - **Commit**: \(landing.isEmpty ? "no phase allows commits; the engine commits at the end of a phase" : "in \(landing)"). \
      People use `git commit`, agents `./step.sh "what changed"`.
      - **Check the quality**: `llmos-hook set QUALITY_GATE`, between any two phases. After FAIL the work is rolled back and
        made anew, and a gate has to be passed before the release.
      - **Skip a phase**: `llmos-hook set FEATURE_DEVELOPMENT PHASE --reason WHY`, by the owner. The ledger says what was
        skipped and why.
      - **Release**: the end of the last phase enters DEPLOYMENT. `./llmos run --context target_environment=staging`
        deploys it.

      The phases in force: `llmos-hook scenarios show FEATURE_DEVELOPMENT`.

      """
  }
}
