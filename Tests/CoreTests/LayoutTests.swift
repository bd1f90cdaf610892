import Foundation
import Testing

@testable import Core

/// docs/formats.md says of every private name what `Layout` says, and of no other.
@Suite struct LayoutTests {
  private static let document = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/formats.md")

  /// The rows of the table whose first column has this heading.
  private func rows(_ heading: String) throws -> [String] {
    let text = try String(contentsOf: Self.document, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let begin = try #require(lines.firstIndex { $0.hasPrefix("| \(heading) |") }, "no table of \(heading)")
    return Array(lines[(begin + 2)...].prefix { $0.hasPrefix("|") })
  }

  private func row(_ columns: [String]) -> String { "| " + columns.joined(separator: " | ") + " |" }

  private func row(_ file: Layout.File) -> String {
    row(["`\(file.name)\(file.rest)`", file.what, file.writtenBy, file.removedBy])
  }

  private func row(_ name: Layout.Name) -> String {
    row(["`\(name.text)\(name.rest)`", name.what, name.writtenBy, name.removedBy])
  }

  @Test func theFilesOfAWorktree() throws {
    #expect(try rows("file") == Layout.worktreeFiles.map(row))
  }

  @Test func theFilesOfAllWorktrees() throws {
    #expect(try rows("common file") == Layout.commonFiles.map(row))
  }

  @Test func references() throws {
    #expect(try rows("reference") == Layout.references.map(row))
  }

  @Test func configurationKeys() throws {
    #expect(try rows("configuration key") == Layout.configurationKeys.map(row))
  }

  @Test func variables() throws {
    let expected = Layout.variables.map { row(["`\($0.text)\($0.rest)`", $0.what, $0.writtenBy]) }
    #expect(try rows("variable") == expected)
  }

  @Test func eachNameStandsOnce() {
    let files = (Layout.worktreeFiles + Layout.commonFiles).map(\.name)
    let names = (Layout.references + Layout.configurationKeys + Layout.variables).map { $0.text + $0.rest }
    #expect(Set(files).count == files.count)
    #expect(Set(names).count == names.count)
  }
}
