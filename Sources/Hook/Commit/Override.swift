import Core
import Git
import Ledger
import Platform

/// The owner's word for the next commit (`allow --once`) is an entry of the ledger. That a commit made use of it is
/// written down in `$GIT_DIR/llmos/override`, which no hook writes into the ledger.
extension Repository {
  private var usedOverride: String { gitDirectory + Layout.override.path }

  /// HEAD as an override of the owner's names it; nil once a commit has made use of the newest one.
  public func overridable(_ head: Head, _ seal: Seal) -> String? {
    let used = Files.read(usedOverride, limit: 100).text
    return used == seal.entry.description ? nil : head.commit?.description ?? "unborn"
  }

  /// Writes down that the override of a seal was made use of: it is good for one commit.
  func rememberOverrideUsed(_ seal: Seal) throws {
    try Files.makeDirectory(gitDirectory + Layout.name)
    try Files.replace(
      usedOverride, with: Array(seal.entry.description.utf8), scratch: gitDirectory + Layout.directory)
  }
}
